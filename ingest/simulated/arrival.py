"""A simulated district into the lake, as if its collection system had handed it over."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copy2
from tempfile import TemporaryDirectory

import polars as pl

from ingest.batch import REJECTS, Batch
from ingest.lake import Writer, append, publish, scan_table, writing
from ingest.master.exports import Export, store_export
from ingest.master.reading import MasterBatch
from ingest.master.store import store_reference
from ingest.merge import Arrival
from ingest.sample.tables import REFERENCE_READ, read_reference
from ingest.simulated.billed import billed_months
from ingest.simulated.customers.payments import payment_rows
from ingest.simulated.district import district, known_tables
from ingest.simulated.grid.place_tables import ROOT_REGION_ID
from ingest.simulated.plan import Plan
from ingest.simulated.run import FIRST, LATER, Progress, simulate
from ingest.store import Stored, derive, store
from queries.schema import BATCHES, CONTRACT_APPLICATIONS, PAYMENTS, PLANNED_OUTAGES, Table
from queries.settings import Settings

_ROWS_AT_ONCE = 250_000
_BATCH_OF: dict[str, Callable[[pl.DataFrame], Batch]] = {
    "energy_profiles": lambda rows: Batch(profiles=rows),
    "measurement_profiles": lambda rows: Batch(measurements=rows),
    "register_readings": lambda rows: Batch(registers=rows),
    "meter_events": lambda rows: Batch(events=rows),
    "device_clocks": lambda rows: Batch(clocks=rows),
}
_FORMAT, _EXPORTS = "simulated", "simulated exports"
_APPLICATIONS = "simulated applications"
BESIDE = "simulated"
"""Folder beside the lake that keeps what no table of it holds: programmes, payments, the truth."""


class DistrictError(ValueError):
    """The lake holds another simulated district, whose names are the same."""


def load_district(
    settings: Settings,
    plan: Plan,
    *,
    tell: Callable[[str], None],
    progress: Progress | None = None,
    workers: int | None = None,
) -> bool:
    """Simulate ``plan`` and take it into the lake; return False if the lake has it already.

    All of it becomes visible in one publication, what its customers owe and pay in a second one,
    as bills are made from what the lake shows. It is not kept in ``raw``: the plan makes it again.

    Raises:
        DistrictError: the lake holds another one.
    """
    with writing(settings) as writer:
        held = scan_table(writer, BATCHES).filter(pl.col("format") == _FORMAT).collect()
    if plan.digest in held["sha256"]:
        take_in_exports(settings, plan, tell=tell)
        return False
    if not held.is_empty():
        raise DistrictError(
            f"the lake holds the district of '{held['source'][0]}', whose usage points have the "
            "same names. Set FENGGU_DATA to another folder, or write to a folder with --out."
        )
    # Beside the lake, not in the system's folder: it may be small.
    with TemporaryDirectory(prefix="simulating-", dir=settings.data) as folder:
        out = Path(folder) / "district"
        summary = simulate(plan, out, workers=workers, progress=progress)
        tell(f"  simulated {summary.customers:,} customers, {summary.readings:,} readings")
        take_in(settings, plan, out, tell=tell)
    take_in_exports(settings, plan, tell=tell)
    return True


def take_in(settings: Settings, plan: Plan, out: Path, *, tell: Callable[[str], None]) -> None:
    """Take a folder that ``simulate`` wrote into the lake."""
    stored = Stored()
    with writing(settings) as writer:
        first = _arrival(writer, plan, "first")
        register = MasterBatch(tables=read_reference(out))
        store_reference(writer, register, first, settings.zone)
        for batch in _batches(out / FIRST):
            store(writer, batch, first, stored)
        shared = Batch(
            weather=pl.read_parquet(out / "weather.parquet"),
            economy=pl.read_parquet(out / "economy.parquet"),
        )
        store(writer, shared, first, stored)
        later = Arrival(f"{first.batch_id}-later", first.received_at + timedelta(microseconds=1))
        for batch in _batches(out / LATER):
            store(writer, batch, later, stored)
        tell(f"  {stored.new:,} readings stored, {stored.corrected:,} corrected")
        derive(writer, settings, stored)
        _note(writer, plan, later, stored)
        publish(writer)
    _keep_beside(settings, out)


def take_in_exports(settings: Settings, plan: Plan, *, tell: Callable[[str], None]) -> None:
    """Outages, bills, payments and applications, each once: also into a lake of before."""
    known: dict[str, pl.DataFrame] = {}
    if not _is_in(settings, plan, "exports"):
        known = known_tables(district(plan))
        billed = billed_months(settings, ROOT_REGION_ID)
        paid = payment_rows(known["payments"], billed, plan.last_day)
        tell(f"  {billed.height:,} bills, {paid.height:,} payments")
        rows = {PAYMENTS: paid, PLANNED_OUTAGES: known["planned_outages"]}
        _store_exports(settings, plan, "exports", _EXPORTS, rows)
    if not _is_in(settings, plan, "applications"):
        known = known or known_tables(district(plan))
        applied = known[CONTRACT_APPLICATIONS.name]
        tell(f"  {applied.height:,} contract applications")
        rows = {CONTRACT_APPLICATIONS: applied}
        _store_exports(settings, plan, "applications", _APPLICATIONS, rows)


def _is_in(settings: Settings, plan: Plan, name: str) -> bool:
    """Whether a part of the district was taken in already."""
    with writing(settings) as writer:
        done = pl.col("batch_id") == _batch_id(plan, name)
        return not scan_table(writer, BATCHES).filter(done).collect().is_empty()


def _store_exports(
    settings: Settings, plan: Plan, name: str, kind: str, tables: Mapping[Table, pl.DataFrame]
) -> None:
    with writing(settings) as writer:
        arrival = _arrival(writer, plan, name)
        nothing = pl.DataFrame(schema=REJECTS)
        for table, rows in tables.items():
            store_export(writer, Export(table, rows, nothing), arrival)
        _note(writer, plan, arrival, Stored(), kind=kind)
        publish(writer)


def _batch_id(plan: Plan, name: str) -> str:
    return f"simulated-{plan.digest[:12]}-{name}"


def _arrival(writer: Writer, plan: Plan, name: str) -> Arrival:
    latest = scan_table(writer, BATCHES).select(pl.col("received_at").max()).collect().item()
    now = datetime.now(UTC)
    moment = max(now, latest + timedelta(microseconds=1)) if latest else now
    return Arrival(_batch_id(plan, name), moment)


def _batches(folder: Path) -> Iterator[Batch]:
    """What the feeders' files hold, in blocks that fit in memory."""
    for table, batch_of in _BATCH_OF.items():
        waiting: list[pl.DataFrame] = []
        for file in sorted(folder.glob(f"{table}-*.parquet")):
            waiting.append(pl.read_parquet(file))
            if sum(frame.height for frame in waiting) >= _ROWS_AT_ONCE:
                yield batch_of(pl.concat(waiting))
                waiting = []
        if waiting:
            yield batch_of(pl.concat(waiting))


def _note(
    writer: Writer, plan: Plan, arrival: Arrival, stored: Stored, *, kind: str = _FORMAT
) -> None:
    row = {
        "batch_id": arrival.batch_id,
        "source": plan.command,
        "format": kind,
        "sha256": plan.digest,
        "new_readings": stored.new,
        "corrected_readings": stored.corrected,
        "unchanged_readings": stored.unchanged,
        "quarantined": 0,
        "received_at": arrival.received_at,
    }
    append(writer, BATCHES, pl.DataFrame([row], schema=BATCHES.schema))


def _keep_beside(settings: Settings, out: Path) -> None:
    beside = settings.data / BESIDE
    beside.mkdir(exist_ok=True)
    reference = {f"{name}.csv" for name in REFERENCE_READ}
    for file in out.iterdir():
        if file.is_file() and file.name not in {*reference, "weather.parquet", "economy.parquet"}:
            copy2(file, beside / file.name)
