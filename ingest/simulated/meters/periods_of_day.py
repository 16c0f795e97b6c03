"""In which tariff register a meter counts when: the programmes that meters of the district run.

A meter counts by the programme stored in it, which may lag the notice by years.
"""

from dataclasses import dataclass

import numpy as np

from ingest.simulated.surroundings.span import Span
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

REGISTERS = ("sharp", "peak", "flat", "valley")
"""Tariff registers (尖峰平谷) in the order of their numbers."""

_SHARP, _PEAK, _FLAT, _VALLEY = range(4)


@dataclass(frozen=True, slots=True)
class Programme:
    """Hours of a meter's registers, local standard time.

    Attributes:
        source: The notice it follows.
        peak, valley, sharp: From and to ("HH:MM", half-open); all else is flat. Sharp replaces
            what lies beneath.
        sharp_months: In which sharp hours hold.
    """

    source: str
    peak: tuple[tuple[str, str], ...]
    valley: tuple[tuple[str, str], ...]
    sharp: tuple[tuple[str, str], ...] = ()
    sharp_months: tuple[int, ...] = ()


PROGRAMMES = {
    "liaoning_2023": Programme(
        source="辽发改价格〔2023〕441号",
        peak=(("07:30", "10:30"), ("16:00", "21:00")),
        valley=(("11:30", "12:30"), ("22:00", "24:00"), ("00:00", "05:00")),
        sharp=(("17:00", "19:00"),),
        sharp_months=(1, 7, 8, 12),
    ),
    # Recalled, not verified against the notice that held before.
    "before_2023": Programme(
        source="as recalled, not verified",
        peak=(("08:00", "11:00"), ("17:00", "22:00")),
        valley=(("22:00", "24:00"), ("00:00", "05:00")),
    ),
}
"""Programmes by name."""


def register_of_slots(programme: str, span: Span) -> np.ndarray:
    """The number in ``REGISTERS`` of every slot, uint8 (slots,)."""
    if programme not in PROGRAMMES:
        raise ValueError(
            f"no meter programme '{programme}': expected one of {', '.join(PROGRAMMES)}. "
            "Add it to PROGRAMMES in ingest/simulated/meters/periods_of_day.py."
        )
    hours = PROGRAMMES[programme]
    plain = np.full(SLOTS_PER_DAY, _FLAT, dtype=np.uint8)
    _fill(plain, hours.valley, _VALLEY)
    _fill(plain, hours.peak, _PEAK)
    sharpened = plain.copy()
    _fill(sharpened, hours.sharp, _SHARP)
    is_sharp = np.array([day.month in hours.sharp_months for day in span.dates])
    return np.where(is_sharp[:, None], sharpened, plain).ravel()


def _fill(slots: np.ndarray, periods: tuple[tuple[str, str], ...], register: int) -> None:
    for start, end in periods:
        slots[_slot(start) : _slot(end)] = register


def _slot(clock: str) -> int:
    hour, minute = clock.split(":")
    return (int(hour) * 60 + int(minute)) // SLOT_MINUTES
