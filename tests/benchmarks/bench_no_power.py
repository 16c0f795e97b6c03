"""Why no power: how often the first answer names what was planted in a simulated district."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from ingest.lake import create_lake
from ingest.simulated.arrival import BESIDE, load_district
from ingest.simulated.plan import Plan
from queries.customers.no_power import READS, no_power
from queries.lake import open_lake
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.benchmarks.bench_lake import Line

_SEED = 11
_CUSTOMERS = 400
_ASKED_EACH = 2
_NORMAL = 100


def run() -> list[Line]:
    """A district of a seed on which nothing was chosen."""
    with tempfile.TemporaryDirectory(prefix="fenggu-bench-") as folder:
        settings = Settings(data=Path(folder), lake="", database="")
        create_lake(settings)
        load_district(settings, Plan(_CUSTOMERS, seed=_SEED), tell=lambda _: None)
        truth = pl.read_parquet(settings.data / BESIDE / "truth.parquet")
        with closing(open_lake(settings, EVERYTHING, reads=READS)) as lake:
            return judged(lake, truth)


def judged(lake: DuckDBPyConnection, truth: pl.DataFrame) -> list[Line]:
    """A line a planted cause: how often it was the first answer, and what was said instead."""
    said: dict[str, Counter[str]] = {}
    for planted, point, at in _questions(lake, truth):
        first = no_power(lake, usage_point_id=point, at=at).row(0, named=True)
        said.setdefault(planted, Counter())[first["cause"]] += 1
    return [
        (
            planted,
            f"{causes[planted]} of {causes.total()}; else "
            + (", ".join(f"{c} {n}" for c, n in causes.items() if c != planted) or "nothing"),
        )
        for planted, causes in said.items()
    ]


def _questions(
    lake: DuckDBPyConnection, truth: pl.DataFrame
) -> Iterator[tuple[str, str, datetime]]:
    """What was planted, at whom, and a moment of it."""
    random = np.random.default_rng(_SEED)
    points = lake.sql(
        "select usage_point_id, transformer_id from places "
        "where not is_check and transformer_id is not null order by all"
    ).pl()
    for row in truth.filter(group="outage").iter_rows(named=True):
        detail = json.loads(row["detail"])
        areas = [f"FC-T{number + 1:04d}" for number in detail["area_numbers"]]
        wide = "feeder" if len(areas) > 1 else "transformer"
        cause = "planned" if detail["is_planned"] else wide
        inside = points.filter(pl.col("transformer_id").is_in(areas))["usage_point_id"].to_list()
        for point in random.choice(inside, min(_ASKED_EACH, len(inside)), replace=False):
            yield cause, str(point), row["starts_at"] + timedelta(minutes=5)
    for row in truth.filter(kind="terminal_offline").iter_rows(named=True):
        if json.loads(row["detail"])["is_back_filled"]:
            continue
        inside = points.filter(transformer_id=row["subject_id"])["usage_point_id"].to_list()
        for point in random.choice(inside, min(_ASKED_EACH, len(inside)), replace=False):
            yield "terminal_offline", str(point), row["starts_at"] + timedelta(hours=12)
    noon = Plan().first_day
    for point in random.choice(points["usage_point_id"].to_list(), _NORMAL, replace=False):
        day = noon + timedelta(days=int(random.integers(30, 600)))
        yield "power_is_there", str(point), datetime.combine(day, time(11, 2), UTC)


if __name__ == "__main__":
    for name, figure in run():
        print(f"{name:20} {figure}")  # noqa: T201 - a benchmark talks
