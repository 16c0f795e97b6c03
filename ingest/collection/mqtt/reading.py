"""One reading of an MQTT message: whose it is, when, and every value in it."""

from datetime import datetime, timedelta
from decimal import Decimal

from ingest.collection.mqtt.found import About, Found, Place
from ingest.collection.mqtt.number import number
from ingest.collection.mqtt.path import ABSENT, Path
from ingest.collection.mqtt.value import take_value
from ingest.collection.mqtt.value_rule import ValueRule
from ingest.collection.wants import Meter
from ingest.profiles import MINUTES_PER_DAY
from queries.schema import QUALITIES

_MISSING_QUALITY = "N"
_LONGEST_ARRAY = timedelta(days=366)


def take_reading(found: Found, place: Place) -> None:
    """Take a reading, or say what in it cannot be taken."""
    about = _about(found, place)
    if about is None:
        return
    rules, is_named = _rules(place)
    present = [(rule, rule.path.find(place.scope)) for rule in rules]
    present = [(rule, value) for rule, value in present if value is not ABSENT]
    if not present and is_named:
        paths = ", ".join(f"'{rule.path.text}'" for rule in rules)
        place.refuse(found, None, f"there is no value; expected {paths}")
    for rule, value in present:
        if isinstance(value, list):
            _take_array(found, place, about, rule, value)
        else:
            take_value(found, place, about, rule, value)


def _take_array(
    found: Found, place: Place, about: About, rule: ValueRule, values: list[object]
) -> None:
    step = timedelta(minutes=about.interval_minutes)
    if len(values) * step > _LONGEST_ARRAY:
        reason = f"{len(values)} values of {about.interval_minutes} min; expected at most a year"
        place.refuse(found, rule.path, reason)
        return
    for number_, value in enumerate(values):
        take_value(found, place, about._replace(at=about.at + number_ * step), rule, value)


def _rules(place: Place) -> tuple[list[ValueRule], bool]:
    """The rules for this reading, and whether it must have one of their values.

    A quantity that no rule names is not asked for: meters send more than a utility wants.
    """
    profile = place.profile
    if profile.value_name is None:
        return list(profile.values), True
    name = place.value(profile.value_name)
    rules = [rule for rule in profile.values if rule.name == str(name)]
    return rules, bool(rules)


def _about(found: Found, place: Place) -> About | None:
    profile = place.profile
    meter = _meter(found, place)
    at = _time(found, place, profile.time)
    quality = _quality(found, place)
    issued_at = None
    if profile.issued_at is not None and place.value(profile.issued_at) is not None:
        issued_at = _time(found, place, profile.issued_at)
        if issued_at is None:
            return None
    if meter is None or at is None or quality is None or quality == _MISSING_QUALITY:
        return None
    interval = _interval(found, place, meter)
    return None if interval is None else About(meter, at, interval, quality, issued_at)


def _meter(found: Found, place: Place) -> Meter | None:
    path = place.profile.meter
    value = place.value(path)
    is_number = isinstance(value, (str, int)) and not isinstance(value, bool)
    name = str(value) if is_number else ""
    # A number written without its leading zeros is the same address.
    meter = found.meters.get(name) or found.meters.get(name.zfill(12))
    if meter is None:
        reason = "no meter of this collector; add it there with its usage point"
        place.refuse(found, path, reason if name else "expected the number of a meter", value)
    return meter


def _time(found: Found, place: Place, path: Path) -> datetime | None:
    value = place.value(path)
    at = place.read_time(value)
    if isinstance(at, str):
        place.refuse(found, path, f"no time; expected {at}", value)
        return None
    return at


def _quality(found: Found, place: Place) -> str | None:
    path = place.profile.quality
    value = None if path is None else place.value(path)
    if path is None or value is None:
        return "A"
    words = place.profile.qualities or {letter: letter for letter in QUALITIES}
    # JSON says true, TOML's keys are texts.
    word = str(value).lower() if isinstance(value, bool) else str(value)
    if word not in words:
        place.refuse(found, path, f"unknown quality; expected one of {', '.join(words)}", value)
    return words.get(word)


def _interval(found: Found, place: Place, meter: Meter) -> int | None:
    path = place.profile.interval
    if path is None:
        return place.profile.interval_minutes or meter.interval_minutes
    value = place.value(path)
    minutes = number(value)
    if isinstance(minutes, Decimal) and 1 <= minutes <= MINUTES_PER_DAY:
        whole = int(minutes)
        if whole == minutes and MINUTES_PER_DAY % whole == 0:
            return whole
    place.refuse(found, path, "no interval; expected minutes that divide the day", value)
    return None
