"""Files into the lake: kept byte for byte first, then read, merged and published as one."""

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from ingest.archive import Refused, Source, opened
from ingest.batch import REJECTS, Batch, CollectorError, reject
from ingest.collectors import arrivals, espi, nem12, tabular, weather
from ingest.collectors.table.profile import load_profile
from ingest.lake import Writer, append, publish, scan_table, upsert, writing
from ingest.master import reading as master_data
from ingest.master.exports import read_export, store_export
from ingest.master.profile import load_profile as load_master_profile
from ingest.master.references import unknown_references
from ingest.master.store import store_reference
from ingest.merge import Arrival
from ingest.missing_features import fill_features
from ingest.store import Stored, derive, derive_completeness, store
from queries.schema import BATCHES, FINDINGS, QUARANTINE, RAW, REFERENCE_TABLES
from queries.settings import Settings

_PART_BYTES = 8 << 20
_PARTS_AT_ONCE = 8
_SNIFFED_BYTES = 4096
_NEM = re.compile(rb"(\xef\xbb\xbf)?\s*\"?(100,\"?NEM1[23]|200,|250,|300,|900\b)", re.IGNORECASE)

Progress = Callable[[int, int], None]
"""Called with the bytes read so far and the bytes there are."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is to be read; kept with its bytes so that it can be read again.

    Attributes:
        master: It holds master data, not readings.
        profile: Path of a column profile; None: recognised by its columns.
        is_full: A complete dump of master data: what it does not name has ended.
    """

    master: bool = False
    profile: str | None = None
    is_full: bool = False


@dataclass(slots=True)
class Outcome:
    """What became of one file: readings counted, and what was refused."""

    source: str
    batch_id: str
    format: str = ""
    new: int = 0
    corrected: int = 0
    unchanged: int = 0
    reference_rows: int = 0
    findings: int = 0
    unknown_columns: tuple[str, ...] = ()
    rejects: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_REFUSED))


_REFUSED = pl.Schema({"source": pl.String(), **REJECTS})


@dataclass(frozen=True, slots=True)
class _Job:
    settings: Settings
    path: Path
    name: str
    options: Options
    arrival: Arrival
    digest: str
    progress: Progress | None


def ingest_file(
    settings: Settings,
    path: Path,
    options: Options | None = None,
    *,
    progress: Progress | None = None,
    now: datetime | None = None,
) -> Outcome:
    """Take one file, or every file in one archive, into the lake.

    Its bytes are kept and published first; then everything in it becomes visible at once. Taking
    the same file again changes nothing.

    Raises:
        CollectorError: the file cannot be opened. What is wrong inside it is quarantined instead.
    """
    options = options or Options()
    if not path.is_file():
        raise CollectorError(f"'{path}' is not a file; give the path of a readable file.")
    arrival = Arrival(uuid.uuid4().hex, now or datetime.now(UTC))
    digest = _keep(settings, path, options, arrival)
    return _take_in(_Job(settings, path, path.name, options, arrival, digest, progress), now)


def resume(settings: Settings, *, progress: Progress | None = None) -> Iterator[Outcome]:
    """Take in what arrived and was kept, but never finished: the writer had died.

    Before that, what an earlier version did not derive is derived.
    """
    fill_features(settings)
    with writing(settings) as writer:
        arrived = scan_table(writer, RAW).filter(pl.col("part") == 0).drop("content").collect()
        done = scan_table(writer, BATCHES).select("sha256").collect()
        waiting = arrived.join(done, on="sha256", how="anti").sort("received_at")
    for row in waiting.iter_rows(named=True):
        with TemporaryDirectory(prefix="fenggu-resume-") as folder:
            path = Path(folder) / Path(row["source"]).name
            with writing(settings) as writer, path.open("wb") as file:
                for content in _content(writer, row["batch_id"]):
                    file.write(content)
            options = Options(**json.loads(row["options"]))
            arrival = Arrival(row["batch_id"], row["received_at"])
            job = _Job(settings, path, row["source"], options, arrival, row["sha256"], progress)
            yield _take_in(job, None)


