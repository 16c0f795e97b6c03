"""Tomorrow of every meter: seconds, memory, and how many are foretold better than by habit.

The district is of a seed on which nothing was chosen. Besides the gaps of its own, a fifth of its
meters lose single hours and whole days.
"""

import json
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from ingest.simulated.plan import Plan
from ingest.simulated.run import FIRST, simulate
from queries.forecasting.bands import LOWER, UPPER
from queries.forecasting.features import Surroundings, surroundings_of
from queries.forecasting.fleet import FleetForecast, fleet_forecast
from queries.forecasting.special_days import special_days
from queries.forecasting.temperature import temperature_of
from queries.schema import SLOTS
from tests.benchmarks.bench_lake import Line
from tests.benchmarks.memory import peak_mb

_SEED = 7
_YEAR = date(2024, 1, 1), date(2024, 12, 31)
_DAYS, _HOURS = 366, 24
_GAPPY_SHARE = 0.2
_LOST_HOURS, _LOST_DAYS = 0.02, 0.02
_WINDOWS = ((100, 127), (200, 227), (338, 365))
_FLEET = 10_000


def run(*, customers: int = _FLEET) -> list[Line]:
    """One day ahead of all meters after a year; three windows of four weeks held against habit."""
    with tempfile.TemporaryDirectory(prefix="fenggu-bench-") as folder:
        plan = Plan(customers, *_YEAR, seed=_SEED, energy_only=True)
        simulate(plan, Path(folder) / "district")
        command = [sys.executable, "-m", "tests.benchmarks.bench_fleet_forecast", folder]
        subprocess.run([*command, "load"], check=True)  # noqa: S603
        lines = []
        for step in ("day", "bands", "judge"):
            done = subprocess.run([*command, step], capture_output=True, text=True, check=True)  # noqa: S603
            lines += [tuple(line) for line in json.loads(done.stdout)]
    return lines


def _keep_load(folder: Path) -> None:
    """Hourly energy [kWh] (meters, days, hours) of all customers, in a file."""
    hours = [
        pl.sum_horizontal(*SLOTS[4 * hour : 4 * hour + 4], ignore_nulls=False).alias(str(hour))
        for hour in range(_HOURS)
    ]
    blocks = []
    for file in sorted((folder / "district" / FIRST).glob("energy_profiles-*")):
        is_customer = pl.col("usage_point_id").str.contains("-P") & (pl.col("channel") == "import")
        rows = pl.read_parquet(file).filter(is_customer).sort("usage_point_id", "service_date")
        meter = rows["usage_point_id"].rle_id().to_numpy()
        day = (rows["service_date"] - _YEAR[0]).dt.total_days().to_numpy()
        block = np.full((rows["usage_point_id"].n_unique(), _DAYS, _HOURS), np.nan, np.float32)
        block[meter, day] = rows.select(hours).cast(pl.Float32).to_numpy() / 1000.0
        blocks.append(block)
    load = np.concatenate(blocks)
    random = np.random.default_rng(_SEED)
    gappy = np.flatnonzero(random.random(len(load)) < _GAPPY_SHARE)
    for meter in gappy:
        load[meter][random.random((_DAYS, _HOURS)) < _LOST_HOURS] = np.nan
        load[meter][random.random(_DAYS) < _LOST_DAYS] = np.nan
    np.save(folder / "load.npy", load)


def _around(folder: Path, known_days: int) -> Surroundings:
    """Calendar, temperatures as observed and as forecast the afternoon before [°C]."""
    weather = pl.read_parquet(folder / "district" / "weather.parquet").with_columns(
        local=pl.col("valid_at").dt.convert_time_zone("Asia/Shanghai").dt.replace_time_zone(None)
    )
    hour = (pl.col("local") - pl.lit(_YEAR[0]).cast(pl.Datetime)).dt.total_hours()
    observed, served = np.full((2, _DAYS * _HOURS), np.nan)
    for values, is_forecast in ((observed, False), (served, True)):
        rows = weather.filter(pl.col("issued_at").is_not_null() == is_forecast).select(
            hour.alias("hour"), "temperature_c"
        )
        rows = rows.filter(pl.col("hour").is_between(0, len(values) - 1))
        values[rows["hour"].to_numpy()] = rows["temperature_c"].to_numpy()
    shape = (_DAYS, _HOURS)
    temperature = temperature_of(served.reshape(shape), observed.reshape(shape), known_days)
    return surroundings_of(special_days(_YEAR[0], _DAYS, "CN"), temperature)


