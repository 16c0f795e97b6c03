"""Which column of a master-data file means what: from a saved profile, or found out from headers.

A profile is a TOML file; ``data/profiles/master/flat_cn.toml`` shows all it can say. The headers
recognised without one stand in ``data/profiles/master/headers.toml``.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.batch import CollectorError
from ingest.master.fields import CODES, UNITS
from queries.schema import REFERENCE_TABLES, Column, Table
from queries.settings import PROJECT

SHIPPED = PROJECT / "data" / "profiles" / "master"
"""The folder of the profiles that come with Fenggu."""

OWN: dict[str, dict[str, Column]] = {
    table.name: {
        column.name: column
        for column in table.columns
        if column.name not in {"known_from", "known_until", "batch_id"}
    }
    for table in REFERENCE_TABLES
}
"""What a file can say about each reference table: every column but those that ingest stamps."""

_KEYS = {table.name: table.key[0] for table in REFERENCE_TABLES}
_DATES = ("valid_from", "valid_to")
_MAIN_FIRST = (
    "usage_points",
    "agreements",
    "meters",
    "customers",
    "network_nodes",
    "transformers",
    "feeders",
    "substations",
    "regions",
)


@dataclass(frozen=True, slots=True)
class MasterProfile:
    """How to read one kind of master-data file. Targets are written ``table.column``."""

    name: str
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Targets by the file's header."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """What every row of the file has, by target."""
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The file's words and their codes, by target."""
    encoding: str = ""
    delimiter: str = ""
    ids_from_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Targets that a name fills as well where the file carries no number."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a target's text comes from: the position of the column and the factor of its unit."""

    position: int
    header: str
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a sheet feeds: sources by table and column, constants, and headers left over."""

    main: str
    sources: Mapping[str, Mapping[str, Source]]
    constants: Mapping[str, Mapping[str, str]]
    unknown: tuple[str, ...]


def load_profile(path: Path) -> MasterProfile:
    """Read a profile from TOML.

    Raises:
        CollectorError: naming the file and the key that is wrong.
    """
    entries = _toml(path)
    for key, entry in entries.items():
        wanted = dict if key in {"columns", "constants", "values"} else str
        if key not in {"name", "encoding", "delimiter", "columns", "constants", "values"}:
            raise _wrong(path, key, "is unknown", "name, encoding, delimiter, columns … are known")
        if not isinstance(entry, wanted):
            raise _wrong(path, key, f"is {entry!r}", f"expected a {wanted.__name__}")
    profile = MasterProfile(
        name=str(entries.get("name", path.stem)),
        columns=_targets(path, entries.get("columns", {})),
        constants=_constants(path, entries.get("constants", {})),
        values=_values(path, entries.get("values", {})),
        encoding=str(entries.get("encoding", "")),
        delimiter=str(entries.get("delimiter", "")),
    )
    if not profile.columns:
        raise _wrong(path, "columns", "is empty", 'map headers, as in "户号" = "customers.name"')
    return profile


def known_headers(path: Path = SHIPPED / "headers.toml") -> MasterProfile:
    """The headers, by their normal form, and words that are recognised without a profile."""
    entries = _toml(path)
    named = {word: tuple(entry["to"]) for word, entry in entries["headers"].items()}
    columns = {
        normal(header): named[word]
        for word, entry in entries["headers"].items()
        for header in (word, *entry["names"])
    }
    return MasterProfile(
        name="headers",
        columns=columns,
        values=_values(path, entries["values"]),
        ids_from_names={name: named[word] for name, word in entries["ids_from_names"].items()},
    )


def normal(header: str) -> str:
    """A header without case, spaces, underscores and width variants.

    >>> normal(" Usage_Point ID") == normal("usage point id")
    True
    """
    return re.sub(r"[\s_\-]", "", unicodedata.normalize("NFKC", header).casefold())


def by_profile(headers: Sequence[str], profile: MasterProfile) -> Mapped:
    """What a sheet with these headers feeds according to a profile."""
    claims = [(i, header, profile.columns.get(header, ())) for i, header in enumerate(headers)]
    return _mapped(claims, profile.constants, is_explicit=True)


def by_headers(headers: Sequence[str], sheet: str, known: MasterProfile) -> Mapped:
    """What a sheet feeds as far as its headers say; ``sheet`` may name one table."""
    table = next((t for t in REFERENCE_TABLES if sheet.strip().lower() in {t.name, t.zh}), None)
    claims = [
        (i, header, _own_targets(header, table, known) if table else _known(header, known))
        for i, header in enumerate(headers)
    ]
    taken = {target for _, _, targets in claims for target in targets}
    for i, header, targets in claims:
        extra = [known.ids_from_names[t] for t in targets if t in known.ids_from_names]
        if extra and not table and extra[0][0] not in taken:
            claims[i] = (i, header, (*targets, *extra[0]))
    return _mapped(claims, {}, is_explicit=table is not None)


def _own_targets(header: str, table: Table, known: MasterProfile) -> tuple[str, ...]:
    base = normal(_unit_apart(header)[0])
    for column in OWN[table.name].values():
        if base in {normal(column.name), normal(column.zh)}:
            return (f"{table.name}.{column.name}",)
    targets = (target.replace("*.", f"{table.name}.") for target in _known(header, known))
    return tuple(target for target in targets if target.startswith(f"{table.name}."))[:1]


def _known(header: str, known: MasterProfile) -> tuple[str, ...]:
    whole = known.columns.get(normal(header), ())
    return whole or known.columns.get(normal(_unit_apart(header)[0]), ())


def _unit_apart(header: str) -> tuple[str, str]:
    """A header and the unit behind it in brackets.

    >>> _unit_apart("合同容量（kVA）")
    ('合同容量', 'kVA')
    """
    plain = unicodedata.normalize("NFKC", header).strip()
    found = re.fullmatch(r"(.+?)\s*[(\[](.+)[)\]]", plain)
    return (found[1], found[2]) if found else (plain, "")


def _mapped(
    claims: Sequence[tuple[int, str, tuple[str, ...]]],
    constants: Mapping[str, str],
    *,
    is_explicit: bool,
) -> Mapped:
    """Sort claims by table; without a profile a table needs its key and something of its own."""
    sources: dict[str, dict[str, Source]] = {table.name: {} for table in REFERENCE_TABLES}
    general: dict[str, Source] = {}
    fixed: dict[str, dict[str, str]] = {table.name: {} for table in REFERENCE_TABLES}
    for target, value in constants.items():
        table, column = target.split(".")
        fixed[table][column] = value
    for position, header, target in ((i, h, t) for i, h, targets in claims for t in targets):
        table, column = target.split(".")
        place = general if table == "*" else sources[table]
        if source := _source(position, header, table, column):
            place.setdefault(column, source)
    _split_ratio(sources["meters"], fixed["meters"])
    fed = {
        name: columns
        for name, columns in sources.items()
        if _KEYS[name] in columns and (is_explicit or len(set(columns) - {*_DATES}) > 1)
    }
    main = next((name for name in _MAIN_FIRST if name in fed), "")
    if main:
        fed[main] = {c: s for c, s in general.items() if c in OWN[main]} | fed[main]
    used = {source.position for columns in fed.values() for source in columns.values()}
    unknown = tuple(header for i, header, _ in claims if i not in used and header)
    return Mapped(main, fed, {name: fixed[name] for name in fed}, unknown)


def _source(position: int, header: str, table: str, column: str) -> Source | None:
    """The source of a target, unless the header names a unit that does not belong to it."""
    declared = next((own[column] for own in OWN.values() if column in own), None)
    if table != "*":
        declared = OWN[table].get(column)
    unit = _unit_apart(header)[1]
    if declared is None or not declared.unit or not unit:
        return Source(position, header)
    factor = UNITS[declared.unit].get(normal(unit))
    return Source(position, header, factor) if factor else None


def _split_ratio(meters: dict[str, Source], constants: dict[str, str]) -> None:
    """A combined ratio (综合倍率) stands for both, unless they stand there themselves."""
    combined = meters.pop("combined_ratio", None)
    if combined and "current_ratio" not in meters and "voltage_ratio" not in meters:
        meters["current_ratio"] = combined
        constants["voltage_ratio"] = "1"


def _toml(path: Path) -> dict:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CollectorError(
            f"{path.name}: cannot be read as a profile ({error}). Expected a UTF-8 TOML file; "
            "data/profiles/master/flat_cn.toml is one to copy."
        ) from error


def _wrong(path: Path, key: str, what: str, wanted: str) -> CollectorError:
    return CollectorError(f"{path.name}: key '{key}' {what}; {wanted}")


def _checked(path: Path, key: str, target: object) -> str:
    table, _, column = str(target).partition(".")
    if table not in OWN:
        raise _wrong(path, key, f"names '{target}'", f"expected table.column of {sorted(OWN)}")
    if column not in OWN[table]:
        known = sorted(OWN[table])
        raise _wrong(path, key, f"names '{target}'", f"{table} has the columns {known}")
    return str(target)


def _targets(path: Path, entries: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    columns: dict[str, tuple[str, ...]] = {}
    for header, entry in entries.items():
        targets = entry if isinstance(entry, list) else [entry]
        key = f"columns.{header}"
        columns[header] = tuple(_checked(path, key, target) for target in targets)
        for target in columns[header]:
            if other := next((h for h, t in columns.items() if target in t and h != header), None):
                raise _wrong(path, key, f"fills {target}", f"'{other}' fills it already")
    return columns


def _constants(path: Path, entries: Mapping[str, object]) -> dict[str, str]:
    return {
        _checked(path, f"constants.{target}", target): str(value)
        for target, value in entries.items()
    }


def _values(path: Path, entries: Mapping[str, object]) -> dict[str, dict[str, str]]:
    values: dict[str, dict[str, str]] = {}
    for target, words in entries.items():
        key = f"values.{target}"
        column = _checked(path, key, target).partition(".")[2]
        if not isinstance(words, dict):
            raise _wrong(
                path, key, f"is {words!r}", 'expected lines such as "居民" = "residential"'
            )
        codes = CODES.get(column)
        for word, code in words.items():
            if codes and code not in codes:
                raise _wrong(path, f"{key}.{word}", f"is {code!r}", f"expected one of {codes}")
        values[target] = {str(word): str(code) for word, code in words.items()}
    return values
