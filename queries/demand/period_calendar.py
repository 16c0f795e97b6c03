"""The periods found as hours of a tariff, to be tried in the tariff laboratory."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from queries.billing.calendar_model import EVERY_MONTH, Calendar, Window
from queries.billing.tariff_hours import calendar_of, with_hours
from queries.billing.tariff_model import Tariff
from queries.billing.tariff_presets import with_time_of_use
from queries.day_kinds import SEASONS, Hemisphere

REST = "flat"
_DAY = 1440


def found_windows(periods: pl.DataFrame, hemisphere: Hemisphere = "north") -> tuple[Window, ...]:
    """The hours of an answer of ``demand/periods``, for every month of the year.

    The months of a season of which too little was read have the hours of the whole year; what no
    window covers is flat.
    """
    seasons = set(periods["season"]) & set(SEASONS)
    windows: list[Window] = []
    for season in SEASONS:
        rows = periods.filter(pl.col("season") == (season if season in seasons else "year"))
        months = months_of(season, hemisphere)
        windows += [
            Window(period, begin, end, months=months)
            for period, begin, end in _runs(rows.sort("slot_minute"))
            if period != REST
        ]
    return _together(windows)


def months_of(season: str, hemisphere: Hemisphere = "north") -> frozenset[int]:
    """The months of a season, as ``queries.day_kinds`` has them."""
    moved = 0 if hemisphere == "north" else 6
    place = SEASONS.index(season)
    return frozenset(month for month in EVERY_MONTH if (month + moved) % 12 // 3 == place)


def _runs(rows: pl.DataFrame) -> Iterator[tuple[str, int, int]]:
    """Period, first minute and minute after the last of every run; one may cross midnight."""
    period, minute = rows["period"].to_numpy(), rows["slot_minute"].to_numpy()
    starts = np.flatnonzero(period != np.roll(period, 1))
    if not len(starts) and len(period):
        yield str(period[0]), 0, _DAY
    for begin, end in zip(starts, np.roll(starts, -1), strict=True):
        yield str(period[begin]), int(minute[begin]), int(minute[end]) or _DAY


def _together(windows: list[Window]) -> tuple[Window, ...]:
    """Windows of the same hours in several seasons as one of all their months."""
    months: dict[tuple[str, int, int], frozenset[int]] = {}
    for one in windows:
        key = one.period, one.from_minute, one.until_minute
        months[key] = months.get(key, frozenset()) | one.months
    return tuple(Window(*key, months=held) for key, held in months.items())


def tariff_with_periods(tariff: Tariff, windows: tuple[Window, ...]) -> Tariff:
    """``tariff`` with these hours; one without any gets them at the usual differences of price.

    Raises:
        EditError: there is no price that could follow the hours.
    """
    if calendar_of(tariff) is not None:
        return with_hours(tariff, windows, REST)
    calendar = Calendar(
        code="found",
        name_zh="由负荷得出的时段",
        name_en="Hours found from the load",
        notice="",
        certainty="",
        windows=windows,
        remainder=REST,
    )
    return with_time_of_use(tariff, calendar)
