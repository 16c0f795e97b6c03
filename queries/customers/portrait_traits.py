"""What sets a customer apart, told by rules from its portrait: the words are the page's."""

from collections.abc import Mapping
from dataclasses import dataclass

LIKELY = 0.8
"""Likelihood from which on a thing is said to be there."""
FEW_READINGS_SHARE = 0.95
TREND_ERRORS = 2.0
"""Standard errors by which a trend must differ from none."""
LEAST_TREND_SHARE = 0.08
LOW_POWER_FACTOR = 0.85
"""Below every standard of the adjustment by power factor but that of agriculture (0.80)."""
FULL_SHARE, IDLE_SHARE = 1.0, 0.35
"""Of the capacity, at the highest load of a year."""
SMALL_CAPACITY_KVA = 50.0
"""Below this an idle capacity costs its customer nothing: no basic charge hangs on it."""
REGULAR, IRREGULAR = 0.7, 0.15
COOLING_FROM_C = 15.0
"""What rises with the temperature from colder on is a season of work, or a cold room."""
MOST = 4
"""Traits told at once; what is below is in the drill-down."""

Compared = Mapping[str, tuple[float | None, float | None, float | None]]
"""Value, low and high quartile of its class by feature; None: unknown."""


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing worth saying: its code, and the figure behind it where there is one."""

    code: str
    value: float | None = None


def level(compared: Compared) -> str:
    """How much is used beside others of the class: more, less, alike; unknown, alone."""
    value, low, high = compared["annual_kwh"]
    if value is None:
        return "unknown"
    if low is None or high is None:
        return "alone"
    return "more" if value > high else "less" if value < low else "alike"


def part_of_day(portrait: Mapping[str, float | None]) -> str | None:
    """The part of the day with the highest mean load; None: not known."""
    hours = {"night": 8, "morning": 5, "midday": 6, "evening": 5}
    shares = {part: portrait[f"{part}_share"] for part in hours}
    known = {part: share / hours[part] for part, share in shares.items() if share is not None}
    return max(known, key=lambda part: known[part]) if known else None


def traits(portrait: Mapping[str, object], compared: Compared) -> list[Trait]:
    """What is worth saying first of a customer, most telling first, at most MOST."""
    found = [
        *_doubts(portrait),
        *_equipment(portrait),
        *_contract(portrait),
        *_change(portrait),
        *_habits(portrait, compared),
    ]
    return found[:MOST]


def _number(portrait: Mapping[str, object], name: str) -> float | None:
    value = portrait[name]
    return float(value) if isinstance(value, int | float) else None


def _doubts(portrait: Mapping[str, object]) -> list[Trait]:
    read = _number(portrait, "actual_share")
    return [Trait("few_readings", read)] if read is not None and read < FEW_READINGS_SHARE else []


def _equipment(portrait: Mapping[str, object]) -> list[Trait]:
    kinds = ("heating", "vehicle", "solar")
    likely = ((kind, _number(portrait, f"{kind}_likelihood")) for kind in kinds)
    return [Trait(kind, value) for kind, value in likely if value is not None and value >= LIKELY]


def _contract(portrait: Mapping[str, object]) -> list[Trait]:
    used, capacity = _number(portrait, "capacity_use_share"), _number(portrait, "capacity_kva")
    factor = _number(portrait, "power_factor")
    found = []
    if used is not None and used > FULL_SHARE:
        found.append(Trait("over_capacity", used))
    if used is not None and used < IDLE_SHARE and (capacity or 0) >= SMALL_CAPACITY_KVA:
        found.append(Trait("idle_capacity", used))
    if factor is not None and factor < LOW_POWER_FACTOR:
        found.append(Trait("low_power_factor", factor))
    return found


def _change(portrait: Mapping[str, object]) -> list[Trait]:
    trend, error = (_number(portrait, f"trend_{n}") for n in ("share_per_year", "error_share"))
    if trend is None or error is None:
        return []
    if abs(trend) < max(TREND_ERRORS * error, LEAST_TREND_SHARE):
        return []
    return [Trait("grows" if trend > 0 else "shrinks", trend)]


def _habits(portrait: Mapping[str, object], compared: Compared) -> list[Trait]:
    found = []
    status = portrait["festival_status"]
    if status in {"vacant", "returning"}:
        kind = "home" if portrait["customer_class"] == "residential" else "business"
        found.append(Trait(f"festival_{status}_{kind}", _number(portrait, "festival_ratio")))
    cooling, above_c = _number(portrait, "cooling_share"), _number(portrait, "cooling_above_c")
    if (
        cooling
        and above_c is not None
        and above_c >= COOLING_FROM_C
        and _is_high(compared, "cooling_share")
    ):
        found.append(Trait("cooling", cooling))
    night = _number(portrait, "night_share")
    if night is not None and _is_high(compared, "night_share"):
        found.append(Trait("night", night))
    regular = _number(portrait, "regularity")
    if regular is not None and regular >= REGULAR:
        found.append(Trait("regular", regular))
    if regular is not None and regular <= IRREGULAR:
        found.append(Trait("irregular", regular))
    return found


def _is_high(compared: Compared, feature: str) -> bool:
    value, _, high = compared[feature]
    return value is not None and high is not None and value > high