def _content(writer: Writer, batch_id: str) -> Iterator[bytes]:
    parts = scan_table(writer, RAW).filter(pl.col("batch_id") == batch_id)
    for number in parts.select("part").sort("part").collect().to_series():
        yield parts.filter(pl.col("part") == number).select("content").collect().item()


def _keep(settings: Settings, path: Path, options: Options, arrival: Arrival) -> str:
    """Publish the file's bytes in ``raw``, unless the same bytes are there; return their hash."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = path.stat().st_size
    with writing(settings) as writer:
        same = scan_table(writer, RAW).filter(pl.col("sha256") == digest).select("part")
        if not same.head(1).collect().is_empty():
            return digest
        count = max(1, -(-size // _PART_BYTES))
        kept_options = {
            "master": options.master,
            "profile": str(Path(options.profile).resolve()) if options.profile else None,
            "is_full": options.is_full,
        }
        with path.open("rb") as file:
            for first in range(0, count, _PARTS_AT_ONCE):
                numbers = range(first, min(first + _PARTS_AT_ONCE, count))
                rows = [
                    (
                        arrival.batch_id,
                        path.name,
                        digest,
                        number,
                        count,
                        size,
                        json.dumps(kept_options),
                        file.read(_PART_BYTES),
                        arrival.received_at,
                    )
                    for number in numbers
                ]
                append(writer, RAW, pl.DataFrame(rows, schema=RAW.schema, orient="row"))
        publish(writer)
    return digest


def _take_in(job: _Job, now: datetime | None) -> Outcome:
    """Everything in one publication; if that fails, nothing but the reason."""
    try:
        return _publish_all(job, now)
    except (pl.exceptions.PolarsError, ValueError) as error:
        # The lake is as it was. Said once: an arrival that cannot be taken must not stand in the
        # way of those behind it each time the unfinished ones are resumed.
        outcome = Outcome(job.name, job.arrival.batch_id, format="failed")
        reason = f"nothing was taken: {error}. The file is kept; mend the cause and give it again"
        _refuse(outcome, job.name, reject(reason))
        with writing(job.settings) as writer:
            moment = _moment_of_knowledge(writer, now)
            _note(writer, outcome, replace(job, arrival=Arrival(outcome.batch_id, moment)))
            publish(writer)
        return outcome


def _publish_all(job: _Job, now: datetime | None) -> Outcome:
    outcome = Outcome(job.name, job.arrival.batch_id)
    with writing(job.settings) as writer:
        moment = _moment_of_knowledge(writer, now)
        job = replace(job, arrival=Arrival(job.arrival.batch_id, moment))
        if job.options.master:
            _take_master(writer, job, outcome)
        else:
            _take_readings(writer, job, outcome)
        _note(writer, outcome, job)
        publish(writer)
    return outcome


def _moment_of_knowledge(writer: Writer, now: datetime | None) -> datetime:
    """From when on the lake knows: asked for as of an instant, it shows what it showed then.

    So it is not when the bytes came, as others may have been taken in while they waited, and it
    never falls back, even if the clock does.
    """
    latest = scan_table(writer, BATCHES).select(pl.col("received_at").max()).collect().item()
    moment = now or datetime.now(UTC)
    return max(moment, latest + timedelta(microseconds=1)) if latest else moment


def _take_readings(writer: Writer, job: _Job, outcome: Outcome) -> None:
    stored = Stored()
    formats = []
    with opened(job.path) as sources:
        for source in sources:
            if isinstance(source, Refused):
                _refuse(outcome, source.name, reject(source.reason))
                continue
            kind = format_of(source.path)
            formats.append(kind)
            size = source.path.stat().st_size
            try:
                for batch in _batches(job, source, kind):
                    store(writer, batch, job.arrival, stored)
                    _refuse(outcome, source.name, batch.rejects)
                    if job.progress:
                        job.progress(batch.position, size)
            except CollectorError as error:
                _refuse(outcome, source.name, reject(str(error)))
    derive(writer, job.settings, stored)
    outcome.format = "+".join(sorted(set(formats)))
    outcome.new, outcome.corrected = stored.new, stored.corrected
    outcome.unchanged = stored.unchanged


def _batches(job: _Job, source: Source, kind: str) -> Iterator[Batch]:
    if kind == "nem12":
        return nem12.read(source.path)
    if kind == "arrivals":
        return arrivals.read(source.path, job.settings.zone)
    if kind == "espi":
        return espi.read(source.path, job.settings.zone)
    if kind == "weather":
        return weather.read(source.path, job.settings.zone)
    profile = load_profile(Path(job.options.profile)) if job.options.profile else None
    return tabular.read(source.path, profile, job.settings.zone)


def format_of(path: Path) -> str:
    """What a file is, by its first bytes.

    ``nem12``, ``espi``, ``arrivals`` (what the collectors kept), ``weather`` (CSV) or ``table``
    (readings as CSV, XLSX, Parquet).
    """
    with path.open("rb") as file:
        start = file.read(_SNIFFED_BYTES)
    if _NEM.match(start):
        return "nem12"
    if arrivals.is_arrivals(start):
        return "arrivals"
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return "espi"
    return "weather" if weather.is_weather(start) else "table"


def _take_master(writer: Writer, job: _Job, outcome: Outcome) -> None:
    outcome.format = "master data"
    try:
        if not job.options.profile and (export := read_export(job.path, job.settings.zone)):
            outcome.format = export.table.name
            _refuse(outcome, job.name, export.rejects)
            outcome.reference_rows = store_export(writer, export, job.arrival)
            return
        profile = load_master_profile(Path(job.options.profile)) if job.options.profile else None
        batch = master_data.read(job.path, profile)
    except CollectorError as error:
        _refuse(outcome, job.name, reject(str(error)))
        return
    _refuse(outcome, job.name, batch.rejects)
    added = store_reference(
        writer, batch, job.arrival, job.settings.zone, is_full=job.options.is_full
    )
    outcome.reference_rows = sum(added.values())
    outcome.unknown_columns = batch.unknown_columns
    known = {
        table.name: scan_table(writer, table).filter(pl.col("known_until").is_null()).collect()
        for table in REFERENCE_TABLES
    }
    found = unknown_references(batch, known).with_columns(
        pl.lit(job.arrival.batch_id).alias("batch_id"),
        pl.lit(job.arrival.received_at).cast(FINDINGS.schema["received_at"]).alias("received_at"),
        pl.lit(None, pl.Float64).alias("magnitude"),
        pl.lit(None, pl.String).alias("evidence"),
    )
    outcome.findings = found.height
    upsert(writer, FINDINGS, found)
    if added:
        derive_completeness(writer, job.settings)


def _refuse(outcome: Outcome, source: str, rejects: pl.DataFrame) -> None:
    if not rejects.is_empty():
        named = rejects.select(pl.lit(source).alias("source"), *REJECTS)
        outcome.rejects = pl.concat([outcome.rejects, named])


def _note(writer: Writer, outcome: Outcome, job: _Job) -> None:
    stamp = {"batch_id": job.arrival.batch_id, "received_at": job.arrival.received_at}
    row = {
        **stamp,
        "source": outcome.source,
        "format": outcome.format,
        "sha256": job.digest,
        "new_readings": outcome.new,
        "corrected_readings": outcome.corrected,
        "unchanged_readings": outcome.unchanged,
        "quarantined": outcome.rejects.height,
    }
    append(writer, BATCHES, pl.DataFrame([row], schema=BATCHES.schema))
    refused = outcome.rejects.with_columns(pl.lit(value).alias(n) for n, value in stamp.items())
    append(writer, QUARANTINE, refused.select(QUARANTINE.names).cast(QUARANTINE.schema))
