"""Collectors and their meters: a TOML file, and a CSV of meters beside it."""

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.batch import CollectorError
from ingest.collection.entries import choice, known_keys, required, whole_number
from ingest.collection.wants import Meter
from queries.schema import CHANNELS

KINDS = ("listener", "dlt645", "mqtt", "http")
"""``listener``: terminals of DL/T 698.45 and Q/GDW 376.1 dial in; ``dlt645``: a serial gateway;
``mqtt``: a broker; ``http``: files to fetch."""
METER_PROTOCOLS = ("dlt645", "dlt698", "gdw1376")
"""What a meter speaks; ``gdw1376`` where only its terminal matters."""
_COLUMNS = {
    "address": "communication address, 12 digits",
    "usage_point_id": "the usage point it measures",
    "meter_id": "the meter's number in the register",
    "terminal": "address of the terminal that reads it; empty: none",
    "protocol": f"one of {', '.join(METER_PROTOCOLS)}; empty: dlt698",
    "interval_minutes": "15, 30 or 60; empty: 15",
    "channels": "of its registers, with blanks between; empty: import",
    "measurements": "yes or no: voltages and currents too; empty: no",
    "measuring_point": "its number in a terminal of Q/GDW 376.1; empty: none",
}
_GENERAL = ("look_back_days", "settle_minutes", "most_attempts", "retry_minutes")
_NEEDED = ("address", "usage_point_id", "meter_id")
_ADDRESS_DIGITS, _MOST_POINTS = 12, 2040
_YES = {"yes": True, "no": False, "": False}


