"""The profile of a tabular dump: which column means what, in which unit and on which clock.

A profile is a TOML file::

    name = "long_cn"
    layout = "long"              # a row a reading; "wide": a row a day
    kind = "energy"              # or "power" (mean of the interval), "cumulative" (register)
    unit = "kWh"
    clock = "standard"           # or "local" (wall clock with daylight saving), "utc"
    label = "start"              # or "end": which end of the interval a time names

    [columns]                    # our word = the file's word, or several, the first found counts
    meter = ["计量点编号", "电能表编号"]
    time = "数据时间"
    value = "电量"

    [channels]                   # the file's words for the channel = ours
    "正向有功" = "import"
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path

from ingest.batch import CollectorError
from ingest.local_time import CLOCKS
from queries.schema import CHANNELS, QUALITIES
from queries.settings import PROJECT

SHIPPED = PROJECT / "data" / "profiles"
"""The folder of the profiles that come with Fenggu."""

COLUMNS = (
    "meter",
    "time",
    "date",
    "time_of_day",
    "value",
    "channel",
    "interval",
    "quality",
    "issued_at",
    "ratio",
)
"""What a column can mean. ``date`` and ``time_of_day`` together stand for ``time``."""

UNITS: dict[str, tuple[str, float]] = {
    "Wh": ("energy", 1.0),
    "kWh": ("energy", 1e3),
    "MWh": ("energy", 1e6),
    "W": ("power", 1.0),
    "kW": ("power", 1e3),
    "MW": ("power", 1e6),
    "varh": ("energy", 1.0),
    "kvarh": ("energy", 1e3),
    "Mvarh": ("energy", 1e6),
    "var": ("power", 1.0),
    "kvar": ("power", 1e3),
    "Mvar": ("power", 1e6),
}
"""Units of the values: what they measure, and how many Wh or W (varh, var) one is."""

_CHOICES = {
    "layout": ("long", "wide"),
    "kind": ("energy", "power", "cumulative"),
    "unit": tuple(UNITS),
    "clock": CLOCKS,
    "label": ("start", "end"),
    "negative": ("reject", "keep", "export"),
    "decimal": (".", ","),
}
MISSING = ("", "-", "--", "---", "—", "——", "/", "NA", "N/A", "NULL", "NONE", "NAN", "无", "缺失")
"""Texts (in capitals) that mean that there is no value; a profile can add its own."""


@dataclass(frozen=True, slots=True)
class TableProfile:
    """How to read one kind of tabular dump. Every field but ``assumed`` can stand in the TOML."""

    name: str
    layout: str = "long"
    kind: str = "energy"
    unit: str = "kWh"
    clock: str = "standard"
    label: str = "start"
    negative: str = "reject"
    """A negative value of an import channel: refuse it, keep it, or book it as export."""
    interval_minutes: int | None = None
    """None: from the column ``interval``, the point columns, or the smallest step of each meter."""
    multiplier: float = 1.0
    """Every value times this (current × voltage transformer ratio, or an odd unit)."""
    register_digits: int | None = None
    """Digits before the decimal point of a register; None: a decrease is never a rollover."""
    points: str = "auto"
    """The point columns of a wide file: a pattern with ``{n}``, ``{hhmm}`` or ``{hh:mm}``."""
    time_format: str | None = None
    """A strftime pattern; None: the forms that local_time.parse_times knows."""
    decimal: str = "."
    missing: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    sheet: str | None = None
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Value columns by channel, where each channel has its own; else ``columns.value``."""
    channels: Mapping[str, str] = field(default_factory=dict)
    qualities: Mapping[str, str] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
    """What detection had to assume, in words."""
    origin: str = "profile"
    """The file it came from, for messages."""


_TABLES = ("columns", "values", "channels", "qualities")
_NOT_IN_FILE = ("assumed", "origin")
_KEYS = tuple(f.name for f in fields(TableProfile) if f.name not in _NOT_IN_FILE)


def load_profile(path: Path) -> TableProfile:
    """Read a profile from TOML.

    Raises:
        CollectorError: naming the file and the key that is wrong.
    """
    try:
        text = path.read_text("utf-8")
        entries = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CollectorError(
            f"profile {path.name}: cannot be read ({error}). Expected a UTF-8 TOML file; "
            f"see the ones in data/profiles."
        ) from error
    return profile_from(entries, path.name)


def shipped_profile(name: str) -> TableProfile:
    """A profile that comes with Fenggu, by name (``wide96_cn``, ``sgsc`` …)."""
    path = SHIPPED / f"{name}.toml"
    if not path.exists():
        known = sorted(p.stem for p in SHIPPED.glob("*.toml"))
        raise CollectorError(f"there is no profile '{name}'{_hint(name, known)}; known are {known}")
    return load_profile(path)


def profile_from(entries: Mapping[str, object], origin: str) -> TableProfile:
    """A checked profile from the entries of its TOML; ``origin`` names the file in messages."""
    _known_keys(entries, _KEYS, origin)
    found: dict[str, object] = {"name": Path(origin).stem, "origin": origin}
    for key, value in entries.items():
        if key in _TABLES:
            found[key] = _table(value, key, origin)
        elif key == "missing":
            found[key] = _words(value, key, origin)
        else:
            found[key] = value
    profile = TableProfile(**found)  # pyright: ignore[reportArgumentType]
    return _checked(profile)


