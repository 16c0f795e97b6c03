"""What the data units of class 1 (AFN 0C) and class 2 (AFN 0D) hold, as a table.

The standard's text was not at hand: layouts are from memory [M], then compared with public
implementations. Found alike in two or more: class 1 F2, F11, F25, F33, F34, F129–F136, F145–F148;
class 2 F1, F2, F17, F18, F81–F95, F105–F108, F161–F164, F177, and the widths of F97–F104; that
F145–F148 of class 2 are quadrants 1, 4, 2, 3. Found in one: class 1 F41–F44; class 2 F5–F8,
F21–F24, F96 (an extension, as in a real frame), F165–F168, F178–F180, F185–F188. From memory
alone: F181–F184, and A.11 for F145–F148 of class 2.
The first point of a day of quarters is that of 00:15 (one implementation), so energy used "in the
interval" ends at its point [M].
F11 (终端集中抄表状态信息) counts what a terminal is to read at each of its ports, and has read: its
blocks of 19 bytes and the bits D0 (reading now) and D1 (complete) of its state were found in six.
Editions before 2009 give F25 four currents of two bytes and no apparent power: not decoded.
"""

from enum import Enum
from typing import NamedTuple, TypeAlias


class Mark(Enum):
    """How a data unit is dated.

    A frozen day D is labelled with **the day itself**: the registers are those at its end, which
    DL/T 645 and DL/T 698.45 stamp D+1 00:00 (facts/meter_events.md, 85 %; one public firmware
    keeps today's 00:00 under yesterday). A month likewise. Another firmware seems to keep the
    meter's own stamp: ``DataUnit.is_read_too_early`` shows it.
    A curve gives the instant of its first point.
    """

    NONE = 0
    DAY = 1
    MONTH = 2
    CURVE = 3


class Column(NamedTuple):
    """One quantity of a data unit; ``occurs`` where each value is followed by its time (A.17)."""

    name: str
    form: str
    unit: str
    occurs: bool = False


class Payload(NamedTuple):
    """Layout of a data unit.

    Attributes:
        name: Of the whole.
        mark: What dates it, first in the data: Td_d (A.20), Td_m (A.21) or Td_c.
        has_read_time: Whether the instant follows at which the terminal read the meter (A.15).
        has_tariffs: Whether the number M of tariffs follows, and each column is total and 1–M.
        columns: Quantities, in order.
        has_blocks: Whether the number of blocks comes first, each of which has all columns.
    """

    name: str
    mark: Mark
    has_read_time: bool
    has_tariffs: bool
    columns: tuple[Column, ...]
    has_blocks: bool = False


DENSITIES = {1: 15, 2: 30, 3: 60, 254: 5, 255: 1}
"""Minutes between the points of a curve, by the code m of Td_c (冻结密度); 0: not frozen."""

_ENERGIES = (
    Column("forward active energy", "A.14", "kWh"),
    Column("forward reactive energy (combined 1)", "A.11", "kvarh"),
    Column("reverse active energy", "A.14", "kWh"),
    Column("reverse reactive energy (combined 2)", "A.11", "kvarh"),
    Column("reactive energy, quadrant 1", "A.11", "kvarh"),
    Column("reactive energy, quadrant 2", "A.11", "kvarh"),
    Column("reactive energy, quadrant 3", "A.11", "kvarh"),
    Column("reactive energy, quadrant 4", "A.11", "kvarh"),
)
_FORWARD = tuple(_ENERGIES[at] for at in (0, 1, 4, 7))
_REVERSE = tuple(_ENERGIES[at] for at in (2, 3, 5, 6))
_USED = tuple(
    Column(f"{way} {kind} energy used", "A.13", unit)
    for way in ("forward", "reverse")
    for kind, unit in (("active", "kWh"), ("reactive", "kvarh"))
)
_DEMANDS = tuple(
    Column(f"maximum demand, {way} {kind}", "A.23", unit, occurs=True)
    for way in ("forward", "reverse")
    for kind, unit in (("active", "kW"), ("reactive", "kvar"))
)
_PHASES = ("total", "phase A", "phase B", "phase C")


def _by_phase(name: str, form: str, unit: str, first: int = 0) -> tuple[Column, ...]:
    return tuple(Column(f"{name}, {phase}", form, unit) for phase in _PHASES[first:])