@dataclass(frozen=True, slots=True)
class Collector:
    """One way to some meters.

    Attributes:
        name: Its own.
        kind: One of KINDS.
        meters: By communication address.
        table: Its entries in the file, for the module of its kind.
        where: The file and the collector, for messages.
    """

    name: str
    kind: str
    meters: Mapping[str, Meter]
    table: Mapping[str, object]
    where: str


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that is collected.

    Attributes:
        folder: Of the file, from which others are named.
        collectors: In the file's order.
        look_back_days: Gaps older than this are given up.
        settle_minutes: So long after an instant its readings are due.
        most_attempts: After so many failures somebody has to look.
        retry_minutes: Before the first repetition; doubled for each further one, up to 6 hours.
    """

    folder: Path
    collectors: tuple[Collector, ...]
    look_back_days: int
    settle_minutes: int
    most_attempts: int
    retry_minutes: int


def load_config(path: Path) -> Config:
    """Read the collectors' file.

    Raises:
        CollectorError: It cannot be read, or an entry is not as it should be; the message names
            the file, the entry or line and what was expected.
    """
    try:
        text = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CollectorError(
            f"'{path}' cannot be read ({error.strerror}). Write one (README, Collecting from the "
            "field), or set FENGGU_COLLECTORS to where it is."
        ) from error
    except ValueError as error:
        raise CollectorError(f"{path}: not TOML: {error}") from error
    known_keys(text, ("collection", "collector"), str(path))
    general = text.get("collection", {})
    where = f"{path}: [collection]"
    known_keys(general, _GENERAL, where)
    listed = text.get("collector", [])
    if not isinstance(listed, list) or not listed:
        raise CollectorError(f"{path}: no [[collector]]; give at least one")
    collectors = tuple(_collector(table, path) for table in listed)
    _refuse_twins(collectors, path)
    return Config(
        path.parent,
        collectors,
        whole_number(general, "look_back_days", where, (1, 366), 30),
        whole_number(general, "settle_minutes", where, (0, 1440), 20),
        whole_number(general, "most_attempts", where, (1, 10_000), 60),
        whole_number(general, "retry_minutes", where, (0, 1440), 5),
    )


def _collector(table: Mapping[str, object], path: Path) -> Collector:
    name = required(table, "name", f"{path}: [[collector]]", "a name of its own")
    where = f"{path}: collector '{name}'"
    kind = choice(table, "kind", where, KINDS, "")
    meters: dict[str, Meter] = {}
    if kind != "http" or "meters" in table:
        meters = _meters(path.parent / required(table, "meters", where, "a CSV file of meters"))
    own = {key: value for key, value in table.items() if key not in {"name", "kind", "meters"}}
    return Collector(name, kind, meters, own, where)


def _refuse_twins(collectors: tuple[Collector, ...], path: Path) -> None:
    names: set[str] = set()
    meters: dict[str, str] = {}
    for one in collectors:
        if one.name in names:
            raise CollectorError(f"{path}: two collectors are called '{one.name}'; name them apart")
        names.add(one.name)
        for address in one.meters:
            if address in meters:
                raise CollectorError(
                    f"{path}: meter {address} is read by '{meters[address]}' and by '{one.name}'; "
                    "leave it with one of them"
                )
            meters[address] = one.name


def _meters(path: Path) -> dict[str, Meter]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            found: dict[str, Meter] = {}
            for meter, where in _rows(file, path):
                if meter.address in found:
                    raise CollectorError(f"{where}: meter {meter.address} is listed twice")
                found[meter.address] = meter
    except OSError as error:
        raise CollectorError(f"'{path}' cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise CollectorError(
            f"{path}: byte {error.start} is not UTF-8; save it as UTF-8"
        ) from error
    if not found:
        raise CollectorError(f"{path}: no meter in it; give a line each")
    return found


def _rows(file: Iterator[str], path: Path) -> Iterator[tuple[Meter, str]]:
    reader = csv.DictReader(file, strict=True)
    names = reader.fieldnames or []
    known_keys(dict.fromkeys(names), tuple(_COLUMNS), f"{path}: line 1")
    for name in _NEEDED:
        if name not in names:
            raise CollectorError(f"{path}: line 1: column '{name}' is missing: {_COLUMNS[name]}")
    try:
        for row in reader:
            where = f"{path}: line {reader.line_num}"
            if None in row or None in row.values():
                raise CollectorError(f"{where}: expected {len(names)} fields as in line 1")
            yield _meter({name: (value or "").strip() for name, value in row.items()}, where), where
    except csv.Error as error:
        raise CollectorError(f"{path}: line {reader.line_num}: {error}") from error


def _meter(row: Mapping[str, str], where: str) -> Meter:
    address = row["address"]
    if not (address.isdecimal() and address.isascii() and len(address) <= _ADDRESS_DIGITS):
        raise _wrong(where, "address", address)
    for name in ("usage_point_id", "meter_id"):
        if not row[name]:
            raise _wrong(where, name, row[name])
    channels = tuple(row.get("channels", "").split()) or ("import",)
    for channel in channels:
        if channel.partition(".")[0] not in CHANNELS:
            raise _wrong(where, "channels", channel)
    protocol = row.get("protocol") or "dlt698"
    if protocol not in METER_PROTOCOLS:
        raise _wrong(where, "protocol", protocol)
    measurements = _YES.get(row.get("measurements", "").lower())
    if measurements is None:
        raise _wrong(where, "measurements", row["measurements"])
    return Meter(
        address=address.zfill(_ADDRESS_DIGITS),
        usage_point_id=row["usage_point_id"],
        meter_id=row["meter_id"],
        terminal=row.get("terminal") or None,
        protocol=protocol,
        interval_minutes=_interval(row, where),
        channels=channels,
        measurements=measurements,
        measuring_point=_measuring_point(row, where),
    )


def _interval(row: Mapping[str, str], where: str) -> int:
    text = row.get("interval_minutes") or "15"
    if text not in {"15", "30", "60"}:
        raise _wrong(where, "interval_minutes", text)
    return int(text)


def _measuring_point(row: Mapping[str, str], where: str) -> int | None:
    text = row.get("measuring_point", "")
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_POINTS:
        raise _wrong(where, "measuring_point", text)
    return int(text)


def _wrong(where: str, name: str, found: str) -> CollectorError:
    return CollectorError(f"{where}: {name} = '{found}'; expected {_COLUMNS[name]}")
