"""One value of an MQTT message, by what its profile says it means."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal, localcontext

from ingest.collection.mqtt.found import About, Energy, Found, Place
from ingest.collection.mqtt.number import number
from ingest.collection.mqtt.value_rule import ValueRule
from ingest.day_rows import Freeze, Slot
from ingest.profiles import stored_interval
from ingest.register_energy import COUNTS_PER_KWH
from queries.schema import SLOT_MINUTES

_CLOCK_ALLOWANCE = timedelta(days=1)
_WH_PER_KWH = 1000
_MOST_KWH = {"energy": Decimal(2_147_483), "register": Decimal(10**10), "freeze": Decimal(10**10)}
"""Of an interval: what 31 bits of Wh hold; of a register: far more than any has digits for."""
_MOST_MEASURED = Decimal(10**12)
_A_COUNT = Decimal(1) / COUNTS_PER_KWH


def take_value(found: Found, place: Place, about: About, rule: ValueRule, stood: object) -> None:
    """Take a value, or say why it cannot be taken."""
    value = number(stood)
    if value is None:
        return
    if isinstance(value, str):
        place.refuse(found, rule.path, value, stood)
        return
    with localcontext() as context:
        context.prec = 40
        value = value * rule.factor
    arrived = place.message.at
    if arrived is not None and about.at > arrived + _CLOCK_ALLOWANCE:
        reason = (
            f"its time, {found.standard(about.at)}, is more than a day after it arrived; "
            "check the meter's clock and time_format"
        )
        place.refuse(found, place.profile.time, reason, place.value(place.profile.time))
        return
    most = _MOST_KWH.get(rule.kind, _MOST_MEASURED)
    if abs(value) > most:
        reason = f"more than {most:,} in the unit of the lake; check unit and multiplier"
        place.refuse(found, rule.path, reason, stood)
    elif value < 0 and rule.kind != "measurement":
        reason = "below 0; expected energy counted by direction, each with its own channel"
        place.refuse(found, rule.path, reason, stood)
    else:
        _TAKE[rule.kind](found, place, about, rule, value)


def _take_energy(found: Found, place: Place, about: About, rule: ValueRule, kwh: Decimal) -> None:
    minutes = about.interval_minutes
    if minutes % SLOT_MINUTES:
        reason = f"energy of {minutes} min; expected a multiple of 15, or registers"
        place.refuse(found, rule.path, reason, kwh)
        return
    snapped = _snapped(found, place, about, SLOT_MINUTES)
    start = about.at if snapped is None else found.instant(snapped, about.at)
    if place.profile.label == "end":
        start -= timedelta(minutes=minutes)
    found.energies.append(
        Energy(
            about.meter.usage_point_id,
            rule.channel or "",
            start,
            minutes,
            float(kwh * _WH_PER_KWH),
            about.quality,
            about.issued_at,
            place.message,
            f"{place.name}.{rule.path.text}".lstrip("."),
        )
    )


def _snapped(found: Found, place: Place, about: About, minutes: int) -> datetime | None:
    return found.snapped(about.at, minutes, place.profile.snap_seconds)


def _curve(found: Found, place: Place, about: About, *names: str) -> Iterator[tuple[tuple, int]]:
    """Key and slot of a value at an instant of its curve; nothing between its quarters of an hour.

    A value in between is none of the curve that the lake keeps, and stays in ``raw`` alone.
    """
    minutes = stored_interval(about.interval_minutes)
    at = _snapped(found, place, about, minutes)
    if at is not None:
        key = (about.meter.usage_point_id, *names, at.date(), minutes, about.issued_at)
        yield key, (at.hour * 60 + at.minute) // SLOT_MINUTES


def _take_register(found: Found, place: Place, about: About, rule: ValueRule, kwh: Decimal) -> None:
    """A point of the curve; what was read at no whole interval is a reading by itself."""
    if _snapped(found, place, about, about.interval_minutes) is None:
        _take_freeze(found, place, about, rule, kwh)
        return
    counts = int((kwh * COUNTS_PER_KWH).to_integral_value())
    for key, slot in _curve(found, place, about, about.meter.meter_id, rule.channel or ""):
        found.points.append(Slot(key, slot, about.quality, counts))


def _take_measurement(
    found: Found, place: Place, about: About, rule: ValueRule, value: Decimal
) -> None:
    if _snapped(found, place, about, about.interval_minutes) is None:
        reason = (
            f"measured at {found.standard(about.at)} standard time, at no whole interval of "
            f"{about.interval_minutes} min; write snap_seconds into the profile if its clock is off"
        )
        place.refuse(found, rule.path, reason, value)
        return
    for key, slot in _curve(found, place, about, rule.measurement or ""):
        found.measured.append(Slot(key, slot, about.quality, float(value)))


def _take_freeze(found: Found, place: Place, about: About, rule: ValueRule, kwh: Decimal) -> None:
    local = found.standard(about.at)
    if rule.kind == "freeze" and place.profile.freeze_time == "day":
        day = local.replace(hour=0, minute=0, second=0, microsecond=0)
        local = day + timedelta(days=1)
    found.frozen.append(
        Freeze(
            about.meter.usage_point_id,
            about.meter.meter_id,
            rule.channel or "",
            rule.register,
            # A freeze of midnight closes the day before.
            (local - timedelta(microseconds=1)).date(),
            found.instant(local, about.at),
            kwh.quantize(_A_COUNT),
            about.quality,
            about.issued_at,
        )
    )


_TAKE = {
    "energy": _take_energy,
    "register": _take_register,
    "freeze": _take_freeze,
    "measurement": _take_measurement,
}
