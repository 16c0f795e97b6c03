"""What meters report by themselves: traces of what was planted, outages, and false alarms.

Codes as in DL/T 698.45.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from json import dumps

import numpy as np
import polars as pl

from ingest.simulated.customers.premise import Premise
from ingest.simulated.planted.clock import SLOTS_PER_MONTH, is_wrong_clock
from ingest.simulated.planted.meter_life import in_use
from ingest.simulated.planted.metering import Registered
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import Planted
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY, UTC_INSTANT

EVENTS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "event_code": pl.String(),
        "occurred_at": UTC_INSTANT,
        "ended_at": UTC_INSTANT,
        "detail": pl.String(),
    }
)
"""METER_EVENTS without what the meter's number and the lake add."""

_VOLTAGE_LOSS = "3000"  # 失压
_PHASE_LOSS = "3003"  # 断相
_CURRENT_LOSS = "3004"  # 失流
_REVERSED_FLOW = "3007"  # 潮流反向
_POWER_OFF = "3011"  # 掉电
_COVER_OPENED = "301B"  # 开盖
_TERMINAL_COVER_OPENED = "301C"  # 开端钮盖
_MAGNET = "302A"  # 恒定磁场干扰
_CLOCK = "3105"  # 时钟超差
_DECREASE = "310B"  # 示度下降
_OUT_OF_TOLERANCE = "310C"  # 超差
_STOPPED = "310E"  # 停走

_BY_KIND = {
    "bypass_share": (_TERMINAL_COVER_OPENED, 0.35),
    "night_bypass": (_TERMINAL_COVER_OPENED, 0.3),
    "winter_bypass": (_TERMINAL_COVER_OPENED, 0.3),
    "shunted_phase": (_CURRENT_LOSS, 0.6),
    "replaced_meter": (_COVER_OPENED, 1.0),
    "clock_shift": (_CLOCK, 0.5),
    "stopped": (_STOPPED, 0.6),
    "fast": (_OUT_OF_TOLERANCE, 0.25),
    "slow": (_OUT_OF_TOLERANCE, 0.25),
    "reversed_ct": (_REVERSED_FLOW, 0.9),
    "lost_voltage": (_VOLTAGE_LOSS, 0.95),
    "lost_phase": (_PHASE_LOSS, 0.95),
    "decreasing": (_DECREASE, 0.8),
    "drift": (_CLOCK, 0.7),
}
"""The event a planted thing may raise, and how likely it does."""
_MOMENTARY = {_COVER_OPENED, _TERMINAL_COVER_OPENED, _DECREASE, _OUT_OF_TOLERANCE}
_NOTICED_AFTER_DAYS = {"stopped": 3, "fast": 10, "slow": 10}
"""The terminal compares days before it says so."""
_DAYS_PER_YEAR = 365.25
_SLOTS_PER_HOUR = SLOTS_PER_DAY // 24
_CLOCK_LIMIT_MINUTES = 5.0
_MAGNET_NOTICED_SHARE = 0.3
_OUTAGE_REPORTED_SHARE = 0.97
_FALSE_PER_YEAR = {
    _COVER_OPENED: 0.01,
    _TERMINAL_COVER_OPENED: 0.04,  # maintenance
    _MAGNET: 0.01,
    _CLOCK: 0.005,
    _PHASE_LOSS: 0.02,
    _VOLTAGE_LOSS: 0.02,
}
_NEED_THREE_PHASES = {_PHASE_LOSS, _VOLTAGE_LOSS}

_Row = tuple[str, float, float | None, dict]
"""Code, first and last moment [slots], detail."""


def events(
    premise: Premise,
    planted: Sequence[Planted],
    outages_slots: Sequence[tuple[int, int]],
    shown: Registered,
    setting: Setting,
) -> pl.DataFrame:
    """The events of one usage point (EVENTS), in order of time.

    Not every planted thing raises one, and not every event has a cause: that is why they prove
    nothing alone. What moved no energy, because nobody was there, raises none.

    Args:
        premise: Whose meter.
        planted: What was planted on it.
        outages_slots: First slot of every outage, and the first slot after.
        shown: What became of the energy of ``planted``.
        setting: Seed and time.
    """
    own = stream(setting.seed, "meter events", premise.number)
    span = setting.span
    rows: list[_Row] = []
    for first, last in outages_slots:
        if own.random() < _OUTAGE_REPORTED_SHARE:
            rows.append((_POWER_OFF, first, last, {}))
    for thing, energy_wh in zip(planted, shown.energies_wh, strict=True):
        rows += _raised(thing, energy_wh, premise, span, own)
    rows += _false_alarms(premise, span, own)
    within = {(row[0], row[1]): row for row in rows if 0 <= row[1] < span.slots}
    return pl.DataFrame(
        [
            {
                "usage_point_id": premise.usage_point_id,
                "event_code": code,
                "occurred_at": _instant(first, span),
                "ended_at": None if last is None else _instant(last, span),
                "detail": dumps(detail, sort_keys=True) if detail else None,
            }
            for code, first, last, detail in sorted(
                within.values(), key=lambda row: (row[1], row[0])
            )
        ],
        schema=EVENTS,
    )


