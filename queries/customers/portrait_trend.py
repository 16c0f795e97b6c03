"""By how much a usage point's energy grows in a year."""

from dataclasses import dataclass

import numpy as np

from queries.load.response import FITTED, Response

EQUAL_TEMPERATURE, SAME_MONTHS = "equal_temperature", "same_months"
LEAST_DAYS = 182
"""Known days of the year before without which it is not compared."""
LEAST_MONTHS = 6
"""Months of the year that both years need at least."""
LEAST_DAYS_OF_MONTH = 14


@dataclass(frozen=True, slots=True)
class Trend:
    """Of every usage point, (points,).

    Attributes:
        share_per_year: What the last year would have used over the same days as the year before,
            over what that year did use, less 1; NaN where that is not known.
        error_share: Its standard error, of the days' scatter alone; NaN for SAME_MONTHS.
        basis: EQUAL_TEMPERATURE, SAME_MONTHS or None.
    """

    share_per_year: np.ndarray
    error_share: np.ndarray
    basis: list[str | None]


def equal_temperature(
    response: Response, before_kwh: np.ndarray, temperature_c: np.ndarray, calendar: np.ndarray
) -> Trend:
    """The trend by what the last year's response to the temperature says of the year before.

    Args:
        response: Fitted to the last year's days.
        before_kwh: Energy of the days of the year before, (points, days); NaN: not known.
        temperature_c: Of those days, (days,); NaN: not observed.
        calendar: The calendar terms of the fit, on those days, (days, terms).
    """
    told = (
        response.base[:, None]
        + response.effects @ calendar.T
        + response.heating(temperature_c)
        + response.cooling(temperature_c)
    )
    is_known = ~np.isnan(before_kwh) & ~np.isnan(temperature_c)
    days = is_known.sum(axis=1)
    used = np.where(is_known, before_kwh, 0.0).sum(axis=1)
    is_said = (response.status == FITTED) & (days >= LEAST_DAYS) & (used > 0)
    wanted = np.where(is_known, told, 0.0).sum(axis=1)
    share = np.divide(wanted, used, out=np.full(len(used), np.nan), where=is_said) - 1
    effective = np.maximum(response.effective_days, 1.0)
    error = response.cvrmse * np.sqrt(
        1 / effective + response.days / (effective * np.maximum(days, 1))
    )
    basis = [EQUAL_TEMPERATURE if said else None for said in is_said]
    return Trend(share, np.where(is_said, error * (1 + share), np.nan), basis)


def same_months(before_kwh: np.ndarray, after_kwh: np.ndarray, month: np.ndarray) -> Trend:
    """The trend of days read in the same months of both years, where there is no weather.

    Args:
        before_kwh: Energy of the days of the year before, (points, days); NaN: not known.
        after_kwh: The same of the last year.
        month: Number of the month of the days of either year, (2, days).
    """
    totals, is_there = [], []
    for energy, number in zip((before_kwh, after_kwh), month, strict=True):
        of_month = (number[:, None] == np.arange(1, 13)).astype(np.float64)
        days = ~np.isnan(energy) @ of_month
        means = np.divide(
            np.nan_to_num(energy) @ of_month, days, out=np.zeros(days.shape), where=days > 0
        )
        totals.append(means)
        is_there.append(days >= LEAST_DAYS_OF_MONTH)
    both = is_there[0] & is_there[1]
    before, after = ((total * both).sum(axis=1) for total in totals)
    is_said = (both.sum(axis=1) >= LEAST_MONTHS) & (before > 0)
    share = np.divide(after, before, out=np.full(len(before), np.nan), where=is_said) - 1
    nothing = np.full(len(before), np.nan)
    return Trend(share, nothing, [SAME_MONTHS if said else None for said in is_said])
