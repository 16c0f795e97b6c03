"""What the tables of DL/T 645-2007 say of each data identifier: name, unit, format.

Identifiers are written DI3 DI2 DI1 DI0. Appendix A of the standard; the rows marked [M] are from
memory of it and were seen in one implementation at most.
"""

from typing import Any, NamedTuple

from ingest.protocols.dlt645.values import (
    DAY,
    MOMENT,
    SECOND,
    TIME_OF_DAY,
    Codec,
    digits,
    flags,
    number,
    text,
)


class Quantity(NamedTuple):
    """What one identifier measures."""

    name: str
    unit: str
    codec: Codec[Any]


_REGISTER = number(4, 2)
_SIGNED_REGISTER = number(4, 2, signed=True)
POWER = number(3, 4)
SIGNED_POWER = number(3, 4, signed=True)
VOLTAGE = number(2, 1)
CURRENT = number(3, 3, signed=True)
POWER_FACTOR = number(2, 3, signed=True)
HUNDREDTHS = number(2, 2)

PHASES = {0: "total", 1: "phase A", 2: "phase B", 3: "phase C"}

_KINDS = (
    ("forward active", "kWh", _REGISTER),
    ("reverse active", "kWh", _REGISTER),
    ("combined reactive 1", "kvarh", _SIGNED_REGISTER),
    ("combined reactive 2", "kvarh", _SIGNED_REGISTER),
    ("reactive quadrant 1", "kvarh", _REGISTER),
    ("reactive quadrant 2", "kvarh", _REGISTER),
    ("reactive quadrant 3", "kvarh", _REGISTER),
    ("reactive quadrant 4", "kvarh", _REGISTER),
    ("forward apparent", "kVAh", _REGISTER),
    ("reverse apparent", "kVAh", _REGISTER),
)
_COMPONENTS = (
    ("associated", _SIGNED_REGISTER),
    ("forward active fundamental", _REGISTER),
    ("reverse active fundamental", _REGISTER),
    ("forward active harmonic", _REGISTER),
    ("reverse active harmonic", _REGISTER),
    ("copper loss compensation", _REGISTER),
    ("iron loss compensation", _REGISTER),
)
_PHASE_STEP = 0x14


def _energies() -> dict[int, Quantity]:
    """By DI2. The phases repeat the rows of the total 14, 28 and 3C hex further on."""
    found = {0x00: Quantity("combined active energy", "kWh", _SIGNED_REGISTER)}
    for phase, phase_name in PHASES.items():
        suffix = f", {phase_name}" if phase else ""
        for place, (name, unit, codec) in enumerate(_KINDS):
            quantity = Quantity(f"{name} energy{suffix}", unit, codec)
            found[0x01 + phase * _PHASE_STEP + place] = quantity
        for place, (name, codec) in enumerate(_COMPONENTS):
            quantity = Quantity(f"{name} energy{suffix}", "kWh", codec)
            found[0x80 + phase * _PHASE_STEP + place] = quantity
    return found


def _demands() -> dict[int, Quantity]:
    """By DI2: the largest mean power of each kind of energy, signed where that is."""
    found = {}
    for phase, phase_name in PHASES.items():
        suffix = f", {phase_name}" if phase else ""
        for place, (name, unit, register) in enumerate(_KINDS):
            codec = SIGNED_POWER if register is _SIGNED_REGISTER else POWER
            quantity = Quantity(f"{name} maximum demand{suffix}", unit.removesuffix("h"), codec)
            found[0x01 + phase * _PHASE_STEP + place] = quantity
    return found


ENERGIES = _energies()
DEMANDS = _demands()


class Phased(NamedTuple):
    """A quantity of every phase; DI1 is the phase, ``first`` 0 where there is a total too."""

    quantity: Quantity
    first: int


PHASED = {
    0x01: Phased(Quantity("voltage", "V", VOLTAGE), 1),
    0x02: Phased(Quantity("current", "A", CURRENT), 1),
    0x03: Phased(Quantity("active power", "kW", SIGNED_POWER), 0),
    0x04: Phased(Quantity("reactive power", "kvar", SIGNED_POWER), 0),
    0x05: Phased(Quantity("apparent power", "kVA", POWER), 0),
    0x06: Phased(Quantity("power factor", "", POWER_FACTOR), 0),
    0x07: Phased(Quantity("phase angle", "°", number(2, 1)), 1),
    0x08: Phased(Quantity("voltage distortion", "%", HUNDREDTHS), 1),
    0x09: Phased(Quantity("current distortion", "%", HUNDREDTHS), 1),
}
"""Instantaneous values 02 xx p 00, by DI2."""

HARMONICS = {
    0x0A: Quantity("voltage harmonic", "%", HUNDREDTHS),
    0x0B: Quantity("current harmonic", "%", HUNDREDTHS),
}
"""02 xx p n of phase p and order n, by DI2 [M]."""
HIGHEST_HARMONIC = 21

WHOLE_METER = {
    0x01: Quantity("neutral current", "A", CURRENT),
    0x02: Quantity("frequency", "Hz", HUNDREDTHS),
    0x03: Quantity("active power, mean of one minute", "kW", SIGNED_POWER),
    0x04: Quantity("active demand, now", "kW", SIGNED_POWER),
    0x05: Quantity("reactive demand, now", "kvar", SIGNED_POWER),
    0x06: Quantity("apparent demand, now", "kVA", POWER),
    0x07: Quantity("temperature in the meter", "°C", number(2, 1, signed=True)),
    0x08: Quantity("clock battery voltage", "V", HUNDREDTHS),
    0x09: Quantity("meter reading battery voltage", "V", HUNDREDTHS),
    0x0A: Quantity("battery run time", "min", number(4, 0)),
}
"""Instantaneous values 02 80 00 xx, by DI0."""

