"""The live demonstration: a district of simulated terminals, and the file that collects it."""

import csv
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from ingest.collection.wants import Meter
from ingest.lake import publish, writing
from ingest.master.reading import MasterBatch
from ingest.master.store import store_reference
from ingest.merge import Arrival
from ingest.sample.tables import reference_frame
from ingest.simulated.field.fleet import Fleet, register_rows
from ingest.simulated.field.meters import CHINA
from ingest.simulated.field.run import demonstration_fleet, midnight_before
from queries.settings import Settings

TERMINALS, METERS_EACH = 4, 20
FOLDER = "live"
_REGION, _SUBSTATION, _FEEDER = "live", "LIVE-S1", "LIVE-F1"
_TARIFF = "liaoning_residential"


def prepare(settings: Settings, port: int) -> Path:
    """Tell the lake who hangs on the demonstration's terminals, and who is to be collected from.

    Args:
        settings: Where the lake is.
        port: At which the collector is to listen, on loopback.

    Returns:
        The collectors' TOML. The same field always has the same meters, so that a demonstration
        goes on where the one before it ended.
    """
    now = datetime.now(UTC)
    shown = demonstration_fleet(lambda: now, terminals=TERMINALS, meters_each=METERS_EACH)
    # The curves begin two days ago; a day before that nothing is due.
    first_day = midnight_before(now).astimezone(CHINA).date() - timedelta(days=2)
    tell_register(settings, shown, first_day, now)
    return write_collectors(settings.data / FOLDER, shown, port)


def tell_register(settings: Settings, shown: Fleet, first_day: date, now: datetime) -> None:
    """Take the field's customers, usage points and meters into the lake, known from ``now`` on."""
    with writing(settings) as writer:
        arrival = Arrival(f"live-{now:%Y%m%dT%H%M%S%f}", now)
        tables = {
            name: _complete(name, known, first_day) for name, known in _register(shown, now).items()
        }
        store_reference(writer, MasterBatch(tables=tables), arrival, settings.zone)
        publish(writer)


def write_collectors(folder: Path, shown: Fleet, port: int, *, look_back_days: int = 2) -> Path:
    """Write the collectors' TOML, and beside it the list of meters; return the former."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_meters(folder / "meters.csv", shown.wanted)
    path = folder / "collectors.toml"
    path.write_text(
        f"[collection]\nlook_back_days = {look_back_days}\nretry_minutes = 1\n\n"
        f'[[collector]]\nname = "live"\nkind = "listener"\nlisten = "127.0.0.1:{port}"\n'
        'meters = "meters.csv"\n',
        "utf-8",
    )
    return path


def _register(shown: Fleet, now: datetime) -> dict[str, pl.DataFrame]:
    terminals = sorted({meter.terminal or "" for meter in shown.wanted})
    return {
        "regions": pl.DataFrame(
            {
                "region_id": [_REGION],
                "name": ["实时演示区"],
                "name_en": ["Live demonstration"],
                "is_simulated": [True],
            }
        ),
        "substations": pl.DataFrame(
            {
                "substation_id": [_SUBSTATION],
                "name": ["演示变电站"],
                "name_en": ["Demonstration substation"],
                "region_id": [_REGION],
            }
        ),
        "feeders": pl.DataFrame(
            {
                "feeder_id": [_FEEDER],
                "name": ["演示线路"],
                "name_en": ["Demonstration feeder"],
                "substation_id": [_SUBSTATION],
            }
        ),
        "transformers": pl.DataFrame(
            {
                "transformer_id": [f"LIVE-T{n}" for n, _ in enumerate(terminals, start=1)],
                "name": [f"演示台区 {n}" for n, _ in enumerate(terminals, start=1)],
                "name_en": [f"Demonstration area {n}" for n, _ in enumerate(terminals, start=1)],
                "feeder_id": [_FEEDER] * len(terminals),
                "rated_capacity_kva": [200.0] * len(terminals),
            }
        ),
        "customers": pl.DataFrame(
            {
                "customer_id": [f"C-{meter.usage_point_id}" for meter in shown.wanted],
                "name": [f"演示用户 {n}" for n, _ in enumerate(shown.wanted, start=1)],
            }
        ),
        "usage_points": pl.DataFrame(
            {
                "usage_point_id": [meter.usage_point_id for meter in shown.wanted],
                "customer_id": [f"C-{meter.usage_point_id}" for meter in shown.wanted],
                "customer_class": ["residential"] * len(shown.wanted),
                "transformer_id": [
                    f"LIVE-T{terminals.index(meter.terminal or '') + 1}" for meter in shown.wanted
                ],
                "region_id": [_REGION] * len(shown.wanted),
                "status": ["operating"] * len(shown.wanted),
            }
        ),
        "meters": register_rows(shown.meters, now.date(), now),
        "agreements": pl.DataFrame(
            {
                "agreement_id": [f"A-{meter.usage_point_id}" for meter in shown.wanted],
                "usage_point_id": [meter.usage_point_id for meter in shown.wanted],
                "tariff_code": [_TARIFF] * len(shown.wanted),
            }
        ),
    }


def _complete(name: str, known: pl.DataFrame, first_day: date) -> pl.DataFrame:
    return reference_frame(name, known).with_columns(
        pl.lit(first_day, pl.Date).alias("valid_from"), pl.lit(None, pl.Date).alias("valid_to")
    )


def _write_meters(path: Path, meters: Sequence[Meter]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        rows = [asdict(meter) for meter in meters]
        writer.writerow(rows[0])
        for row in rows:
            writer.writerow(_as_text(value) for value in row.values())


def _as_text(value: object) -> object:
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value