def _timed(folder: Path, load: np.ndarray, *, with_quantiles: bool) -> list[Line]:
    start, used = time.perf_counter(), time.process_time()
    with threadpool_limits(limits=1):
        around = _around(folder, _DAYS - 1)
        fleet_forecast(around, load, _DAYS - 1, with_quantiles=with_quantiles)
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    missing = np.isnan(load).any(axis=2).mean()
    what = "fit + 24 h with bands" if with_quantiles else "fit + 24 h"
    figure = (
        f"{seconds:.1f} s, {cpu:.1f} s of one core (≤ 5), peak {peak_mb():,.0f} MB (≤ 2,048); "
        f"{len(load):,} meters × {_DAYS} days, {missing:.1%} of days with gaps"
    )
    return [(what, figure)]


def _judged(folder: Path, load: np.ndarray) -> list[Line]:
    """Mean absolute error by meter against the same hour a day and a week before."""
    ours, day_ago, week_ago, inside = [], [], [], []
    for first, last in _WINDOWS:
        found = fleet_forecast(_around(folder, first), load, first, last, with_quantiles=True)
        days = np.arange(first, last + 1)
        seen = load[:, days]
        ours.append(np.abs(found.median - seen))
        day_ago.append(np.abs(load[:, days - 1] - seen))
        week_ago.append(np.abs(load[:, days - 7] - seen))
        inside.append(_inside(found, seen))
    mean, day, week = (_mean(errors) for errors in (ours, day_ago, week_ago))
    better = np.minimum(day, week)
    errs = better > 0.0
    ratio = np.median(mean[errs] / better[errs])
    return [
        ("meters better than 24 h before", f"{(mean < day)[errs].mean():.1%} (≥ 90 %)"),
        ("meters better than 168 h before", f"{(mean < week)[errs].mean():.1%} (≥ 90 %)"),
        (
            "meters better than the better of both",
            (
                f"{(mean < better)[errs].mean():.1%}; error {ratio:.2f} of its, in the median; "
                f"{(~errs).sum():,} of {len(mean):,} meters never change or were not read"
            ),
        ),
        (
            "within the 80 % band",
            f"{np.mean(inside):.1%}, by window " + ", ".join(f"{share:.1%}" for share in inside),
        ),
    ]


def _mean(errors: list[np.ndarray]) -> np.ndarray:
    """By meter, over all windows; NaN where nothing was read."""
    both = np.concatenate(errors, axis=1)
    count = np.isfinite(both).sum(axis=(1, 2))
    return np.where(count > 0, np.nansum(both, axis=(1, 2)) / np.maximum(count, 1), np.nan)


def _inside(found: FleetForecast, seen: np.ndarray) -> float:
    if found.quantiles is None:
        raise ValueError("bands were not asked for")
    low, high = found.quantiles[..., LOWER], found.quantiles[..., UPPER]
    known = np.isfinite(seen) & np.isfinite(low)
    return float(((seen >= low) & (seen <= high))[known].mean())


def _child(where: str, step: str) -> None:
    folder = Path(where)
    if step == "load":
        _keep_load(folder)
        return
    load = np.load(folder / "load.npy")
    lines = (
        _judged(folder, load)
        if step == "judge"
        else _timed(folder, load, with_quantiles=step == "bands")
    )
    sys.stdout.write(json.dumps(lines))


if __name__ == "__main__":
    _child(*sys.argv[1:])
