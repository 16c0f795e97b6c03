"""By how much energy grew from one year to the next at equal temperature, and how surely."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from queries.load.change_points import COOLING_OF_GROUPS_FROM_C
from queries.load.group_series import group_energy
from queries.load.response import FITTED, Response
from queries.load.temperature_response import temperature_response

LEAST_POINTS = 5
"""Usage points of a group below which they say nothing of how much chance is in it."""

_CONFIDENCE = 0.975
_SETTLED_DAYS = 14
_STEADY_SHARE = 0.8
_YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class Growth:
    """What two years of a group differ by [kWh]; NaN where there is too little to say it.

    The change of all is weather + calendar + underlying + connections.

    Attributes:
        status: FITTED, or why there is nothing.
        before, after: Energy of either year.
        weather: What the other temperatures did.
        calendar: Another number of days and of rest days, and what the model does not explain.
        connections: Of usage points that came or went.
        underlying: Of those there in both years, at equal temperature.
        growth_share, low_share, high_share: ``underlying`` over what the later year would have
            been without it, and its 95 % interval.
        steady_points: Usage points there in both years.
    """

    status: np.ndarray
    before: np.ndarray
    after: np.ndarray
    weather: np.ndarray
    calendar: np.ndarray
    connections: np.ndarray
    underlying: np.ndarray
    growth_share: np.ndarray
    low_share: np.ndarray
    high_share: np.ndarray
    steady_points: np.ndarray


def yearly_growth(  # noqa: PLR0913, PLR0917 - two years of days, and what is known of them
    energy: np.ndarray,
    members: np.ndarray,
    temperature_c: np.ndarray,
    calendar: np.ndarray,
    day_of_year: np.ndarray,
    is_before: np.ndarray,
    is_after: np.ndarray,
) -> Growth:
    """Growth of groups between two sets of like months.

    The sum of those who are there all the time is fitted by change points of the temperature,
    calendar terms, two harmonics of the year (daylight, habits) and a step between the two years:
    the step is the growth at equal temperature. Its interval adds, as independent errors, what the
    days leave open (their residuals, which last) and what the customers do (the scatter of each
    one's own growth, a ratio estimate with Student's t): few customers, or one that changes much,
    say little of the group.

    Args:
        energy: Of usage points by days [kWh], (points, days); NaN where not read.
        members: (groups, points), 1 where a point is in a group.
        temperature_c: Of the days, (days,).
        calendar: Calendar terms such as rest days, (days, terms).
        day_of_year: 1 to 366, (days,).
        is_before: The days of the earlier year, (days,).
        is_after: The days of the later year, (days,).
    """
    in_both = is_before | is_after
    is_steady = _steady(energy, is_before, is_after)
    own_before, own_after = _sum_of(energy, is_before), _sum_of(energy, is_after)
    steady = members * is_steady
    series = np.where(in_both, group_energy(energy, steady), np.nan)
    angle = 2 * np.pi * day_of_year / _YEAR_DAYS
    waves = [wave(order * angle) for order in (1, 2) for wave in (np.sin, np.cos)]
    terms = np.column_stack([is_after, *waves, calendar]).astype(np.float64)
    least = int(0.8 * in_both.sum())
    fitted = temperature_response(
        series, temperature_c, terms, least_days=least, cooling_from_c=COOLING_OF_GROUPS_FROM_C
    )
    step, days_after = fitted.effects[:, 0], is_after.sum()
    sums = [_mean(series, days) * days.sum() for days in (is_before, is_after)]
    weather = _by_weather(fitted, temperature_c, is_before, is_after)
    underlying = step * days_after
    share = underlying / (sums[1] - underlying)
    connections = members @ (~is_steady * (own_after - own_before))
    error = np.hypot(
        np.sqrt(fitted.covariance[:, 1, 1])
        * days_after
        / (sums[1] - underlying)
        * stats.norm.ppf(_CONFIDENCE),
        _error_of_points(steady, own_before / is_before.sum(), own_after / days_after),
    )
    is_said = fitted.status == FITTED
    others = members * ~is_steady
    return Growth(
        status=fitted.status,
        before=np.where(is_said, sums[0], 0) + others @ own_before,
        after=np.where(is_said, sums[1], 0) + others @ own_after,
        weather=weather,
        calendar=sums[1] - sums[0] - weather - underlying,
        connections=connections,
        underlying=underlying,
        growth_share=share,
        low_share=share - error,
        high_share=share + error,
        steady_points=steady.sum(axis=1).astype(int),
    )


def _steady(energy: np.ndarray, is_before: np.ndarray, is_after: np.ndarray) -> np.ndarray:
    """Usage points read through both years: at the beginning, at the end and on most days."""
    is_read = ~np.isnan(energy)
    days = np.flatnonzero(is_before | is_after)
    edges = [days[:_SETTLED_DAYS], days[-_SETTLED_DAYS:]]
    found = np.ones(len(energy), dtype=bool)
    for edge in edges:
        found &= is_read[:, edge].any(axis=1)
    for year in (is_before, is_after):
        found &= is_read[:, year].mean(axis=1) >= _STEADY_SHARE
    return found


def _mean(energy: np.ndarray, days: np.ndarray) -> np.ndarray:
    chosen = energy[:, days]
    read = (~np.isnan(chosen)).sum(axis=1)
    return np.divide(
        np.nansum(chosen, axis=1), read, out=np.full(len(energy), np.nan), where=read > 0
    )


def _sum_of(energy: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Energy of each point over the days, those not read in between at its mean."""
    chosen = ~np.isnan(energy[:, days])
    first, last = chosen.argmax(axis=1), chosen.shape[1] - chosen[:, ::-1].argmax(axis=1)
    lasts = np.where(chosen.any(axis=1), last - first, 0)
    return np.nan_to_num(_mean(energy, days)) * lasts


def _by_weather(
    fitted: Response, temperature_c: np.ndarray, is_before: np.ndarray, is_after: np.ndarray
) -> np.ndarray:
    """What the later year's temperatures took more than the earlier one's, day for day."""
    of_days = fitted.heating(temperature_c) + fitted.cooling(temperature_c)
    before, after = (np.nanmean(of_days[:, days], axis=1) for days in (is_before, is_after))
    return (after - before) * is_after.sum()


def _error_of_points(steady: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Half a 95 % interval of the ratio of the groups' sums, from how their points differ."""
    points = steady.sum(axis=1)
    earlier = steady @ before
    ratio = np.divide(steady @ after, earlier, out=np.ones_like(earlier), where=earlier > 0)
    squares = (steady * (after - ratio[:, None] * before) ** 2).sum(axis=1)
    enough = (points >= LEAST_POINTS) & (earlier > 0)
    variance = np.divide(
        points * squares,
        np.maximum(points - 1, 1) * earlier**2,
        out=np.zeros_like(squares),
        where=enough,
    )
    return np.sqrt(variance) * stats.t.ppf(_CONFIDENCE, np.maximum(points - 1, 1))
