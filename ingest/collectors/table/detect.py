"""Guess the profile of a tabular dump from its column names, and say what was assumed."""

import re
from dataclasses import replace
from pathlib import Path

from ingest.batch import CollectorError
from ingest.collectors.table.file import Table, open_table
from ingest.collectors.table.points import Points, find_points
from ingest.collectors.table.profile import TableProfile, profile_from

_WORDS: dict[str, tuple[str, ...]] = {
    # The usage point comes before the meter, the meter before the account: a meter is exchanged,
    # an account may have several usage points.
    "meter": (
        *("usage_point_id", "usage_point", "计量点编号", "计量点标识", "计量点id", "计量点"),
        *(
            "meter_id",
            "meter",
            "meter_no",
            "电能表编号",
            "电能表资产号",
            "电表资产号",
            "电能表标识",
        ),
        *(
            "电表编号",
            "电表号",
            "表号",
            "资产编号",
            "nmi",
            "mpan",
            "lclid",
            "customer_id",
            "客户编号",
        ),
        *("用户编号", "用电户号", "户号", "用户号", "customer", "household_id", "id"),
    ),
    "time": (
        *("interval_start", "timestamp", "datetime", "date_time", "time", "数据时间", "采集时间"),
        *("时间", "数据日期时间", "冻结时间", "日期时间", "reading_datetime", "read_at", "tstp"),
        *("interval_end", "period_end"),
    ),
    "date": ("service_date", "date", "day", "数据日期", "日期", "采集日期", "冻结日期"),
    "time_of_day": ("time_of_day", "hour_minute", "时刻", "时点", "clock"),
    "channel": ("channel", "数据类型", "通道", "数据项", "数据项名称", "data_type"),
    "interval": ("interval_minutes", "interval", "间隔", "曲线间隔", "采集间隔"),
    "quality": ("quality", "质量", "数据质量", "状态标识"),
    "issued_at": ("issued_at", "数据源时间"),
    "ratio": ("ratio", "multiplier", "倍率", "综合倍率", "t_factor", "ct_pt"),
}
_VALUES: dict[str, tuple[str, str, str]] = {
    "wh": ("energy", "Wh", "import"),
    "kwh": ("energy", "kWh", "import"),
    "mwh": ("energy", "MWh", "import"),
    "w": ("power", "W", "import"),
    "kw": ("power", "kW", "import"),
    "mw": ("power", "MW", "import"),
    "energy": ("energy", "kWh", "import"),
    "value": ("energy", "kWh", "import"),
    "usage": ("energy", "kWh", "import"),
    "consumption": ("energy", "kWh", "import"),
    "power": ("power", "kW", "import"),
    "load": ("power", "kW", "import"),
    "电量": ("energy", "kWh", "import"),
    "用电量": ("energy", "kWh", "import"),
    "数据值": ("energy", "kWh", "import"),
    "有功电量": ("energy", "kWh", "import"),
    "正向有功电量": ("energy", "kWh", "import"),
    "反向有功电量": ("energy", "kWh", "export"),
    "功率": ("power", "kW", "import"),
    "有功功率": ("power", "kW", "import"),
    "总有功功率": ("power", "kW", "import"),
    "负荷": ("power", "kW", "import"),
    "示数": ("cumulative", "kWh", "import"),
    "表码": ("cumulative", "kWh", "import"),
    "示值": ("cumulative", "kWh", "import"),
    "正向有功总示值": ("cumulative", "kWh", "import"),
    "正向有功示值": ("cumulative", "kWh", "import"),
    "正向有功总": ("cumulative", "kWh", "import"),
    "反向有功总": ("cumulative", "kWh", "export"),
    "反向有功总示值": ("cumulative", "kWh", "export"),
    "register": ("cumulative", "kWh", "import"),
    "reading": ("cumulative", "kWh", "import"),
}
_UNIT_TAIL = re.compile(r"(?:[(（\[]\s*|[ _])([kKmM]?[wW](?:[·.]?[hH])?)\s*[)）\]]?$")
_KIND_OF_UNIT = {
    "wh": ("energy", "Wh"),
    "kwh": ("energy", "kWh"),
    "mwh": ("energy", "MWh"),
    "w": ("power", "W"),
    "kw": ("power", "kW"),
    "mw": ("power", "MW"),
}
_FEWEST_POINTS = 12


def detect(path: Path) -> TableProfile:
    """The profile of a common layout; its ``assumed`` says in words what was taken for granted.

    Known are long rows and wide rows under the usual Chinese and English headings; what the names
    do not say is assumed: energy in kWh, standard time, times that name interval starts.

    Raises:
        CollectorError: The columns are not known; the message lists them and how to go on.
    """
    return detect_in(open_table(path))


def detect_in(table: Table) -> TableProfile:
    """As ``detect``, for a table already opened."""
    plain = {_plain(name): name for name in reversed(table.columns)}
    columns = {
        key: plain[word]
        for key, words in _WORDS.items()
        if (word := next((word for word in words if word in plain), None)) is not None
    }
    taken = set(columns.values())
    free = [name for name in table.columns if name not in taken]
    points = _points(table, free)
    if points is not None and "meter" in columns and ("date" in columns or "time" in columns):
        return _wide(table, columns, points)
    values = {name: found for name in free if (found := _value(name)) is not None}
    has_time = "time" in columns or {"date", "time_of_day"} <= set(columns)
    if "meter" not in columns or not values or not (has_time or "date" in columns):
        raise CollectorError(_unknown(table, columns, values))
    return _long(table, columns, values)