_FAULTS = (
    "voltage loss",
    "under-voltage",
    "over-voltage",
    "current loss",
    "over-current",
    "overload",
    "reverse power",
    "phase loss",
)
_DIRECTIONS = (
    "active power reverse phase A",
    "active power reverse phase B",
    "active power reverse phase C",
    "",
    "reactive power reverse phase A",
    "reactive power reverse phase B",
    "reactive power reverse phase C",
)
STATUS_WORDS = {
    0x01: ("", "block demand", "clock battery low", "reading battery low",
           "active power reverse", "reactive power reverse"),
    0x02: _DIRECTIONS,
    0x03: ("second time slot table", "auxiliary supply", "battery supply",
           "programming permitted", "relay open"),
    0x04: _FAULTS,
    0x05: _FAULTS,
    0x06: _FAULTS,
    0x07: ("voltage phase sequence reversed", "current phase sequence reversed",
           "voltage imbalance", "current imbalance", "auxiliary supply lost", "power off",
           "demand limit exceeded"),
}  # fmt: skip
"""Names of the bits of 04 00 05 xx, lowest first, by DI0."""
_STATUS_OF = {0x04: ", phase A", 0x05: ", phase B", 0x06: ", phase C"}


def status(word: int) -> Quantity:
    """Status word 1 to 7 of the meter."""
    name = f"status word {word}{_STATUS_OF.get(word, '')}"
    return Quantity(name, "", flags(2, STATUS_WORDS[word]))


ERRORS = flags(
    1,
    (
        "other error",
        "no such data",
        "password wrong or not authorised",
        "baud rate not changeable",
        "too many year zones",
        "too many day slots",
        "too many tariffs",
    ),
)
"""The byte with which a meter refuses."""

LOAD_CLASSES = (
    "voltage current and frequency",
    "active and reactive power",
    "power factor",
    "active and reactive energy",
    "reactive energy of quadrants",
    "demand now",
)
"""Bits of the mode word of load records, lowest first."""

_MINUTES = number(1, 0)
_COUNT = number(1, 0)

PARAMETERS = {
    (0x01, 0x02): Quantity("clock, time", "", TIME_OF_DAY),
    (0x01, 0x03): Quantity("demand period", "min", _MINUTES),
    (0x01, 0x04): Quantity("demand sliding step", "min", _MINUTES),
    (0x01, 0x05): Quantity("test pulse width", "ms", number(2, 0)),
    (0x01, 0x06): Quantity("switch of time zone tables", "", MOMENT),
    (0x01, 0x07): Quantity("switch of time slot tables", "", MOMENT),
    (0x01, 0x0C): Quantity("clock, date and time", "", SECOND),  # [M]
    (0x02, 0x01): Quantity("year zones", "", _COUNT),
    (0x02, 0x02): Quantity("day slot tables", "", _COUNT),
    (0x02, 0x03): Quantity("day slots", "", _COUNT),
    (0x02, 0x04): Quantity("tariffs", "", _COUNT),
    (0x02, 0x05): Quantity("public holidays", "", number(2, 0)),
    (0x03, 0x06): Quantity("current transformer ratio", "", number(3, 0)),  # [M]
    (0x03, 0x07): Quantity("voltage transformer ratio", "", number(3, 0)),  # [M]
    (0x04, 0x01): Quantity("communication address", "", digits(6)),
    (0x04, 0x02): Quantity("meter number", "", digits(6)),
    (0x04, 0x03): Quantity("asset code", "", text(32)),
    (0x04, 0x04): Quantity("rated voltage", "", text(6)),
    (0x04, 0x05): Quantity("rated current", "", text(6)),
    (0x04, 0x06): Quantity("maximum current", "", text(6)),
    (0x04, 0x07): Quantity("active accuracy class", "", text(4)),
    (0x04, 0x08): Quantity("reactive accuracy class", "", text(4)),
    (0x04, 0x09): Quantity("active meter constant", "imp/kWh", number(3, 0)),
    (0x04, 0x0A): Quantity("reactive meter constant", "imp/kvarh", number(3, 0)),
    (0x04, 0x0B): Quantity("meter model", "", text(10)),
    (0x04, 0x0C): Quantity("production date", "", text(10)),
    (0x04, 0x0D): Quantity("protocol version", "", text(16)),
    (0x09, 0x01): Quantity("load record mode word", "", flags(1, LOAD_CLASSES)),
    **{
        (0x0A, 1 + number_of_class): Quantity(
            f"load record interval, class {number_of_class}", "min", number(2, 0)
        )
        for number_of_class in range(1, 7)
    },
}
"""Parameters 04 00 xx yy, by DI1 and DI0; the date 04 00 01 01 and status words are apart."""

DATE = Quantity("clock, date", "", DAY)
WEEKDAY = Quantity("clock, weekday (0 is Sunday)", "", number(1, 0))
OCCURRED = Quantity("occurred at", "", MOMENT)

FREEZES = {
    0x00: "timed freeze",
    0x01: "instant freeze",
    0x02: "freeze at switch of time zone tables",
    0x03: "freeze at switch of time slot tables",
    0x04: "hourly freeze",
    0x05: "freeze at switch of tariffs",  # [M]
    0x06: "daily freeze",
}
"""What made the meter keep its registers, by DI2 of 05 xx d n."""
