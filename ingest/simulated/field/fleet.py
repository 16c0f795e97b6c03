"""A whole field: terminals of both kinds with their meters, and what the register knows of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import cycle
from zoneinfo import ZoneInfo

import polars as pl

from ingest.collection.wants import Meter
from ingest.simulated.field.curves import plausible_meters
from ingest.simulated.field.dialling import DialIn
from ingest.simulated.field.dlt698_security import Security
from ingest.simulated.field.dlt698_terminal import Terminal698
from ingest.simulated.field.faults import Faults
from ingest.simulated.field.gdw1376_terminal import Terminal1376
from ingest.simulated.field.lasting import offline_days, overcount_of, with_lasting_faults
from ingest.simulated.field.meters import CHINA, DAY, FieldMeter
from ingest.simulated.field.store import Store
from ingest.simulated.field.terminals import site
from queries.schema import METERS

_1376_EVERY, _645_EVERY = 4, 5
_CATCHES_UP_AFTER = timedelta(hours=1)
_REGION = "3301"
_FIRST_TERMINAL = 900_000_000_000


@dataclass(frozen=True, slots=True)
class Fleet:
    """Terminals, ready to dial in.

    Attributes:
        terminals: One after another.
        meters: All of their meters.
        wanted: The same meters as a collection reaches them.
    """

    terminals: tuple[DialIn, ...]
    meters: tuple[FieldMeter, ...]
    wanted: tuple[Meter, ...]


def fleet(  # noqa: PLR0913 - each says something else about it
    terminals: int,
    meters_each: int,
    clock: Callable[[], datetime],
    *,
    begin: datetime,
    days: int,
    seed: int = 0,
    faults: Faults | None = None,
    missed_share: float = 0.0,
    reports_since: datetime | None = None,
    is_measuring: bool = False,
    security: Security = Security.ANSWERS,
    energy_scalers: Sequence[int] = (-2,),
    zone: ZoneInfo = CHINA,
) -> Fleet:
    """Terminals with as many meters each; every fourth speaks Q/GDW 376.1, the others 698.45.

    Every fifth meter of a 698.45 terminal speaks DL/T 645, and all of the others'. What a 376.1
    terminal missed it makes good an hour later, as nobody else could.

    Args:
        terminals: How many.
        meters_each: How many each reads.
        clock: Gives the true time [UTC].
        begin: A local midnight [UTC], at which curves begin.
        days: How long they are.
        seed: The same gives the same.
        faults: By whose rate meters lose power or have wrong clocks, and terminals are away or say
            that they read meters which are not there.
        missed_share: Of their readings that terminals miss (0-1).
        reports_since: Readings later than this are reported unasked [UTC]; None: none are.
        is_measuring: Whether meters record voltages, currents and powers.
        security: What terminals of 698.45 do about SECURITY.
        energy_scalers: That meters of 698.45 behind them have in turn.
        zone: Whose standard time they keep.
    """
    lasting = faults or Faults()
    made: list[DialIn] = []
    meters: list[FieldMeter] = []
    wanted: list[Meter] = []
    for number in range(terminals):
        speaks_1376 = number % _1376_EVERY == _1376_EVERY - 1
        first = number * meters_each + 1
        behind = plausible_meters(
            meters_each,
            begin=begin,
            days=days,
            seed=seed,
            first_number=first,
            is_measuring=is_measuring,
            zone=zone,
        )
        behind = [
            replace(one, protocol="dlt645") if speaks_1376 or place % _645_EVERY == 0 else one
            for place, one in enumerate(behind, start=1)
        ]
        if not speaks_1376:
            behind = _counting_in(behind, energy_scalers)
        behind = with_lasting_faults(behind, lasting, begin, begin + DAY * days)
        address = f"{_REGION}{number + 1:05d}" if speaks_1376 else f"{_FIRST_TERMINAL + number + 1}"
        place = site(
            address,
            behind,
            clock,
            store=Store(
                missed_share=missed_share,
                seed=seed,
                catches_up_after=_CATCHES_UP_AFTER if speaks_1376 else None,
            ),
            offline=offline_days(address, lasting, begin, days),
            overcount=overcount_of(address, lasting),
            zone=zone,
        )
        made.append(
            Terminal1376(place)
            if speaks_1376
            else Terminal698(place, reports_since=reports_since, security=security)
        )
        meters += behind
        wanted += [as_wanted(one, address, point) for point, one in enumerate(behind, start=1)]
    return Fleet(tuple(made), tuple(meters), tuple(wanted))


def _counting_in(meters: Iterable[FieldMeter], scalers: Sequence[int]) -> list[FieldMeter]:
    """The meters, those of 698.45 with these scalers in turn."""
    turn = cycle(scalers)
    return [
        replace(one, energy_scaler=next(turn)) if one.protocol == "dlt698" else one
        for one in meters
    ]


def as_wanted(meter: FieldMeter, terminal: str | None, point: int | None = None) -> Meter:
    """A meter as a collection reaches it: through ``terminal``, or directly."""
    return Meter(
        address=meter.address,
        usage_point_id=meter.usage_point_id,
        meter_id=meter.meter_id,
        terminal=terminal,
        protocol=meter.protocol,
        interval_minutes=meter.interval_minutes,
        channels=tuple(meter.counts),
        measurements=meter.is_measuring,
        measuring_point=point,
    )


def register_rows(meters: Iterable[FieldMeter], first_day: date, known: datetime) -> pl.DataFrame:
    """Rows of ``meters`` that say of which ratio and how many digits they are.

    Args:
        meters: Which.
        first_day: Since when they hang where they hang.
        known: Since when that is known [UTC].
    """
    rows = [
        {
            "meter_id": meter.meter_id,
            "usage_point_id": meter.usage_point_id,
            "interval_minutes": meter.interval_minutes,
            "current_ratio": float(meter.ratio),
            "voltage_ratio": 1.0,
            "register_digits": meter.digits,
            "valid_from": first_day,
            "known_from": known,
        }
        for meter in meters
    ]
    return pl.DataFrame(rows, schema=METERS.schema)
