"""What MQTT messages say, by their profiles, as a batch for the lake."""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NoReturn
from zoneinfo import ZoneInfo

import polars as pl

from ingest.batch import EXCERPT_CHARACTERS, PROFILES_READ, REJECTS, Batch
from ingest.collection.exchange import Exchange
from ingest.collection.mqtt.found import Arrived, Found, Place, Refusal
from ingest.collection.mqtt.path import Scope
from ingest.collection.mqtt.profile import MqttProfile
from ingest.collection.mqtt.reading import take_reading
from ingest.collection.mqtt.time import time_reader
from ingest.collection.wants import Meter
from ingest.day_rows import freezes, measurement_days, register_days
from ingest.profiles import READINGS_LONG, from_long


def arrived(exchange: Exchange, line: int | None = None) -> Arrived:
    """A kept exchange as the message it was; ``line`` is where it is kept."""
    topic = exchange.source.partition("/")[2]
    return Arrived(topic, exchange.answer, exchange.at, line)


def decode_message(
    profile: MqttProfile,
    topic: str,
    payload: bytes,
    zone: ZoneInfo,
    meters: Mapping[str, Meter],
) -> Batch:
    """What one message says; see ``decode_messages``."""
    return decode_messages([profile], [Arrived(topic, payload)], zone, meters)


def decode_messages(
    profiles: Sequence[MqttProfile],
    messages: Iterable[Arrived],
    zone: ZoneInfo,
    meters: Mapping[str, Meter],
) -> Batch:
    """What messages say, each by the first profile whose topic it has.

    Args:
        profiles: How to read them.
        messages: As they came.
        zone: Of the clocks that say no offset, and of the days.
        meters: Whose readings they may hold, by the number that the messages give.

    Returns:
        Energies of intervals as ``profiles``, registers at whole intervals as ``points``, frozen
        ones as ``registers``, ``measurements``; and what was refused, with topic, place and what
        was expected. Nothing escapes as an exception, whatever the bytes.
    """
    found = Found(zone, meters)
    readers = [(one, time_reader(one.time_format, one.clock, zone)) for one in profiles]
    for message in messages:
        for profile, read_time in readers:
            parts = profile.topic.match(message.topic)
            if parts is not None:
                scope = Scope((), parts)
                _take_message(found, Place(message, profile, read_time, scope, ""))
                break
        else:
            known = ", ".join(f"'{one.topic.text}'" for one in profiles)
            reason = f"no profile is for this topic; there are some for {known}"
            found.refused.append(Refusal(message, "topic", reason, message.topic))
    return _batch(found)


def _take_message(found: Found, place: Place) -> None:
    try:
        content = _JSON.decode(place.message.payload.decode("utf-8-sig"))
    # Decimal's refusal of an endless exponent is an ArithmeticError.
    except (ValueError, ArithmeticError, RecursionError) as error:
        place.refuse(found, None, f"no JSON: {error}", place.message.payload)
        return
    for name, nest in place.profile.readings.each(content):
        scope = place.scope if isinstance(nest, str) else Scope(nest, place.scope.topic)
        one = Place(place.message, place.profile, place.read_time, scope, name.lstrip("."))
        if isinstance(nest, str):
            one.refuse(found, None, f"expected {nest} here", content)
        else:
            take_reading(found, one)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number; expected null where a value is missing")


def _each_key_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key '{twice}' comes twice in one object")
    return found


_JSON = json.JSONDecoder(
    parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_each_key_once
)


def _batch(found: Found) -> Batch:
    profiles, refused = _energy_profiles(found)
    found.refused += refused
    return Batch(
        profiles=profiles,
        points=register_days(found.points),
        registers=freezes(found.frozen),
        measurements=measurement_days(found.measured),
        rejects=_rejects(found.refused),
    )


def _energy_profiles(found: Found) -> tuple[pl.DataFrame, list[Refusal]]:
    if not found.energies:
        return PROFILES_READ.to_frame(), []
    rows = [(*one[:7], number) for number, one in enumerate(found.energies)]
    readings = pl.DataFrame(rows, schema=READINGS_LONG, orient="row")
    profiles, refused = from_long(readings, found.zone)
    refusals = []
    for row in refused.iter_rows(named=True):
        one = found.energies[row["line"]]
        refusals.append(Refusal(one.message, one.place, row["reason"], one.energy_wh))
    return profiles, refusals


def _rejects(refused: list[Refusal]) -> pl.DataFrame:
    rows = [
        (
            one.message.line,
            None,
            _plain(one.place) or None,
            _plain(f"topic '{one.message.topic}': {one.reason}"),
            _plain(_shown(one.stood)),
        )
        for one in refused
    ]
    return pl.DataFrame(rows, schema=REJECTS, orient="row")


def _shown(stood: object) -> str | None:
    if stood is None:
        return None
    if isinstance(stood, bytes):
        return stood[:EXCERPT_CHARACTERS].decode("utf-8", "replace")
    text = stood if isinstance(stood, str) else json.dumps(stood, ensure_ascii=False, default=str)
    return text[:EXCERPT_CHARACTERS]


def _plain(text: str | None) -> str | None:
    """``text`` without the halves of characters that JSON can smuggle in."""
    return None if text is None else text.encode("utf-8", "replace").decode("utf-8")