_ACTIVE = _by_phase("active power", "A.09", "kW")
_REACTIVE = _by_phase("reactive power", "A.09", "kvar")
_FACTORS = _by_phase("power factor", "A.05", "%")
_VOLTAGES = _by_phase("voltage", "A.07", "V", 1)
_CURRENTS = (
    *_by_phase("current", "A.25", "A", 1),
    Column("current, neutral", "A.25", "A"),
)
_NOW = (
    *_ACTIVE,
    *_REACTIVE,
    *_FACTORS,
    *_VOLTAGES,
    *_CURRENTS,
    *_by_phase("apparent power", "A.09", "kVA"),
)
OWN_COUNT = 11
"""Function of class 1 by which a terminal says how many of its meters it read."""

_COUNTED = (
    Column("port", "BIN.1", ""),
    Column("meters due", "BIN.2", ""),
    Column("state (D0 reading now, D1 complete)", "BS8", ""),
    Column("meters read", "BIN.2", ""),
    Column("key meters read", "BIN.1", ""),
    Column("reading began", "A.01", ""),
    Column("reading ended", "A.01", ""),
)
_POINTS = {
    81: (*_ACTIVE, *_REACTIVE, *_VOLTAGES, *_CURRENTS),
    96: (Column("residual current (extension)", "A.08", "mA"),),
    97: tuple(Column(f"{one.name} in the interval", "A.13", one.unit) for one in _USED),
    # A register along the day: only the total, with two decimals (A.11), active energy too.
    101: tuple(Column(f"{one.name}, total", "A.11", one.unit) for one in _ENERGIES[:4]),
    105: _FACTORS,
    145: tuple(
        Column(f"{_ENERGIES[at].name}, total", "A.11", "kvarh") for at in (4, 7, 5, 6)
    ),
}  # fmt: skip
"""Curves, by the function of the first."""


_NOW_OF_METER = Payload("", Mark.NONE, has_read_time=True, has_tariffs=True, columns=())
_OF_DAY = _NOW_OF_METER._replace(mark=Mark.DAY)
_OF_MONTH = _NOW_OF_METER._replace(mark=Mark.MONTH)
_UNREAD = {"has_read_time": False}
_PLAIN = Payload("", Mark.NONE, has_read_time=False, has_tariffs=False, columns=())
_CURVE = _PLAIN._replace(mark=Mark.CURVE)

_Table: TypeAlias = dict[tuple[int, int], Payload]


def _each(afn: int, first: int, like: Payload, columns: tuple[Column, ...]) -> _Table:
    """Functions in a row, of one column each."""
    return {
        (afn, first + at): like._replace(name=column.name, columns=(column,))
        for at, column in enumerate(columns)
    }


def _table() -> _Table:
    clock = _PLAIN._replace(name="terminal clock", columns=(Column("clock", "A.01", ""),))
    now = _PLAIN._replace(name="power, voltage and current", has_read_time=True, columns=_NOW)
    table = {
        (0x02, 3): clock,
        (0x0C, 2): clock,
        (0x0C, OWN_COUNT): _PLAIN._replace(
            name="meters read by the terminal", columns=_COUNTED, has_blocks=True
        ),
        (0x0C, 25): now,
        **_each(0x0C, 41, _NOW_OF_METER._replace(**_UNREAD), _USED),
        **_each(0x0C, 129, _NOW_OF_METER, _ENERGIES),
        **_each(0x0C, 145, _NOW_OF_METER, _DEMANDS),
        **_each(0x0D, 5, _OF_DAY._replace(**_UNREAD), _USED),
        **_each(0x0D, 21, _OF_MONTH._replace(**_UNREAD), _USED),
        **_each(0x0D, 161, _OF_DAY, _ENERGIES),
        **_each(0x0D, 177, _OF_MONTH, _ENERGIES),
        **_each(0x0D, 185, _OF_DAY, _DEMANDS),
    }
    for afn, first, like in ((0x0C, 33, _NOW_OF_METER), (0x0D, 1, _OF_DAY), (0x0D, 17, _OF_MONTH)):
        table[afn, first] = like._replace(name="forward energies", columns=_FORWARD)
        table[afn, first + 1] = like._replace(name="reverse energies", columns=_REVERSE)
    for first, columns in _POINTS.items():
        table |= _each(0x0D, first, _CURVE, columns)
    return table


PAYLOADS = _table()
"""Layouts by AFN and Fn."""
