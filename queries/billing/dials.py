"""A calendar as a 24-hour dial for each season and kind of day."""

import numpy as np
import polars as pl

from queries.billing.calendar_check import day_kinds_of
from queries.billing.calendar_model import EVERY_MONTH, Calendar, slots_of_day
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

RETURNS = pl.Schema(
    {
        "day_kind": pl.String(),
        "season": pl.Int8(),
        "months": pl.String(),
        "period": pl.String(),
        "from_minute": pl.Int16(),
        "until_minute": pl.Int16(),
    }
)


def dials(calendar: Calendar) -> pl.DataFrame:
    """When each period of a calendar begins and ends, by kind of day and season.

    Returns:
        RETURNS, in the order of kinds, seasons and hours. ``day_kind`` is what windows call the
        day: tags joined by `` + `` where several hold, `` or `` between kinds that have the same
        hours in every month; ``other`` are the days that no tag names, ``all`` if there is no
        other kind. A ``season`` are the months of one kind with the same hours, numbered by their
        first; ``months`` such as ``1, 7, 8, 12``. ``from_minute`` and ``until_minute`` are
        minutes of the local day [min, 0–1440]; no row goes across midnight.

    Raises:
        TariffError: a quarter of an hour belongs to no period or to two.
    """
    months = sorted(EVERY_MONTH)
    years: dict[bytes, list[str]] = {}
    for kind in day_kinds_of(calendar):
        year = np.stack([slots_of_day(calendar, month, kind.tags) for month in months])
        named = sorted((kind.tags & calendar.tags) - {"all"})
        years.setdefault(year.tobytes(), []).append(" + ".join(named) or "other")
    rows = []
    for year, kinds in years.items():
        seasons: dict[bytes, list[int]] = {}
        for month in months:
            day = year[(month - 1) * SLOTS_PER_DAY : month * SLOTS_PER_DAY]
            seasons.setdefault(day, []).append(month)
        day_kind = _name(kinds, is_only=len(years) == 1)
        for season, (day, alike) in enumerate(seasons.items(), 1):
            rows += [
                (day_kind, season, ", ".join(map(str, alike)), calendar.periods[period], *minutes)
                for period, *minutes in _hours(np.frombuffer(day, dtype=np.uint8))
            ]
    return pl.DataFrame(rows, schema=RETURNS, orient="row")


def _name(kinds: list[str], *, is_only: bool) -> str:
    if is_only:
        return "all"
    return "other" if "other" in kinds else " or ".join(sorted(kinds))


def _hours(day: np.ndarray) -> list[tuple[int, int, int]]:
    """(period, first minute, minute after the last) of each run of equal slots."""
    begins = [0, *(np.flatnonzero(np.diff(day)) + 1).tolist()]
    ends = [*begins[1:], SLOTS_PER_DAY]
    return [
        (int(day[begin]), begin * SLOT_MINUTES, end * SLOT_MINUTES)
        for begin, end in zip(begins, ends, strict=True)
    ]
