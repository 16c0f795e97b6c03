"""From an IntervalBlock through the links of a Green Button feed to its meaning."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl

from ingest.collectors.green_button.feed import Entry
from queries.schema import UTC_INSTANT

_ELECTRICITY = {"", "0", "1"}  # commodity: none said, not applicable, electricity
_DIRECTIONS = {"": "import", "0": "import", "1": "import", "19": "export"}
# uom: what it is a prefix of, and whether it is power
_UNITS = {
    "72": ("", False),
    "73": ("reactive_", False),
    "38": ("", True),
    "63": ("reactive_", True),
}
_CUMULATIVE = {"1", "3", "9"}  # bulk quantity, cumulative, summation
_EXTREMES = {"8", "9"}  # maximum, minimum
_LARGEST_EXPONENT = 12

DESCRIBED = pl.Schema(
    {
        "entry": pl.Int64(),
        "meter": pl.Int64(),  # the MeterReading; null: not (yet) found
        "usage_point_id": pl.String(),
        "channel": pl.String(),
        "factor": pl.Float64(),
        "is_power": pl.Boolean(),
        "length": pl.Int64(),  # of an interval by its type [s]
        "default_quality": pl.String(),
        "issued_at": UTC_INSTANT,
        "refused": pl.String(),  # why readings of the entry are not taken; null: they are
    }
)


def described(entries: Sequence[Entry]) -> pl.DataFrame:
    """A row of DESCRIBED for every IntervalBlock."""
    of_kind = {
        kind: [entry for entry in entries if entry.kind == kind]
        for kind in ("MeterReading", "ReadingType", "UsagePoint")
    }
    places = {id(entry): place for place, entry in enumerate(entries)}
    meters = _by_related(of_kind["MeterReading"])
    points = _by_related(of_kind["UsagePoint"])
    types = {entry.own: entry for entry in of_kind["ReadingType"] if entry.own}
    meanings: dict[int, dict[str, Any]] = {}
    rows = []
    for place, block in enumerate(entries):
        if block.kind != "IntervalBlock":
            continue
        issued = {"entry": place, "issued_at": _instant(block.atom_said("updated"))}
        meter = _parent(block, meters, of_kind["MeterReading"])
        if meter is None:
            rows.append(issued | {"refused": "no MeterReading is linked with the IntervalBlock"})
            continue
        key = places[id(meter)]
        if key not in meanings:
            point = _parent(meter, points, of_kind["UsagePoint"])
            kind = _type_of(meter, types, of_kind["ReadingType"])
            meanings[key] = _meaning(kind, point)
        found = meanings[key]
        complete = found.get("is_complete", False)
        rows.append(issued | found | {"meter": key if complete else None})
    return pl.DataFrame(rows, schema=DESCRIBED) if rows else pl.DataFrame(schema=DESCRIBED)


def _by_related(entries: Iterable[Entry]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in entries:
        for link in entry.related:
            found.setdefault(link, entry)
        if entry.own:
            found.setdefault(entry.own, entry)
    return found


def _parent(child: Entry, by_related: dict[str, Entry], all_of_kind: list[Entry]) -> Entry | None:
    """Whom the child's own or up link names; else the one whose own link its link starts with."""
    shorter = [child.own, child.up]
    for link in (child.up, child.own):
        if link:
            shorter += [link.rsplit("/", parts)[0] for parts in (1, 2)]
    for link in shorter:
        if link and link in by_related:
            return by_related[link]
    no_links = not child.own and not child.up
    return all_of_kind[0] if no_links and len(all_of_kind) == 1 else None


def _type_of(meter: Entry, types: dict[str, Entry], every: list[Entry]) -> Entry | None:
    for link in sorted(meter.related):
        if link in types:
            return types[link]
    return every[0] if len(every) == 1 and not meter.related else None


def _meaning(kind: Entry | None, point: Entry | None) -> dict[str, Any]:
    """What the readings of one MeterReading are."""
    if point is None or kind is None:
        missing = "UsagePoint" if point is None else "ReadingType"
        return {"refused": f"no {missing} is linked with the MeterReading of this IntervalBlock"}
    meaning: dict[str, Any] = {
        "is_complete": True,
        "usage_point_id": _identity(point),
        "length": int(kind.said("intervalLength"))
        if _is_small(kind.said("intervalLength"))
        else None,
        "default_quality": kind.said("defaultQuality") or None,
    }
    reason = _refused(kind, point)
    if reason:
        return meaning | {"refused": reason}
    prefix, is_power = _UNITS[kind.said("uom")]
    exponent = int(kind.said("powerOfTenMultiplier") or 0)
    return meaning | {
        "channel": prefix + _DIRECTIONS[kind.said("flowDirection")],
        "factor": 10.0**exponent,
        "is_power": is_power,
    }


def _refused(kind: Entry, point: Entry) -> str | None:
    """Why the readings of a type cannot be taken; null: they can."""
    unit, direction = kind.said("uom"), kind.said("flowDirection")
    exponent = kind.said("powerOfTenMultiplier") or "0"
    is_exponent = _is_small(exponent.removeprefix("-")) and abs(int(exponent)) <= _LARGEST_EXPONENT
    is_electric = kind.said("commodity") in _ELECTRICITY and point.said("kind") in {"", "0"}
    checks = {
        "the reading is not of electricity": is_electric,
        f"unit of measure '{unit}' is not taken; expected 72, 73, 38 or 63": unit in _UNITS,
        "the values are readings of a register, not energy of intervals; expected deltas (4)": (
            kind.said("accumulationBehaviour") not in _CUMULATIVE
        ),
        "the values are maxima or minima; expected energy or mean power": (
            kind.said("dataQualifier") not in _EXTREMES
        ),
        f"flow direction '{direction}' is not taken; expected 1 or 19": direction in _DIRECTIONS,
        f"power of ten '{exponent[:20]}' is not a number from -12 to 12": is_exponent,
    }
    return next((reason for reason, holds in checks.items() if not holds), None)


def _is_small(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 9


def _identity(point: Entry) -> str | None:
    name = point.atom_said("id").removeprefix("urn:uuid:").lower()
    return name or point.own.rpartition("/resource/")[2] or None


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
        return instant.astimezone(UTC) if instant.tzinfo else None
    except (ValueError, OverflowError):
        return None
