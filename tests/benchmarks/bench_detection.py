"""Electric heating, vehicles and roofs found in simulated districts; slopes beside planted losses.

Nothing was chosen on the seeds of ``HOME_SEEDS``, and of ``DISTRICT_SEEDS`` nothing but the stated
model error of slopes: models and limits come from seeds 1, 7 and 101 to 106. Slopes are judged in
homes that stay as they were planted and whose meters read all they use: no meter fault, theft or
roof, and no decoy such as renewed appliances.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection
from scipy import stats

from ingest.simulated.customers.consumption import true_flows
from ingest.simulated.customers.premise import Premise
from ingest.simulated.district import District, district
from ingest.simulated.plan import Plan
from queries.day_kinds import day_kinds
from queries.load.building_response import building_response
from queries.load.electric_heating import electric_heating
from queries.load.rooftop_solar import rooftop_solar, solar_likelihood
from queries.load.vehicle_charging import vehicle_charging
from queries.schema import SLOTS_PER_DAY
from tests.benchmarks.bench_lake import Line

DISTRICT_SEEDS = (11, 12, 13)
HOME_SEEDS = (17, 18, 19)

_LIKELY = 0.5
_VEHICLE_DAYS, _SOLAR_DAYS = 184, 365
_OWNED_DAYS = 60
"""A vehicle or a roof that came later can hardly have shown itself."""
_CHANGE_C = 14.0
"""Rooms of 18 °C of which sun, stove and people give 4 K."""
_HOMES_OF = 2500
_WIDE = 1.96


@dataclass(frozen=True, slots=True)
class Slopes:
    """Slopes of homes with thermostats, their errors, and what the walls lose [kWh/day/K]."""

    slope: np.ndarray
    error: np.ndarray
    planted: np.ndarray

    def told(self) -> str:
        """Bias, spread, and how often the 95 % interval holds the planted loss."""
        found = self.error > 0
        off = np.where(found, self.slope, 0.0) / self.planted - 1
        # A home in which nothing was found is not within.
        within = np.abs(self.slope - self.planted) < _WIDE * self.error
        width = _WIDE * self.error[found] / self.planted[found]
        return (
            f"{len(off)} homes, {np.median(off):+.1%} in the median, 90 % within "
            f"{np.quantile(np.abs(off), 0.9):.1%}; {within.mean():.0%} within the 95 % interval, "
            f"±{np.median(width):.1%} in the median, ±{width.mean():.1%} on average"
        )


def joined(parts: list[Slopes]) -> Slopes:
    """Slopes of several districts together."""
    names = ("slope", "error", "planted")
    return Slopes(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def heating(lake: DuckDBPyConnection, whole: District) -> tuple[list[Line], Slopes]:
    """Electric heating in a district; slopes of homes whose meters read what is used."""
    plan = whole.plan
    found = electric_heating(lake, first_day=plan.first_day, last_day=plan.last_day)
    judged = found.join(_homes(whole), on="usage_point_id").drop_nulls("heating_likelihood")
    heated = judged.filter("heats")
    change = np.abs(heated["heating_below_c"].drop_nulls().to_numpy() - _CHANGE_C)
    right = heated.filter(~pl.col("is_storage") & pl.col("is_read"))
    slopes = Slopes(
        right["heating_kwh_per_k"].to_numpy(),
        right["heating_error_kwh_per_k"].to_numpy(),
        right["loss"].to_numpy(),
    )
    lines = [
        ("electric heating", told(judged["heats"], judged["heating_likelihood"])),
        (
            "change point of heated homes",
            (
                f"planted {_CHANGE_C} °C, off by {np.median(change):.2f} K in the median, "
                f"90 % within {np.quantile(change, 0.9):.2f} K"
            ),
        ),
        ("slope of homes with thermostats", slopes.told()),
    ]
    return lines, slopes


def vehicles(lake: DuckDBPyConnection, whole: District) -> list[Line]:
    """Vehicles charged at home, from the last half year."""
    last_day = whole.plan.last_day
    found = vehicle_charging(
        lake, first_day=last_day - timedelta(days=_VEHICLE_DAYS - 1), last_day=last_day
    )
    judged = found.join(_homes(whole), on="usage_point_id").filter(~pl.col("drives_late"))
    return [("vehicles", told(judged["drives"], judged["vehicle_likelihood"]))]


def roofs(lake: DuckDBPyConnection, whole: District) -> list[Line]:
    """Solar roofs of homes, from the last year: with all registers, and from the import alone."""
    last_day = whole.plan.last_day
    found = rooftop_solar(
        lake, first_day=last_day - timedelta(days=_SOLAR_DAYS - 1), last_day=last_day
    )
    judged = found.join(_homes(whole), on="usage_point_id").filter(~pl.col("roof_late"))
    judged = judged.drop_nulls("solar_likelihood")
    nothing = np.full(judged.height, np.nan)
    by_import = pl.Series(solar_likelihood(judged["dip_share"].to_numpy(), nothing))
    return [
        ("solar roofs", told(judged["has_roof"], judged["solar_likelihood"])),
        ("solar roofs, import alone", told(judged["has_roof"], by_import)),
    ]


def told(truth: pl.Series, likelihood: pl.Series) -> str:
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


def heated_homes(seed: int) -> Slopes:
    """Slopes of all homes with thermostats of a larger district, from what they truly use."""
    plan = Plan(_HOMES_OF, seed=seed, energy_only=True, faults=0)
    whole = district(plan)
    homes, energy = [], []
    for premise in whole.premises:
        if not _is_home(premise) or not _is_steady(premise, whole):
            continue
        heater = premise.tenancies[0].traits.heating
        if heater is None or heater.is_storage or not _is_there_throughout(premise, whole):
            continue
        behaviour = whole.behaviour.get(premise.number, ())
        flows, _ = true_flows(premise, behaviour, whole.outages_of(premise), whole.setting)
        energy.append(flows.import_wh.reshape(-1, SLOTS_PER_DAY).sum(axis=1) / 1000)
        homes.append(24 * heater.loss_kw_per_k * _grown(whole, premise))
    outdoor_c = whole.setting.weather.temperature_c.reshape(-1, SLOTS_PER_DAY).mean(axis=1)
    kinds = day_kinds(plan.first_day, plan.last_day, holiday_country="CN")
    festival = np.abs(whole.setting.days.spring_festival - 3) <= 10
    calendar = np.stack([(kinds["day_kind"] == "rest_day").to_numpy(), festival], axis=1)
    found = building_response(
        np.array(energy), outdoor_c.astype(np.float64), calendar.astype(np.float64)
    ).response
    return Slopes(found.heating_per_k, found.standard_error("heating_per_k"), np.array(homes))


def _is_home(premise: Premise) -> bool:
    return premise.kind == "household" and len(premise.tenancies) == 1


def _is_steady(premise: Premise, whole: District) -> bool:
    """No decoy changes what is used on some day for good, and all of it is imported."""
    planted = whole.behaviour.get(premise.number, ())
    return premise.solar is None and all(one.group != "decoy" for one in planted)


def _is_there_throughout(premise: Premise, whole: District) -> bool:
    tenancy = premise.tenancies[0]
    return (tenancy.first_day, tenancy.last_day) == (0, whole.setting.span.days)


def _grown(whole: District, premise: Premise) -> float:
    """By how much an area's growth lifts the losses planted, over the cold of the whole span."""
    rates = [p.amount for p in whole.behaviour.get(premise.number, ()) if p.kind == "area_growth"]
    slow_c = whole.setting.weather.slow_temperature_c.reshape(-1, SLOTS_PER_DAY).mean(axis=1)
    cold_k = np.maximum(_CHANGE_C - slow_c, 0.0)
    factor = np.exp(sum(rates) * whole.setting.days.year_share)
    return float((factor * cold_k).sum() / cold_k.sum())


def _homes(whole: District) -> pl.DataFrame:
    """Truth of every home with one household all the time: its heating, its vehicle, its roof."""
    recent = whole.setting.span.days - _OWNED_DAYS
    rows = []
    for premise in whole.premises:
        if not _is_home(premise):
            continue
        heater = premise.tenancies[0].traits.heating
        car = None if premise.vehicle is None else premise.vehicle.first_day
        roof = None if premise.solar is None else premise.solar.first_day
        rows.append(
            {
                "usage_point_id": premise.usage_point_id,
                "heats": heater is not None,
                "loss": None
                if heater is None
                else 24 * heater.loss_kw_per_k * _grown(whole, premise),
                "is_storage": None if heater is None else heater.is_storage,
                "is_read": not whole.metering.get(premise.number) and _is_steady(premise, whole),
                "drives": car is not None and car < recent,
                "drives_late": car is not None and car >= recent,
                "has_roof": roof is not None and roof < recent,
                "roof_late": roof is not None and roof >= recent,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)