def _table(value: object, key: str, origin: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise CollectorError(f"{origin}: '{key}' is {value!r}; expected a table [{key}]")
    if key == "columns":
        _known_keys(value, COLUMNS, f"{origin} [columns]")
    if key in ("columns", "values"):
        return {name: _words(entry, f"{key}.{name}", origin) for name, entry in value.items()}
    if bad := [name for name, entry in value.items() if not isinstance(entry, str)]:
        raise CollectorError(f"{origin}: '{key}.{bad[0]}' is {value[bad[0]]!r}; expected a text")
    return value


def _words(value: object, key: str, origin: str) -> tuple[str, ...]:
    words = value if isinstance(value, list) else [value]
    texts = tuple(word for word in words if isinstance(word, str))
    if len(texts) != len(words) or (not words and key != "missing"):
        raise CollectorError(f"{origin}: '{key}' is {value!r}; expected a text or a list of texts")
    return texts


def _hint(word: str, known: tuple[str, ...] | list[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _known_keys(entries: Mapping[str, object], known: tuple[str, ...], origin: str) -> None:
    for key in entries:
        if key not in known:
            hint = _hint(key, known) or f"; expected one of {', '.join(known)}"
            raise CollectorError(f"{origin}: unknown key '{key}'{hint}")


def _checked(profile: TableProfile) -> TableProfile:
    origin = profile.origin
    for key, choices in _CHOICES.items():
        value = getattr(profile, key)
        if value not in choices:
            hint = _hint(str(value), choices) or f"; expected one of {', '.join(choices)}"
            raise CollectorError(f"{origin}: '{key}' is {value!r}{hint}")
    _checked_texts(profile)
    _checked_numbers(profile)
    for key in ("values", "channels"):
        table = getattr(profile, key)
        for channel in table if key == "values" else table.values():
            if str(channel).partition(".")[0] not in CHANNELS:
                raise CollectorError(
                    f"{origin}: '{key}' names the channel '{channel}'; "
                    f"expected one of {', '.join(CHANNELS)}, with .2, .3 … if repeated"
                )
    for word, quality in profile.qualities.items():
        if quality not in QUALITIES:
            raise CollectorError(
                f"{origin}: 'qualities.{word}' is '{quality}'; "
                f"expected one of {', '.join(QUALITIES)}"
            )
    _checked_meaning(profile)
    return replace(profile, multiplier=float(profile.multiplier))


def _checked_texts(profile: TableProfile) -> None:
    for key in ("name", "points", "time_format", "encoding", "delimiter", "sheet"):
        value = getattr(profile, key)
        if not isinstance(value, str) and not (value is None and key not in ("name", "points")):
            raise CollectorError(f"{profile.origin}: '{key}' is {value!r}; expected a text")
    if profile.delimiter is not None and len(profile.delimiter.encode()) != 1:
        raise CollectorError(
            f"{profile.origin}: 'delimiter' is {profile.delimiter!r}; expected one ASCII character"
        )


def _checked_numbers(profile: TableProfile) -> None:
    limits = {"interval_minutes": (1, 1440), "register_digits": (1, 12), "header_line": (1, 1000)}
    for key, (low, high) in limits.items():
        value = getattr(profile, key)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise CollectorError(
                f"{profile.origin}: '{key}' is {value!r}; expected a whole number {low} to {high}"
            )
    if profile.interval_minutes is not None and 1440 % profile.interval_minutes:
        raise CollectorError(
            f"{profile.origin}: 'interval_minutes' is {profile.interval_minutes}; "
            f"expected a number of minutes that divides the day"
        )
    multiplier = profile.multiplier
    if not isinstance(multiplier, (int, float)) or not 0 < multiplier < 1e9:
        raise CollectorError(
            f"{profile.origin}: 'multiplier' is {multiplier!r}; expected a number above 0"
        )


def _checked_meaning(profile: TableProfile) -> None:
    origin, columns = profile.origin, profile.columns
    measures = UNITS[profile.unit][0]
    if measures != ("power" if profile.kind == "power" else "energy"):
        raise CollectorError(
            f"{origin}: 'unit' is {profile.unit}, which measures {measures}, but 'kind' is "
            f"{profile.kind}. Write the unit of the file's values, or the kind they are."
        )
    if "meter" not in columns:
        raise CollectorError(f"{origin}: 'columns.meter' is missing; name the usage point's column")
    if profile.layout == "wide":
        if "date" not in columns:
            raise CollectorError(f"{origin}: 'columns.date' is missing; a wide row is one day")
        return
    if "time" not in columns and not ("date" in columns and "time_of_day" in columns):
        raise CollectorError(
            f"{origin}: 'columns.time' is missing; name it, or 'date' and 'time_of_day'"
        )
    if ("value" in columns) == bool(profile.values):
        raise CollectorError(
            f"{origin}: name the values either by 'columns.value' or by [values], one a channel"
        )
    if len(profile.values) > 1 and "channel" in columns:
        raise CollectorError(f"{origin}: a channel column and several [values] contradict")


def to_toml(profile: TableProfile) -> str:
    """The profile as TOML that ``load_profile`` reads back to an equal one.

    What detection assumed stands in comments at its head.
    """
    default = TableProfile(name="")
    lines = [f"# assumed: {text}" for text in profile.assumed]
    always = ("name", "layout", "kind", "unit", "clock", "label")
    for key in _KEYS:
        value = getattr(profile, key)
        if key not in _TABLES and (key in always or value != getattr(default, key)):
            lines.append(f"{key} = {_toml(value)}")
    for key in _TABLES:
        if table := getattr(profile, key):
            lines += ["", f"[{key}]"]
            lines += [f"{_toml(name)} = {_toml(entry)}" for name, entry in table.items()]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, tuple):
        return _toml(value[0]) if len(value) == 1 else f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04X}" for c in escaped) + '"'
    return str(value)
