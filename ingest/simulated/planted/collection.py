"""What the way from the meter to the lake loses, delays, estimates, garbles and repeats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from ingest.profiles import QUALITY_RANK
from ingest.simulated.customers.premise import Premise
from ingest.simulated.grid.place import Place
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import Planted
from queries.schema import SLOTS_PER_DAY

_US_PER_DAY = 24 * 3600 * 1_000_000
_FIRST_ISSUE_US = 90 * 60 * 1_000_000
"""The day's curves are read at 01:30 of the next one."""
_LATER_ISSUE_US = 3 * 3600 * 1_000_000
"""Back-fill runs in the small hours, after that."""

_OFFLINE_PER_YEAR = 0.6
_OFFLINE_DAYS = (1, 1, 1, 2, 2, 3, 3, 4, 5, 6)
_BACK_FILLED_SHARE = 0.75
_FAILING_SHARE = 0.006
_BAD_METERS_SHARE = 0.03
_BAD_FAILING_SHARE = (0.1, 0.3)
_FAILED_LATE_SHARE = 0.65
_FAILED_ESTIMATED_SHARE = 0.33
_LATE_ESTIMATED_SHARE = 0.15
_GAPS_PER_DAY = 0.085
_GAP_SLOTS = 10.0
_WRONG_SHARE = 0.001
_REPEATED_SHARE = 0.005
ESTIMATED_FIRST, ESTIMATED_FOR_GOOD = 1, 2


@dataclass(frozen=True, slots=True)
class CollectionPlan:
    """What of the collection is common to several meters.

    Attributes:
        faults: Scales every rate.
        area_of: Area whose terminal reads a meter, by usage point; others have their own terminal.
        offline: When the terminals of the areas were offline, by area number.
    """

    faults: float
    area_of: Mapping[str, int]
    offline: Mapping[int, tuple[Planted, ...]]


@dataclass(frozen=True, slots=True)
class Collection:
    """What becomes of one meter's days.

    Attributes:
        lost: Never arrives, bool (days, 96).
        late_days: How many days later than usual the actual values come, int16 (days,).
        estimated: int8 (days,): ESTIMATED_FIRST: an estimate comes on time, the actual values
            ``late_days`` later; ESTIMATED_FOR_GOOD: only the estimate comes; 0: neither.
        wrong: Bool (days,): comes on time with some wrong values, ``late_days`` later with the
            right ones.
        repeated: Bool (days,): comes a second time, as it was.
    """

    lost: np.ndarray
    late_days: np.ndarray
    estimated: np.ndarray
    wrong: np.ndarray
    repeated: np.ndarray


