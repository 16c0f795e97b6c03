"""Homes that begin to heat with electricity, and loads in a hotter summer or colder winter."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.what_if_kinds import Heating
from queries.demand.what_if_lots import taking_part
from queries.demand.what_if_skies import NO_SKY, sky_of, temperatures
from queries.demand.what_if_skies import READS as SKY_READS
from queries.demand.what_if_terms import WhatIf, WhatIfError

READS = (*SKY_READS, "portraits")

HEATS_ALREADY = 0.5
"""From this likelihood on a home is taken to heat with electricity already."""
_WH_PER_KWH = 1000
_SLOTS_PER_HOUR = 4
# The newest portrait of each; one not fitted answers to no temperature that we know of.
_PORTRAITS = """
select
    usage_point_id,
    arg_max_null(heating_likelihood, month) as heating_likelihood,
    arg_max_null(response_status, month) = 'fitted' as is_fitted,
    arg_max_null(heating_below_c, month) as heating_below_c,
    arg_max_null(heating_kwh_per_k, month) as heating_kwh_per_k,
    arg_max_null(cooling_above_c, month) as cooling_above_c,
    arg_max_null(cooling_kwh_per_k, month) as cooling_kwh_per_k
from portraits
group by usage_point_id
order by usage_point_id
"""


@dataclass(frozen=True, slots=True)
class Heaters:
    """Electric heating of one kind.

    Attributes:
        kind: What it is.
        sky: Place of each customer's weather, NO_SKY without such heating, (customers,).
        outside_c: By sky, day and hour, (skies, days, 24) [°C].
        heats_already: How many were left out because they do.
    """

    kind: Heating
    sky: np.ndarray
    outside_c: np.ndarray
    heats_already: int

    def energy_wh(self, customer: np.ndarray, day: np.ndarray) -> np.ndarray:
        """What each row's heating takes, (rows, 96); every row's customer has one."""
        cold = np.maximum(self.kind.balance_c - self.outside_c[self.sky[customer], day], 0)
        a_slot_wh = cold * (self.kind.kwh_per_degree_hour * _WH_PER_KWH / _SLOTS_PER_HOUR)
        return np.repeat(a_slot_wh, _SLOTS_PER_HOUR, axis=1)


@dataclass(frozen=True, slots=True)
class OtherWeather:
    """What days take more in another weather, by each customer's own measured response.

    Attributes:
        more_wh: By customer and day, (customers, days) [Wh].
        responding: How many customers have a measured response.
    """

    more_wh: np.ndarray
    responding: int

    def of(self, units: np.ndarray, customer: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Rows of 96 watt-hours in that weather: more in the hours in which the day takes most.

        A day takes no less than nothing; one on which nothing was taken takes nothing.
        """
        whole = units.sum(axis=1)
        more = np.maximum(self.more_wh[customer, day], -whole)
        share = np.divide(more, whole, out=np.zeros_like(whole), where=whole > 0)
        return units * (1 + share)[:, None]


@dataclass(frozen=True, slots=True)
class Weather:
    """Everything of a scenario that has to do with temperature."""

    heaters: Sequence[Heaters] = ()
    other: OtherWeather | None = None


def weather_of(what_if: WhatIf, points: pl.DataFrame, source: DuckDBPyConnection) -> Weather:
    """Who heats, and what another weather makes of everyone.

    Raises:
        WhatIfError: no temperature is observed where somebody would heat, or nobody's response to
            temperature was measured.
    """
    shift = [one for one in what_if.shifts if one.kelvin]
    if not what_if.heatings and not shift:
        return Weather()
    observed = temperatures(what_if, source)
    names = list(observed)
    sky = sky_of(what_if, points, names, source)
    days = (what_if.last_day - what_if.first_day).days + 1
    hours = np.stack([observed[name] for name in names]) if names else np.zeros((0, days, 24))
    more = _more_kelvin(what_if)
    known = points.select("usage_point_id").join(
        source.sql(_PORTRAITS).pl(), on="usage_point_id", how="left", maintain_order="left"
    )
    other = _other_weather(hours.mean(axis=2), more, sky, known) if shift else None
    heats = (known["heating_likelihood"] >= HEATS_ALREADY).fill_null(value=False).to_numpy()
    warmed = hours + more[:, None]
    heaters = [
        _heaters(kind, number, what_if, points, sky, warmed, heats)
        for number, kind in enumerate(what_if.heatings)
    ]
    return Weather(heaters, other)


def _more_kelvin(what_if: WhatIf) -> np.ndarray:
    """By how much each day is warmer, (days,)."""
    dates = pl.date_range(what_if.first_day, what_if.last_day, eager=True)
    found = np.zeros(len(dates))
    for one in what_if.shifts:
        found[dates.dt.month().is_in(list(one.months)).to_numpy()] += one.kelvin
    return found


def _heaters(  # noqa: PLR0913, PLR0917 - a kind of whom, under which sky, without whom
    kind: Heating,
    number: int,
    what_if: WhatIf,
    points: pl.DataFrame,
    sky: np.ndarray,
    hours: np.ndarray,
    heats: np.ndarray,
) -> Heaters:
    is_drawn = taking_part(
        points, kind.customer_classes, f"heating {number}", kind.uptake_share, what_if.seed
    )
    is_in = is_drawn & ~heats
    if (sky[is_in] == NO_SKY).any():
        raise WhatIfError(
            "heatings: no temperature is observed where some would heat. Bring in weather with "
            "temperature_c for these days, or leave heating out."
        )
    return Heaters(kind, np.where(is_in, sky, NO_SKY), hours, int((is_drawn & heats).sum()))


def _other_weather(
    mean_c: np.ndarray, more: np.ndarray, sky: np.ndarray, known: pl.DataFrame
) -> OtherWeather:
    """By change points and slopes: ``Δ = slope · (degrees beyond the point then − now)``."""
    is_known = known["is_fitted"].fill_null(value=False).to_numpy() & (sky != NO_SKY)
    if not is_known.any():
        raise WhatIfError(
            "shifts: nobody's load was measured against temperature here. Have portraits made of a "
            "year with weather, or leave the weather as it was."
        )
    before = np.zeros((len(sky), mean_c.shape[1]))
    before[is_known] = mean_c[sky[is_known]]
    after = before + more
    found = np.zeros_like(before)
    for point, slope, sign in (
        ("heating_below_c", "heating_kwh_per_k", -1),
        ("cooling_above_c", "cooling_kwh_per_k", 1),
    ):
        at = known[point].fill_null(0.0).to_numpy()[:, None]
        per_k = known[slope].fill_null(0.0).to_numpy()
        per_k = np.where(known[point].is_null().to_numpy() | ~is_known, 0.0, per_k)[:, None]
        beyond = [np.maximum(sign * (one - at), 0) for one in (after, before)]
        found += per_k * (beyond[0] - beyond[1])
    return OtherWeather(found * _WH_PER_KWH, int(is_known.sum()))


def heated_rows(heater: Heaters, customer: np.ndarray) -> np.ndarray:
    """Rows whose customer has such heating."""
    return np.flatnonzero(heater.sky[customer] != NO_SKY)
