"""Load statistics: how well planted truth is recovered, and what a fleet costs.

Nothing was chosen on the seeds used here.
"""

import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from ingest.lake import create_lake
from ingest.simulated.arrival import load_district
from ingest.simulated.district import District, district
from ingest.simulated.plan import Plan
from ingest.simulated.planted.growth import growth as planted_growth
from queries.lake import open_lake
from queries.load.building_response import building_response
from queries.load.growth import growth
from queries.load.temperature_response import temperature_response
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.benchmarks.bench_detection import (
    DISTRICT_SEEDS,
    HOME_SEEDS,
    Slopes,
    heated_homes,
    heating,
    joined,
    roofs,
    vehicles,
)
from tests.benchmarks.bench_lake import Line
from tests.benchmarks.memory import peak_mb

_CUSTOMERS = 600
_FLEET = 10_000
_LEAST_SLOPE = 0.1


def run(*, customers: int = _FLEET) -> list[Line]:
    """Recovery of heating, vehicles, roofs and growth in each district; regressions of a fleet."""
    lines = _fleet(customers)
    slopes: list[Slopes] = []
    with tempfile.TemporaryDirectory(prefix="fenggu-bench-") as folder:
        for seed in DISTRICT_SEEDS:
            plan = Plan(_CUSTOMERS, seed=seed, energy_only=True)
            with closing(_lake(Path(folder) / str(seed), plan)) as lake:
                found, own = of_district(lake, plan)
            lines += found
            slopes.append(own)
    seeds = f"seeds {DISTRICT_SEEDS[0]} to {DISTRICT_SEEDS[-1]}"
    lines.append((f"{seeds}: slope of homes with thermostats", joined(slopes).told()))
    whole = joined([heated_homes(seed) for seed in HOME_SEEDS])
    seeds = f"seeds {HOME_SEEDS[0]} to {HOME_SEEDS[-1]}"
    return [*lines, (f"{seeds}, 2,500 customers each: slope of homes", whole.told())]


def of_district(lake: DuckDBPyConnection, plan: Plan) -> tuple[list[Line], Slopes]:
    """What is found of what was planted in one district."""
    whole = district(plan)
    heated, slopes = heating(lake, whole)
    parts = [*heated, *vehicles(lake, whole), *roofs(lake, whole), *_growth(lake, whole)]
    return [(f"seed {plan.seed}: {name}", figure) for name, figure in parts], slopes


def _lake(folder: Path, plan: Plan) -> DuckDBPyConnection:
    folder.mkdir()
    settings = Settings(data=folder, lake="", database="")
    create_lake(settings)
    load_district(settings, plan, tell=lambda _: None)
    return open_lake(settings, EVERYTHING)


def _growth(lake: DuckDBPyConnection, whole: District) -> list[Line]:
    plan = whole.plan
    areas = {area.number: area.transformer_id for area in whole.place.areas}
    rates = planted_growth(plan.seed, areas)
    truth = pl.DataFrame(
        {
            "group_id": [areas[number] for number in rates],
            "planted": np.expm1(list(rates.values())),
        }
    )
    period = {"first_day": plan.first_day, "last_day": plan.last_day}
    found = growth(lake, **period, group_by="transformer").join(truth, on="group_id")
    found = found.drop_nulls("growth_share")
    off = (found["growth_share"] - found["planted"]).to_numpy()
    half = ((found["growth_high_share"] - found["growth_low_share"]) / 2).to_numpy()
    within = np.abs(off) <= half
    sure = half <= np.median(half)
    return [
        (
            "growth of areas",
            (
                f"{within.mean():.0%} of {len(off)} planted rates within the 95 % interval; off by "
                f"{np.median(np.abs(off)):.1%} in the median, {np.median(np.abs(off[sure])):.1%} "
                f"in the surer half (interval ±{np.median(half[sure]):.1%})"
            ),
        )
    ]


def _fleet(customers: int) -> list[Line]:
    """Regressions of a year of many meters, with gaps in a fifth of them."""
    random = np.random.default_rng(1)
    day = np.arange(365)
    outdoor_c = 8 - 18 * np.cos(2 * np.pi * (day - 15) / 365) + random.normal(0, 3.5, 365)
    slopes = random.uniform(0, 1, (2, customers, 1)) * (random.random((2, customers, 1)) < 0.5)
    energy = (
        5 + slopes[0] * np.maximum(14 - outdoor_c, 0) + slopes[1] * np.maximum(outdoor_c - 22, 0)
    )
    energy += random.normal(0, 1, energy.shape)
    gaps = random.random(energy.shape) < 0.05
    energy[gaps & (random.random((customers, 1)) < 0.2)] = np.nan
    calendar = (day % 7 >= 5)[:, None].astype(np.float64)
    heats = (slopes[0] > _LEAST_SLOPE).sum()
    before = peak_mb()
    return [
        (
            f"change-point regression of {customers:,} meters × 1 year",
            _timed(lambda: temperature_response(energy, outdoor_c, calendar), before),
        ),
        (
            f"the same, walls and absences of the {heats:,} that heat considered",
            _timed(
                lambda: building_response(
                    energy, outdoor_c, calendar, least_heating_per_k=_LEAST_SLOPE
                ),
                before,
            ),
        ),
    ]


def _timed(work: Callable[[], object], before_mb: float) -> str:
    start, used = time.perf_counter(), time.process_time()
    work()
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    return (
        f"{seconds:.1f} s ({cpu:.1f} s of processors), "
        f"{peak_mb() - before_mb:,.0f} MB above the readings"
    )
