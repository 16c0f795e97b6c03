"""Time-of-use calendars as files: TOML that a planner can read and write.

A file holds one or more ``[[calendar]]`` and under each its ``[[calendar.window]]``: a ``period``,
its ``hours`` such as ``["07:30-10:30", "22:00-05:00"]``, and where needed ``months``, ``days`` and
``priority``. ``Calendar``, ``Window`` and ``Ratio`` of ``calendar_model`` say what the keys mean.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from queries.billing.calendar_check import faults
from queries.billing.calendar_model import EVERY_DAY, EVERY_MONTH, Calendar, Ratio, Window
from queries.billing.day_tags import FIXED_TAGS, holiday_names
from queries.billing.errors import TariffError
from queries.schema import SLOT_MINUTES

_REQUIRED = ("code", "name_zh", "name_en", "notice", "certainty")
_TEXTS = (*_REQUIRED, "remainder", "applies_to", "country", "rounding")
_LISTS = ("doubts", "floating", "not_floating")
_KEYS = {
    "calendar": (*_TEXTS, *_LISTS, "effective", "window", "ratio"),
    "window": ("period", "hours", "months", "days", "priority"),
    "ratio": ("category", "months", "factors", "printed"),
}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FACTOR = re.compile(r"\d+(\.\d+)?")
_HOURS = re.compile(r"(\d\d):(\d\d)[-–](\d\d):(\d\d)")
_HOURS_LOOK = 'write quarters of an hour as "07:30-10:30", the end of the day as 24:00'
_DAY_MINUTES = 24 * 60


def read_calendars(path: Path) -> tuple[Calendar, ...]:
    """The calendars of one file, each giving every quarter of an hour to exactly one period.

    Raises:
        TariffError: the file is not as it should be; a line for everything that is wrong, with
            file, calendar, key and value, what was expected and what to do.
        OSError: it cannot be read.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8-sig"))
    except ValueError as error:  # of TOML, of UTF-8, or a number of thousands of digits
        raise TariffError(f"{path}: not TOML in UTF-8: {error}. Mend that place.") from error
    problems = [
        f"key '{key}' is unknown; expected [[calendar]] only. Remove it"
        for key in document
        if key != "calendar"
    ]
    tables = document.get("calendar", [])
    if not (isinstance(tables, list) and tables and all(isinstance(t, dict) for t in tables)):
        problems.append("holds no [[calendar]]. Begin each calendar with that line")
        tables = []
    calendars: list[Calendar] = []
    for number, table in enumerate(tables, 1):
        code = table.get("code")
        where = f"calendar '{code}'" if isinstance(code, str) else f"calendar {number}"
        if code in (calendar.code for calendar in calendars):
            problems.append(f"{where}: the code stands twice. Give each calendar its own")
        wrong = list(calendar_problems(table))
        calendar = None if wrong else calendar_of_table(table)
        wrong += faults(calendar) if calendar else []
        problems += [f"{where}: {problem}" for problem in wrong]
        calendars += [calendar] if calendar else []
    if problems:
        raise TariffError("\n".join(f"{path}: {problem}." for problem in problems))
    return tuple(calendars)


def calendars_in(folder: Path) -> dict[str, Calendar]:
    """The calendars of every ``.toml`` in ``folder`` and below, by code.

    Raises:
        TariffError: a file is not as it should be, or two calendars have one code.
    """
    found: dict[str, Calendar] = {}
    for path in sorted(folder.rglob("*.toml")):
        for calendar in read_calendars(path):
            if calendar.code in found:
                raise TariffError(
                    f"{path}: calendar '{calendar.code}': another file in {folder} has this code. "
                    "Give each calendar its own."
                )
            found[calendar.code] = calendar
    return found


