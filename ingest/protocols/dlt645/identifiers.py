"""Data identifiers: which values stand behind one, in which order, format and unit.

An identifier is eight hexadecimal digits, DI3 first (``02010100``). In a block, FF stands for
what counts up; a value of it has that number behind a point: ``0201FF00.2`` is phase B, which
asked for alone is ``02010200``. The time of a maximum demand ends in ``.time``.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from ingest.protocols.dlt645 import catalogue
from ingest.protocols.dlt645.catalogue import Quantity
from ingest.protocols.dlt645.values import Codec

TARIFFS = 63
SETTLEMENT_DAYS = 12


class Part(NamedTuple):
    """One value of an answer, at bytes ``start`` to ``stop`` behind the identifier."""

    identifier: str
    name: str
    unit: str
    start: int
    stop: int
    codec: Codec[Any]


class Layout(NamedTuple):
    """What an answer holds.

    Attributes:
        name: Of the whole.
        parts: As many as there can be.
        parts_at: How many there are, by the length of the data behind the identifier; a meter
            with two tariffs sends a shorter block than one with four.
    """

    name: str
    parts: tuple[Part, ...]
    parts_at: dict[int, int]


class _Row(NamedTuple):
    """A quantity and what is added to the identifier to name it within the answer."""

    suffix: str
    quantity: Quantity


@lru_cache(maxsize=8192)
def layout_of(identifier: bytes) -> Layout | None:
    """What stands behind an identifier as it travels (DI0 first); None: this codec cannot say."""
    di3, di2, di1, di0 = reversed(identifier)
    written = identifier[::-1].hex().upper()
    match di3:
        case 0x00:
            return _registers(written, catalogue.ENERGIES.get(di2), di1, di0)
        case 0x01:
            return _registers(written, catalogue.DEMANDS.get(di2), di1, di0, timed=True)
        case 0x02:
            return _variable(written, di2, di1, di0)
        case 0x04 if not di2:
            return _parameter(written, di1, di0)
        case 0x05:
            return _freeze(written, di2, di1, di0)
    return None


def travelling(identifier: str) -> bytes:
    """An identifier as it travels.

    Raises:
        ValueError: It is not eight hexadecimal digits.
    """
    if len(identifier) != 8 or not set(identifier.upper()) <= set("0123456789ABCDEF"):
        raise ValueError(f"no data identifier: {identifier!r}; expected 8 hexadecimal digits")
    return bytes.fromhex(identifier)[::-1]


def single_identifier(identifier: str) -> str:
    """The identifier with which a value of a block is asked for alone.

    ``0001FF00.2`` gives ``00010200``; what is no part of a block stays as it is.
    """
    whole, point, number = identifier.partition(".")
    if not point or "FF" not in (whole[4:6], whole[6:]) or not number.isdecimal():
        return identifier
    place = 4 if whole[4:6] == "FF" else 6
    return f"{whole[:place]}{int(number):02X}{whole[place + 2 :]}"


def _registers(
    written: str, kind: Quantity | None, di1: int, di0: int, *, timed: bool = False
) -> Layout | None:
    """Energies 00 k t s and demands 01 k t s: tariff t, settlement day s, either FF for all."""
    if kind is None or (di1 > TARIFFS and di1 != 0xFF) or (di0 > SETTLEMENT_DAYS and di0 != 0xFF):
        return None
    if di1 == 0xFF and di0 == 0xFF:
        return None
    if di1 == 0xFF:
        steps = [
            _step(f".{tariff}", kind, _tariff(kind, tariff) + _settlement(di0), timed=timed)
            for tariff in range(TARIFFS + 1)
        ]
        return _layout(written, f"{kind.name}, all tariffs{_settlement(di0)}", steps)
    if di0 == 0xFF:
        steps = [
            _step(f".{day}", kind, _tariff(kind, di1) + _settlement(day), timed=timed)
            for day in range(SETTLEMENT_DAYS + 1)
        ]
        return _layout(written, f"{kind.name}{_tariff(kind, di1)}, all settlement days", steps)
    detail = _tariff(kind, di1) + _settlement(di0)
    return _layout(written, kind.name + detail, [_step("", kind, detail, timed=timed)])


def _step(suffix: str, kind: Quantity, detail: str, *, timed: bool) -> list[_Row]:
    """A register; a demand has the time when it occurred behind it."""
    register = _Row(suffix, kind._replace(name=kind.name + detail))
    if not timed:
        return [register]
    occurred = catalogue.OCCURRED
    name = f"{kind.name}{detail}, {occurred.name}"
    return [register, _Row(suffix + ".time", occurred._replace(name=name))]


def _tariff(kind: Quantity, tariff: int) -> str:
    if tariff:
        return f", tariff {tariff}"
    return "" if ", phase" in kind.name else ", total"


def _settlement(day: int) -> str:
    if day == 0:
        return ""
    return ", last settlement day" if day == 1 else f", {day} settlement days back"


def _variable(written: str, di2: int, di1: int, di0: int) -> Layout | None:
    if di2 == 0x80:
        whole = catalogue.WHOLE_METER.get(di0) if not di1 else None
        return whole and _layout(written, whole.name, [[_Row("", whole)]])
    if di2 in catalogue.HARMONICS:
        return _harmonics(written, catalogue.HARMONICS[di2], di1, di0)
    phased = catalogue.PHASED.get(di2)
    if phased is None or di0 or not (phased.first <= di1 <= 3 or di1 == 0xFF):
        return None
    quantity = phased.quantity
    if di1 != 0xFF:
        return _numbered(written, quantity, [("", catalogue.PHASES[di1])])
    phases = [(f".{p}", name) for p, name in catalogue.PHASES.items() if p >= phased.first]
    return _numbered(written, quantity, phases, f"{quantity.name}, all phases")


def _harmonics(written: str, quantity: Quantity, di1: int, di0: int) -> Layout | None:
    if not 1 <= di1 <= 3 or not (1 <= di0 <= catalogue.HIGHEST_HARMONIC or di0 == 0xFF):
        return None
    phase = catalogue.PHASES[di1]
    if di0 != 0xFF:
        return _numbered(written, quantity, [("", f"order {di0}, {phase}")])
    orders = [(f".{n}", f"order {n}, {phase}") for n in range(1, catalogue.HIGHEST_HARMONIC + 1)]
    return _numbered(written, quantity, orders, f"{quantity.name}, {phase}")


def _parameter(written: str, di1: int, di0: int) -> Layout | None:
    if (di1, di0) == (0x01, 0x01):  # the weekday travels first
        rows = [_Row(".weekday", catalogue.WEEKDAY), _Row("", catalogue.DATE)]
        return _layout(written, catalogue.DATE.name, [rows])
    if di1 == 0x05:
        words = catalogue.STATUS_WORDS
        if di0 in words:
            word = catalogue.status(di0)
            return _layout(written, word.name, [[_Row("", word)]])
        steps = [[_Row(f".{n}", catalogue.status(n))] for n in words]
        return _layout(written, "status words", steps) if di0 == 0xFF else None
    quantity = catalogue.PARAMETERS.get((di1, di0))
    return quantity and _layout(written, quantity.name, [[_Row("", quantity)]])


def _freeze(written: str, di2: int, di1: int, di0: int) -> Layout | None:
    """05 f d n: what d names, as it stood at the n-th last freeze that f names."""
    if di2 not in catalogue.FREEZES or not 1 <= di0 <= 0xFE:
        return None
    freeze = catalogue.FREEZES[di2] + (f", {di0} back" if di0 > 1 else ", last")
    if di1 == 0x00:
        return _layout(written, freeze, [[_Row("", catalogue.OCCURRED._replace(name=freeze))]])
    if 0x01 <= di1 <= 0x08:
        return _frozen(written, freeze, catalogue.ENERGIES[di1], timed=False)
    if di1 in (0x09, 0x0A):  # [M]: the demands of 01 01 and 01 02
        return _frozen(written, freeze, catalogue.DEMANDS[di1 - 8], timed=True)
    if di1 == 0x10:  # [M]
        rows = [
            _Row(f".{4 * place + phase}", power._replace(name=f"{freeze}: {power.name}, {name}"))
            for place, power in enumerate(catalogue.PHASED[k].quantity for k in (0x03, 0x04))
            for phase, name in catalogue.PHASES.items()
        ]
        return _layout(written, f"{freeze}: power", [rows])
    return None


def _frozen(written: str, freeze: str, kind: Quantity, *, timed: bool) -> Layout:
    named = kind._replace(name=f"{freeze}: {kind.name}")
    steps = [
        _step(f".{tariff}", named, _tariff(kind, tariff), timed=timed)
        for tariff in range(TARIFFS + 1)
    ]
    return _layout(written, f"{named.name}, all tariffs", steps)


def _numbered(
    written: str, quantity: Quantity, details: list[tuple[str, str]], name: str = ""
) -> Layout:
    steps = [
        [_Row(suffix, quantity._replace(name=f"{quantity.name}, {detail}"))]
        for suffix, detail in details
    ]
    return _layout(written, name or steps[0][0].quantity.name, steps)


def _layout(written: str, name: str, steps: Iterable[list[_Row]]) -> Layout:
    """Places of the values; an answer may end behind any step, not within one."""
    parts: list[Part] = []
    parts_at: dict[int, int] = {}
    stop = 0
    for step in steps:
        for suffix, quantity in step:
            start, stop = stop, stop + quantity.codec.width
            part_name, unit, codec = quantity
            parts.append(Part(written + suffix, part_name, unit, start, stop, codec))
        parts_at[stop] = len(parts)
    return Layout(name, tuple(parts), parts_at)