def _points(table: Table, free: list[str]) -> Points | None:
    try:
        points = find_points(free)
    except CollectorError as error:
        if len(free) >= _FEWEST_POINTS:
            raise CollectorError(f"{table.path.name}: {error}") from error
        return None
    return points if points is not None and len(points.names) >= _FEWEST_POINTS else None


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_")


def _value(name: str) -> tuple[str, str, str] | None:
    """Kind, unit and channel that a value column's name tells; None: it is no such column."""
    plain = _plain(name)
    if plain in _VALUES:
        return _VALUES[plain]
    tail = _UNIT_TAIL.search(name.strip())
    if tail is None:
        return None
    stem = _plain(name.strip()[: tail.start()])
    kind, unit = _KIND_OF_UNIT[re.sub(r"[·.]", "", tail[1].lower())]
    known = _VALUES.get(stem)
    if known is not None and kind == "energy" and known[0] == "cumulative":
        kind = "cumulative"
    exported = any(word in stem for word in ("export", "反向", "generation", "received"))
    return kind, unit, "export" if exported else "import"


def _unknown(table: Table, columns: dict[str, str], values: dict[str, tuple[str, str, str]]) -> str:
    lacking = [
        what
        for what, there in (
            ("a usage point or meter", "meter" in columns),
            ("a time or date", bool({"time", "date"} & set(columns))),
            ("values", bool(values)),
        )
        if not there
    ]
    shown = ", ".join(table.columns[:40])
    return (
        f"{table.path.name}: unknown layout: no column was recognised as "
        f"{' nor '.join(lacking) or 'the time of a reading'}. The columns are: {shown}. "
        'Write a profile (TOML): name, layout = "long" or "wide", and [columns] with meter, time '
        "and value (long) or meter and date (wide); data/profiles has examples"
    )


def _shared(columns: dict[str, str], assumed: list[str]) -> dict[str, str]:
    assumed.append("times without an offset are the zone's standard time (clock)")
    if columns["meter"] != _WORDS["meter"][0]:
        assumed.append(f"column '{columns['meter']}' identifies the usage point")
    return columns


def _wide(table: Table, columns: dict[str, str], points: Points) -> TableProfile:
    assumed: list[str] = []
    columns = dict(columns)
    columns.setdefault("date", columns.pop("time", ""))
    columns = {key: name for key, name in columns.items() if key not in ("time", "time_of_day")}
    label = "end" if points.are_ends else "start"
    if points.are_ends:
        assumed.append("the points name interval ends: there is a 24:00 and no 00:00 (label)")
    elif not points.numbered:
        assumed.append("the points name interval starts (label)")
    title = " ".join([*table.columns, table.path.stem])
    kind, unit = "energy", "kWh"
    if re.search(r"功率|负荷|power|_kw\b", title, re.IGNORECASE) and "电量" not in title:
        kind, unit = "power", "kW"
    assumed.append(
        f"the points are {kind} in {unit}, {points.interval_minutes} min each (kind, unit)"
    )
    entries = {
        "name": table.path.stem,
        "layout": "wide",
        "kind": kind,
        "unit": unit,
        "label": label,
        "columns": _shared(columns, assumed),
        "assumed": tuple(assumed),
    }
    return _made(entries)


def _long(
    table: Table, columns: dict[str, str], values: dict[str, tuple[str, str, str]]
) -> TableProfile:
    assumed: list[str] = []
    columns = dict(columns)
    if "time" in columns:
        columns = {key: name for key, name in columns.items() if key not in ("date", "time_of_day")}
    elif "time_of_day" not in columns:
        columns["time"] = columns.pop("date")
    first, (kind, unit, _) = next(iter(values.items()))
    assumed.append(f"column '{first}' is {kind} in {unit} (kind, unit)")
    alike: dict[str, str] = {}
    for name, (its_kind, its_unit, channel) in values.items():
        if (its_kind, its_unit) == (kind, unit) and channel not in alike:
            alike[channel] = name
    time = columns.get("time", "")
    label = "end" if re.search(r"end|止|结束", time, re.IGNORECASE) else "start"
    if kind != "cumulative":
        assumed.append(f"'{time or columns.get('time_of_day')}' is the interval's {label} (label)")
    if "interval" not in columns:
        assumed.append("the interval is the smallest step of each meter (interval_minutes)")
    entries: dict[str, object] = {
        "name": table.path.stem,
        "kind": kind,
        "unit": unit,
        "label": label,
        "columns": _shared(columns, assumed),
    }
    if len(alike) == 1 or "channel" in columns:
        entries["columns"] = {**columns, "value": first}
    else:
        entries["values"] = alike
    unread = [
        name for name in values if name not in (alike.values() if len(alike) > 1 else [first])
    ]
    if unread:
        assumed.append(f"left unread: {', '.join(unread)}")
    return _made({**entries, "assumed": tuple(assumed)})


def _made(entries: dict[str, object]) -> TableProfile:
    assumed = entries.pop("assumed")
    profile = profile_from(entries, f"{entries['name']} (detected)")
    return replace(profile, assumed=assumed)  # pyright: ignore[reportArgumentType]