def calendar_problems(table: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the keys of a calendar, whatever its hours."""
    yield from _wrong_keys("calendar", table, _REQUIRED)
    yield from _wrong_texts(table, _TEXTS)
    for key in _LISTS:
        if not _is_list_of(str, table.get(key, [])):
            yield f'{key} = {table[key]!r} is not a list of texts. Write ["…", "…"]'
    for key in ("code", "remainder"):
        yield from _wrong_name(key, table.get(key, "flat"))
    if type(table.get("effective", date.min)) is not date:
        yield f"effective = {table['effective']!r} is not a date. Write 2024-01-31 without quotes"
    yield from _problems_below(table)


def _problems_below(table: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the windows and ratios of a calendar, each by itself."""
    country = str(table.get("country", "CN"))
    windows, ratios = table.get("window", []), table.get("ratio", [])
    if not (_is_list_of(dict, windows) and windows):
        yield "holds no [[calendar.window]]. Write that line above each window"
        return
    for number, window in enumerate(windows, 1):
        for problem in _wrong_window(window, country):
            yield f"window {number} ({window.get('period')}): {problem}"
    if not _is_list_of(dict, ratios):
        yield "ratio is no table. Write the line [[calendar.ratio]] above each ratio"
        return
    periods = {"flat", str(table.get("remainder")), *(str(w.get("period")) for w in windows)}
    for number, ratio in enumerate(ratios, 1):
        for problem in _wrong_ratio(ratio, periods):
            yield f"ratio {number} ({ratio.get('category', 'all')}): {problem}"


def _wrong_keys(kind: str, table: Mapping[str, Any], required: Iterable[str]) -> Iterator[str]:
    for key in sorted(table.keys() - set(_KEYS[kind])):
        yield f"key '{key}' is unknown; there are {', '.join(_KEYS[kind])}. Rename or remove it"
    for key in required:
        if key not in table:
            yield f"key '{key}' is missing. Add it"


def _wrong_texts(table: Mapping[str, Any], keys: Iterable[str]) -> Iterator[str]:
    for key in keys:
        if not isinstance(table.get(key, ""), str):
            yield f"{key} = {table[key]!r} is not text. Put it in quotes"


def _wrong_name(key: str, name: object) -> Iterator[str]:
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        yield f"{key} = {name!r} is no name. Use small letters, digits and _, a letter first"


def _wrong_window(window: Mapping[str, Any], country: str) -> Iterator[str]:
    yield from _wrong_keys("window", window, ("period", "hours"))
    yield from _wrong_name("period", window.get("period", "flat"))
    yield from _wrong_months(window)
    priority = window.get("priority", 0)
    if type(priority) is not int:
        yield f"priority = {priority!r} is not a whole number. Write 0, 1, 2 …"
    hours = window.get("hours", ["00:00-24:00"])
    if not (_is_list_of(str, hours) and hours):
        yield f'hours = {hours!r} is not a list of hours. Write ["07:30-10:30", "16:00-21:00"]'
    else:
        for text in hours:
            yield from _wrong_hours(text)
    days = window.get("days", ["all"])
    if not (_is_list_of(str, days) and days):
        yield f'days = {days!r} is not a list of day tags. Write ["workday"], or leave it out'
    else:
        for tag in days:
            yield from _wrong_tag(tag, country)


def _wrong_hours(text: str) -> Iterator[str]:
    match = _HOURS.fullmatch(text)
    if not match:
        yield f"hours '{text}' are not from–to; {_HOURS_LOOK}"
        return
    for hour, minute in (match.group(1, 2), match.group(3, 4)):
        is_end = (hour, minute) == match.group(3, 4)
        latest = _DAY_MINUTES if is_end else _DAY_MINUTES - SLOT_MINUTES
        minutes = int(hour) * 60 + int(minute)
        if minutes > latest or int(minute) >= 60 or minutes % SLOT_MINUTES:
            yield f"hours '{text}': {hour}:{minute} is no quarter of an hour; {_HOURS_LOOK}"
    if match.group(1, 2) == match.group(3, 4):
        yield f"hours '{text}' are none or all; {_HOURS_LOOK} (a whole day is 00:00-24:00)"


def _wrong_months(table: Mapping[str, Any]) -> Iterator[str]:
    months = table.get("months", [1])
    if not (_is_list_of(int, months) and months):
        yield f"months = {months!r} is not a list of months. Write [7, 8], or leave it out"
        return
    for month in sorted(set(months) - EVERY_MONTH):
        yield f"month {month} is unknown; expected 1 to 12. Mend or remove it"


def _wrong_tag(tag: str, country: str) -> Iterator[str]:
    kind, _, name = tag.partition(":")
    if tag in FIXED_TAGS or (kind == "event" and _NAME.fullmatch(name)):
        return
    if kind in {"holiday", "break"} and name:
        try:
            known = holiday_names(country)
        except ValueError as error:
            yield str(error).rstrip(".")
            return
        if name not in known:
            yield f"days: no holiday '{name}' in {country}; there are {', '.join(sorted(known))}"
        return
    yield (
        f"days: '{tag}' is no day tag; there are {', '.join(sorted(FIXED_TAGS))}, holiday:<name>, "
        "break:<name> and event:<name>"
    )


def _wrong_ratio(ratio: Mapping[str, Any], periods: Collection[str]) -> Iterator[str]:
    yield from _wrong_keys("ratio", ratio, ("factors", "printed"))
    yield from _wrong_texts(ratio, ("category", "printed"))
    yield from _wrong_months(ratio)
    factors = ratio.get("factors", {})
    if not isinstance(factors, dict):
        yield f'factors = {factors!r} is no table. Write {{ peak = "1.5", valley = "0.5" }}'
        return
    for period, text in factors.items():
        if period not in periods:
            yield f"factors: no window has the period '{period}'. Remove it, or add its hours"
        if not (isinstance(text, str) and _FACTOR.fullmatch(text)):
            yield f'factors: {period} = {text!r} is no multiple of the flat price. Write "1.5"'


def _is_list_of(kind: type, value: object) -> bool:
    return isinstance(value, list) and all(type(item) is kind for item in value)


def calendar_of_table(table: Mapping[str, Any]) -> Calendar:
    """The calendar of a table in which ``calendar_problems`` finds nothing."""
    given = {key: table[key] for key in (*_TEXTS, "effective") if key in table}
    given |= {key: tuple(table.get(key, ())) for key in _LISTS}
    given["windows"] = tuple(w for entry in table["window"] for w in _windows(entry))
    given["ratios"] = tuple(_ratio(entry) for entry in table.get("ratio", ()))
    return Calendar(**given)


def _windows(entry: Mapping[str, Any]) -> Iterator[Window]:
    for text in entry["hours"]:
        begin, end = (
            int(hour) * 60 + int(minute) for hour, minute in re.findall(r"(\d\d):(\d\d)", text)
        )
        yield Window(
            period=entry["period"],
            from_minute=begin,
            until_minute=end,
            months=frozenset(entry.get("months", EVERY_MONTH)),
            days=frozenset(entry.get("days", EVERY_DAY)),
            priority=entry.get("priority", 0),
        )


def _ratio(entry: Mapping[str, Any]) -> Ratio:
    return Ratio(
        category=entry.get("category", "all"),
        months=frozenset(entry.get("months", EVERY_MONTH)),
        factors=tuple((period, Decimal(text)) for period, text in entry["factors"].items()),
        printed=entry["printed"],
    )