def _instant(slot: float, span: Span) -> datetime:
    return span.instant(0) + timedelta(seconds=round(slot * SLOT_MINUTES * 60))


def _raised(
    thing: Planted, energy_wh: int | None, premise: Premise, span: Span, own: np.random.Generator
) -> list[_Row]:
    """What a planted thing makes the meter say. Phases are those of its detail."""
    if energy_wh == 0 and not is_wrong_clock(thing):
        return []
    rows: list[_Row] = []
    first, last = thing.first_slot, thing.last_slot
    if thing.kind == "exchange" or {"found_by", "ended_by"} & thing.detail.keys():
        # Whoever exchanges, repairs or inspects opens the cover of the terminals.
        visited = first if thing.kind == "exchange" else last
        if thing.detail.get("ended_by") in {None, "repair"}:
            rows.append((_TERMINAL_COVER_OPENED, visited, visited + own.uniform(0.5, 3.0), {}))
    if thing.kind == "magnet_days":
        rows += _magnets(thing, own)
    code, share = _BY_KIND.get(thing.kind, ("", 0.0))
    if own.random() >= share:
        return rows
    began = first + _delay_slots(thing)
    if code in _MOMENTARY:
        if not thing.detail.get("began_before_span"):
            rows.append((code, began, began + own.uniform(0.2, 4.0), {}))
    elif began < last:
        phase = thing.detail.get("phase")
        detail = {"phase": phase} if phase and premise.phases == "ABC" else {}
        rows.append((code, began, None if last >= span.slots else last, detail))
    return rows


def _delay_slots(thing: Planted) -> float:
    """How long it takes until the meter or the terminal notices."""
    if thing.kind == "drift":
        to_go_minutes = _CLOCK_LIMIT_MINUTES - abs(thing.detail["offset_minutes"])
        return max(to_go_minutes, 0.0) / abs(thing.amount) * SLOTS_PER_MONTH
    return _NOTICED_AFTER_DAYS.get(thing.kind, 0) * SLOTS_PER_DAY


def _magnets(theft: Planted, own: np.random.Generator) -> list[_Row]:
    rows: list[_Row] = []
    for day in theft.detail["days"]:
        noticed, hour, hours = own.random(), own.uniform(6.0, 20.0), own.uniform(0.1, 3.0)
        if noticed < _MAGNET_NOTICED_SHARE:
            first = day * SLOTS_PER_DAY + hour * _SLOTS_PER_HOUR
            if theft.first_slot <= first < theft.last_slot:
                rows.append((_MAGNET, first, first + hours * _SLOTS_PER_HOUR, {}))
    return rows


def _false_alarms(premise: Premise, span: Span, own: np.random.Generator) -> list[_Row]:
    """Events without any of the causes that are planted."""
    rows: list[_Row] = []
    years = span.days / _DAYS_PER_YEAR
    counts = own.poisson([rate * years for rate in _FALSE_PER_YEAR.values()]).tolist()
    first_day, last_day = in_use(premise, span)
    for code, count in zip(_FALSE_PER_YEAR, counts, strict=True):
        if code in _NEED_THREE_PHASES and premise.phases != "ABC":
            continue
        for _ in range(count):
            # By day, as maintenance is; a few minutes to an hour.
            first = int(own.integers(first_day, last_day)) * SLOTS_PER_DAY + own.uniform(32, 72)
            detail = {}
            if code in _NEED_THREE_PHASES:
                detail = {"phase": "ABC"[int(own.integers(3))]}
            rows.append((code, float(first), float(first + own.uniform(0.1, 4.0)), detail))
    return rows
