"""Calendars and values as the TOML that ``calendar_file`` and ``tariff_file`` read."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from queries.billing.calendar_model import EVERY_DAY, EVERY_MONTH, Calendar, Ratio, Window

_LONGEST_LINE = 100


def calendar_text(calendar: Calendar) -> str:
    """``[[calendar]]`` with its windows and ratios; reading it gives the calendar again."""
    below = {"windows", "ratios"}
    own = [field for field in fields(calendar) if field.name not in below]
    lines = ["[[calendar]]"]
    lines += key_lines(
        {
            field.name: getattr(calendar, field.name)
            for field in own
            if getattr(calendar, field.name) != field.default
        }
    )
    for _, windows in groupby(calendar.windows, _without_hours):
        lines += ["", "[[calendar.window]]", *key_lines(_window_keys(tuple(windows)))]
    for ratio in calendar.ratios:
        lines += ["", "[[calendar.ratio]]", *key_lines(_ratio_keys(ratio))]
    return "\n".join(lines) + "\n"


def key_lines(values: Mapping[str, Any]) -> Iterator[str]:
    """A line of TOML a key, a long list over several lines; None is left out."""
    for key, value in values.items():
        if value is None:
            continue
        line = f"{key} = {toml(value)}"
        if len(line) > _LONGEST_LINE and isinstance(value, tuple | list):
            line = "\n".join([f"{key} = [", *(f"    {toml(item)}," for item in value), "]"])
        yield line


def toml(value: object) -> str:
    """A value as TOML; numbers of money in quotes, sets in order.

    >>> toml(frozenset({8, 7})), toml({"peak": Decimal("1.50")})
    ('[7, 8]', '{ peak = "1.50" }')
    """
    match value:
        case frozenset():
            return toml(sorted(value))
        case tuple() | list():
            return f"[{', '.join(map(toml, value))}]"
        case dict():
            return f"{{ {', '.join(f'{key} = {toml(own)}' for key, own in value.items())} }}"
        case Decimal():
            return f'"{value:f}"'
        case date():
            return value.isoformat()
        case _:
            # JSON writes the rest as TOML does, but for one control character it lets stand.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _without_hours(window: Window) -> Window:
    return replace(window, from_minute=0, until_minute=0)


def _window_keys(windows: tuple[Window, ...]) -> dict[str, Any]:
    first = windows[0]
    hours = [f"{_clock(one.from_minute)}-{_clock(one.until_minute)}" for one in windows]
    return {
        "period": first.period,
        "hours": hours,
        "months": None if first.months == EVERY_MONTH else first.months,
        "days": None if first.days == EVERY_DAY else first.days,
        "priority": first.priority or None,
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _ratio_keys(ratio: Ratio) -> dict[str, Any]:
    return {
        "category": ratio.category,
        "months": None if ratio.months == EVERY_MONTH else ratio.months,
        "factors": dict(ratio.factors),
        "printed": ratio.printed,
    }
