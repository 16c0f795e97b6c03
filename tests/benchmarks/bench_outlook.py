"""The outlook: how well the planted growth of areas is found, and what a page of it costs."""

import tempfile
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection
from scipy import stats

from ingest.lake import create_lake
from ingest.simulated.arrival import load_district
from ingest.simulated.plan import Plan
from ingest.simulated.planted.growth import growth as planted_growth
from queries.lake import open_lake
from queries.market.area_growth import measured_growth, own_growth
from queries.market.assumptions import read_assumptions, shipped_text
from queries.market.grid_outlook import grid_outlook
from queries.market.open_capacity import open_capacity
from queries.market.outlook import outlook
from queries.market.outlook_backtest import outlook_backtest
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.benchmarks.bench_lake import Line

_CUSTOMERS, _SEEDS = 600, (1, 7)
_HALF_OF_80_PER_CENT = 1.2816
"""Standard deviations to either side that hold 80 %."""


def run() -> list[Line]:
    """Recovery of the planted growth of areas, and times, of two districts."""
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="fenggu-bench-") as folder:
        for seed in _SEEDS:
            settings = Settings(data=Path(folder) / str(seed), lake="", database="")
            settings.data.mkdir()
            create_lake(settings)
            plan = Plan(_CUSTOMERS, seed=seed, energy_only=True)
            load_district(settings, plan, tell=lambda _: None, workers=1)
            with closing(open_lake(settings, EVERYTHING)) as lake:
                found = [*_growth(lake, seed), *_backtest(lake), *_times(lake)]
            lines += [(f"seed {seed}: {name}", figure) for name, figure in found]
    return lines


def _growth(lake: DuckDBPyConnection, seed: int) -> list[Line]:
    """Own growth of areas against what was planted, both above the mean of all."""
    areas = grid_outlook(lake, assumptions=shipped_text())["area_id"].sort()
    # The district numbers its areas from 0, their names begin with FC-T0001.
    planted = planted_growth(seed, range(len(areas)))
    truth = np.array([planted[int(area.removeprefix("FC-T")) - 1] for area in areas])
    measured = measured_growth("transformer", areas, lake)
    spread = read_assumptions("").grid.own_growth_spread_share
    own, deviation = own_growth(measured, spread)
    apart = truth - np.average(truth, weights=np.nan_to_num(measured.weight))
    inside = np.abs(apart - own) < _HALF_OF_80_PER_CENT * deviation
    rank, _ = stats.spearmanr(own, truth)
    return [
        ("areas ranked by own growth, Spearman with planted", f"{rank:.2f}"),
        (
            "planted growth inside the 80 % band of an area's",
            f"{inside.mean():.0%} of {len(areas)}",
        ),
    ]


def _backtest(lake: DuckDBPyConnection) -> list[Line]:
    found = outlook_backtest(lake, assumptions=shipped_text())
    year = found.filter(pl.col("month").is_null()).row(0, named=True)
    months = found.filter(pl.col("month").is_not_null())
    error = months["energy_error_share"].abs().mean()
    return [
        ("second year foretold from the first, energy", f"{year['energy_error_share']:+.1%}"),
        ("its months, mean absolute error", f"{error:.1%}"),
        ("its months inside P10–P90", f"{months['is_energy_inside'].sum()} of {months.height}"),
    ]


def _times(lake: DuckDBPyConnection) -> list[Line]:
    """A scenario nobody has asked for yet, once the state of the lake is known."""
    lines = []
    for question in (outlook, grid_outlook, open_capacity):
        question(lake, assumptions=shipped_text("base"))
        start = time.perf_counter()
        question(lake, assumptions=shipped_text("high"))
        lines.append(
            (f"{question.__name__}, another scenario", f"{time.perf_counter() - start:.2f} s")
        )
    return lines