@dataclass(frozen=True, slots=True)
class Delivery:
    """Days of one meter and channel as they arrive together.

    Attributes:
        days: Day numbers (rows,).
        issued_us: When the collection system issued them, int64 (rows,) [µs since 1970 UTC].
        values: (rows, 96); what is missing holds any number.
        missing: Bool (rows, 96).
        ranks: QUALITY_RANK of every value, uint8 (rows, 96); None: all actual.
    """

    days: np.ndarray
    issued_us: np.ndarray
    values: np.ndarray
    missing: np.ndarray
    ranks: np.ndarray | None


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What arrives on time, and what arrives later: late, corrected and repeated days."""

    first: Delivery
    later: Delivery


def plan_collection(
    premises: Sequence[Premise], place: Place, setting: Setting, *, faults: float = 1.0
) -> CollectionPlan:
    """The terminals of the district: one an area, and one of its own for every other meter.

    ``faults`` scales every rate; at 0 everything arrives on time.
    """
    area_of = {one.usage_point_id: one.area for one in premises if one.area is not None}
    area_of |= {f"{area.transformer_id}-M": area.number for area in place.areas}
    offline = {
        area: _offline(stream(setting.seed, "offline terminal", area), setting.span, faults)
        for area in sorted(set(area_of.values()))
    }
    return CollectionPlan(faults, area_of, offline)


def _offline(own: np.random.Generator, span: Span, faults: float) -> tuple[Planted, ...]:
    """When a terminal was offline, and whether what it kept was fetched afterwards."""
    found = []
    for _ in range(int(own.poisson(_OFFLINE_PER_YEAR * faults * span.days / 365.25))):
        day = int(own.integers(span.days))
        end = min(day + int(own.choice(_OFFLINE_DAYS)), span.days)
        after, is_filled = int(own.integers(3)), bool(own.random() < _BACK_FILLED_SHARE)
        detail: dict = {"is_back_filled": is_filled}
        if is_filled:
            detail["back_filled_after_days"] = after
        found.append(
            Planted(
                "collection",
                "terminal_offline",
                day * SLOTS_PER_DAY,
                end * SLOTS_PER_DAY,
                float(end - day),
                "day",
                detail,
            )
        )
    return tuple(found)


def collect(plan: CollectionPlan, usage_point_id: str, setting: Setting) -> Collection:
    """What becomes of the days of one meter; the same for all its channels.

    It depends on the seed, the meter's name and its area's terminal alone.
    """
    span, faults = setting.span, plan.faults
    shape = (span.days, SLOTS_PER_DAY)
    lost, late_days = np.zeros(shape, dtype=bool), np.zeros(span.days, dtype=np.int16)
    estimated = np.zeros(span.days, dtype=np.int8)
    if faults == 0:
        never = np.zeros(span.days, dtype=bool)
        return Collection(lost, late_days, estimated, never, never)
    name = int.from_bytes(sha256(usage_point_id.encode()).digest()[:8])
    own = stream(setting.seed, "collection", name)
    _lose_pieces(lost, own, faults)
    failed, is_late = _failed_days(own, span.days, faults)
    late_days[is_late] = np.minimum(own.geometric(0.45, int(is_late.sum())), 20)
    kept = own.random(span.days) < _FAILED_ESTIMATED_SHARE
    estimated[failed & ~is_late & kept] = ESTIMATED_FOR_GOOD
    lost[failed & ~is_late & ~kept] = True
    area = plan.area_of.get(usage_point_id)
    windows = _offline(own, span, faults) if area is None else plan.offline.get(area, ())
    for window in windows:
        _go_offline(window, lost, late_days, estimated)
    estimated[(late_days > 0) & (own.random(span.days) < _LATE_ESTIMATED_SHARE)] = ESTIMATED_FIRST
    lost[estimated > 0] = False
    usual = (late_days == 0) & (estimated == 0)
    drawn = own.random(span.days) / faults
    wrong = usual & (drawn < _WRONG_SHARE)
    late_days[wrong] = np.minimum(own.geometric(0.2, int(wrong.sum())), 40)
    repeated = usual & (drawn >= _WRONG_SHARE) & (drawn < _WRONG_SHARE + _REPEATED_SHARE)
    return Collection(lost, late_days, estimated, wrong, repeated)


def _lose_pieces(lost: np.ndarray, own: np.random.Generator, faults: float) -> None:
    """Runs of slots, some across midnight."""
    of_slots = lost.reshape(-1)
    count = int(own.poisson(_GAPS_PER_DAY * faults * lost.shape[0]))
    starts = own.integers(0, of_slots.size, count).tolist()
    lengths = own.geometric(1.0 / _GAP_SLOTS, count).tolist()
    for start, length in zip(starts, lengths, strict=True):
        of_slots[start : start + length] = True


def _failed_days(
    own: np.random.Generator, days: int, faults: float
) -> tuple[np.ndarray, np.ndarray]:
    """Days whose reading failed, and those of them that were read later."""
    is_bad = own.random() < _BAD_METERS_SHARE * faults
    failing_share = own.uniform(*_BAD_FAILING_SHARE)
    failed = own.random(days) < (failing_share if is_bad else _FAILING_SHARE * faults)
    return failed, failed & (own.random(days) < _FAILED_LATE_SHARE)


def _go_offline(
    window: Planted, lost: np.ndarray, late_days: np.ndarray, estimated: np.ndarray
) -> None:
    first, last = window.first_slot // SLOTS_PER_DAY, window.last_slot // SLOTS_PER_DAY
    is_filled = window.detail["is_back_filled"]
    lost[first:last] = not is_filled
    estimated[first:last] = 0
    late_days[first:last] = 0
    if is_filled:
        back = last + window.detail["back_filled_after_days"]
        late_days[first:last] = back - np.arange(first, last)


def issued_us(days: np.ndarray, late_days: np.ndarray | int, span: Span) -> np.ndarray:
    """When the values of a day are issued, int64 [µs since 1970 UTC]."""
    midnight_us = int(span.instant(0).timestamp()) * 1_000_000
    usual = midnight_us + (days.astype(np.int64) + 1) * _US_PER_DAY + _FIRST_ISSUE_US
    return usual + late_days * np.int64(_US_PER_DAY) + np.where(late_days, _LATER_ISSUE_US, 0)


def is_read_on_time(collection: Collection) -> np.ndarray:
    """Slots whose reading came when it was due, right or wrong, bool (days, 96)."""
    is_late = (collection.late_days > 0) & ~collection.wrong
    return is_read(collection) & ~is_late[:, None]


def is_read(collection: Collection) -> np.ndarray:
    """Slots of which the lake holds an actual value in the end, bool (days, 96)."""
    return ~collection.lost & (collection.estimated != ESTIMATED_FOR_GOOD)[:, None]


def deliver(
    day_values: np.ndarray, collection: Collection, span: Span, days: np.ndarray | None = None
) -> Deliveries:
    """The deliveries of one channel: merged by the lake's rule they show what was metered.

    Args:
        day_values: What was metered, int32 (days, 96).
        collection: What becomes of it.
        span: The simulated time.
        days: Day numbers on which the meter was there, ascending; None: all.
    """
    arrives = ~collection.lost.all(axis=1)
    is_later = collection.late_days > 0
    is_replaced = (collection.estimated == ESTIMATED_FIRST) | collection.wrong
    on_time = np.flatnonzero(arrives & (~is_later | is_replaced))
    again = np.flatnonzero(arrives & (is_later | collection.repeated))
    if days is not None:
        on_time, again = on_time[np.isin(on_time, days)], again[np.isin(again, days)]
    first = _first(day_values, collection, span, on_time)
    delay = np.maximum(collection.late_days[again], 1)
    later = Delivery(
        again, issued_us(again, delay, span), day_values[again], collection.lost[again], None
    )
    return Deliveries(first, later)


def _first(
    day_values: np.ndarray, collection: Collection, span: Span, days: np.ndarray
) -> Delivery:
    values, missing = day_values, collection.lost
    if days.size < values.shape[0]:
        values, missing = values[days], missing[days]
    estimated = np.flatnonzero(collection.estimated[days])
    wrong = np.flatnonzero(collection.wrong[days])
    ranks = None
    if estimated.size or wrong.size:
        values = values.copy() if values is day_values else values
        for row in estimated.tolist():
            values[row] = _estimate(day_values, collection.lost, int(days[row]))
        for row in wrong.tolist():
            _garble(values[row], int(days[row]))
    if estimated.size:
        ranks = np.zeros(values.shape, dtype=np.uint8)
        ranks[estimated] = QUALITY_RANK["E"]
    return Delivery(days, issued_us(days, 0, span), values, missing, ranks)


def _estimate(day_values: np.ndarray, lost: np.ndarray, day: int) -> np.ndarray:
    """The curve of the week before; where that is missing, the day's mean by its registers."""
    mean = day_values[day].sum(dtype=np.int64) // SLOTS_PER_DAY
    if day < 7:
        return np.full(SLOTS_PER_DAY, mean)
    return np.where(lost[day - 7], mean, day_values[day - 7])


