"""Load statistics: how well planted truth is recovered, and what a fleet costs.

The first district is the sample's; the other is of a seed on which nothing was chosen.
"""

import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection
from scipy import stats

from ingest.lake import create_lake
from ingest.simulated.arrival import load_district
from ingest.simulated.district import District, district
from ingest.simulated.plan import Plan
from ingest.simulated.planted.growth import growth as planted_growth
from queries.lake import open_lake
from queries.load.electric_heating import electric_heating
from queries.load.growth import growth
from queries.load.temperature_response import temperature_response
from queries.load.vehicle_charging import vehicle_charging
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.benchmarks.bench_lake import Line

_SEEDS = (1, 7)
_CUSTOMERS = 600
_LIKELY = 0.5
_VEHICLE_DAYS = 184
_OWNED_DAYS = 60
"""A vehicle that came later can hardly have shown itself."""
_CHANGE_C = 14.0
"""Rooms of 18 °C of which sun, stove and people give 4 K."""
_FLEET = 10_000


def run(*, customers: int = _FLEET) -> list[Line]:
    """Recovery of heating, vehicles and growth in each district; the regression of a fleet."""
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="fenggu-bench-") as folder:
        for seed in _SEEDS:
            plan = Plan(_CUSTOMERS, seed=seed, energy_only=True)
            whole = district(plan)
            with closing(_lake(Path(folder) / str(seed), plan)) as lake:
                lines += [
                    (f"seed {seed}: {name}", figure)
                    for part in (_heating, _vehicles, _growth)
                    for name, figure in part(lake, whole)
                ]
    return [*lines, _fleet(customers)]


def _lake(folder: Path, plan: Plan) -> DuckDBPyConnection:
    folder.mkdir()
    settings = Settings(data=folder, lake="", database="")
    create_lake(settings)
    load_district(settings, plan, tell=lambda _: None)
    return open_lake(settings, EVERYTHING)


def _homes(whole: District) -> pl.DataFrame:
    """Truth of every home with one household all the time: its heating, its vehicle."""
    span = whole.setting.span
    rows = []
    for premise in whole.premises:
        if premise.kind != "household" or len(premise.tenancies) != 1:
            continue
        heating = premise.tenancies[0].traits.heating
        first = None if premise.vehicle is None else premise.vehicle.first_day
        rows.append(
            {
                "usage_point_id": premise.usage_point_id,
                "heats": heating is not None,
                "loss": None if heating is None else 24 * heating.loss_kw_per_k,
                "is_storage": None if heating is None else heating.is_storage,
                "drives": first is not None and first < span.days - _OWNED_DAYS,
                "came_late": first is not None and first >= span.days - _OWNED_DAYS,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _heating(lake: DuckDBPyConnection, whole: District) -> list[Line]:
    plan = whole.plan
    found = electric_heating(lake, first_day=plan.first_day, last_day=plan.last_day)
    judged = found.join(_homes(whole), on="usage_point_id").drop_nulls("heating_likelihood")
    heated = judged.filter("heats")
    is_right = heated.filter(~pl.col("is_storage"))
    slope = (is_right["heating_kwh_per_k"] / is_right["loss"] - 1).to_numpy()
    change = (heated["heating_below_c"] - _CHANGE_C).to_numpy()
    off = (is_right["heating_kwh_per_k"] - is_right["loss"]) / is_right["heating_error_kwh_per_k"]
    return [
        ("electric heating", _told(judged["heats"], judged["heating_likelihood"])),
        (
            "change point of heated homes",
            (
                f"planted 14.0 °C, off by {np.median(np.abs(change)):.2f} K in the median, "
                f"90 % within {np.quantile(np.abs(change), 0.9):.2f} K"
            ),
        ),
        (
            "slope of homes with thermostats",
            (
                f"{np.median(slope):+.1%} in the median, 90 % within "
                f"{np.quantile(np.abs(slope), 0.9):.1%}; "
                f"{(off.abs() < 1.96).mean():.0%} within the 95 % interval"
            ),
        ),
    ]


def _vehicles(lake: DuckDBPyConnection, whole: District) -> list[Line]:
    last_day = whole.plan.last_day
    found = vehicle_charging(
        lake, first_day=last_day - timedelta(days=_VEHICLE_DAYS - 1), last_day=last_day
    )
    judged = found.join(_homes(whole), on="usage_point_id").filter(~pl.col("came_late"))
    return [("vehicles", _told(judged["drives"], judged["vehicle_likelihood"]))]


def _told(truth: pl.Series, likelihood: pl.Series) -> str:
    """Area under the ROC curve (Mann & Whitney 1947), recall and precision at a half."""
    is_true, scores = truth.to_numpy(), likelihood.to_numpy()
    ranked = stats.mannwhitneyu(scores[is_true], scores[~is_true]).statistic
    area = ranked / (is_true.sum() * (~is_true).sum())
    likely = scores > _LIKELY
    right = (likely & is_true).sum()
    return (
        f"AUC {area:.3f}, recall {right / is_true.sum():.3f}, precision "
        f"{right / max(likely.sum(), 1):.3f}; {is_true.sum()} of {len(is_true)} homes"
    )


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


def _fleet(customers: int) -> Line:
    """The change-point regression of a year of many meters, with gaps in a fifth of them."""
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
    start, used = time.perf_counter(), time.process_time()
    temperature_response(energy, outdoor_c, (day % 7 >= 5)[:, None].astype(np.float64))
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    return (
        f"change-point regression of {customers:,} meters × 1 year",
        f"{seconds:.1f} s ({cpu:.1f} s of processors)",
    )