def _garble(values: np.ndarray, day: int) -> None:
    """Some slots ten times too large and a kilowatt-hour more: no slot stays right."""
    start, length = 37 * day % (SLOTS_PER_DAY - 8), 2 + day % 7
    values[start : start + length] = values[start : start + length] * 10 + 1000


def collection_truth(
    collection: Collection, import_wh: np.ndarray, days: np.ndarray | None = None
) -> tuple[list[Planted], list[int | None]]:
    """What the collection did to one meter, a row a kind, and the energy that stays unread [Wh].

    ``amount`` is the share of the slots of ``days`` (None: all) that it befell; ``import_wh`` is
    what was metered, int32 (slots,).
    """
    there = np.zeros(collection.late_days.size, dtype=bool)
    there[slice(None) if days is None else days] = True
    by_day = import_wh.reshape(-1, SLOTS_PER_DAY)
    first, last = (int(n) for n in (np.flatnonzero(there)[[0, -1]] if there.any() else (0, -1)))
    is_estimated_first = collection.estimated == ESTIMATED_FIRST
    is_late = (collection.late_days > 0) & ~is_estimated_first & ~collection.wrong
    befell = {
        "lost": collection.lost,
        "late": is_late,
        "estimated": collection.estimated == ESTIMATED_FOR_GOOD,
        "estimated_first": is_estimated_first,
        "corrected": collection.wrong,
        "repeated": collection.repeated,
    }
    planted: list[Planted] = []
    energies_wh: list[int | None] = []
    for kind, mask in befell.items():
        chosen = mask[there]
        if not chosen.any():
            continue
        slots = (first * SLOTS_PER_DAY, (last + 1) * SLOTS_PER_DAY)
        amount = float(chosen.mean())
        planted.append(Planted("collection", kind, *slots, amount, "share"))
        is_unread = kind in {"lost", "estimated"}
        energies_wh.append(int(by_day[there][chosen].sum(dtype=np.int64)) if is_unread else None)
    return planted, energies_wh
