"""The way from the meter to the lake: late, lost, estimated, garbled, repeated."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.merge import Arrival, merge
from ingest.profiles import from_whole
from ingest.simulated.grid.place import place
from ingest.simulated.planted.collection import (
    ESTIMATED_FIRST,
    ESTIMATED_FOR_GOOD,
    collect,
    collection_truth,
    deliver,
    is_read,
    issued_us,
    plan_collection,
)
from ingest.simulated.planted.rows import truth_rows
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.span import Span
from queries.schema import ENERGY_PROFILES, SLOTS, UTC_INSTANT
from tests.ingest.simulated.by_hand import YEAR, premise, premises, setting

PLACE = place(1, 600)
MONTH = Span.between(date(2024, 3, 1), date(2024, 3, 31))
FIRST = Arrival("first", datetime(2024, 6, 1, tzinfo=UTC))
LATER = Arrival("later", datetime(2024, 6, 2, tzinfo=UTC))


@pytest.fixture(scope="module")
def year_of_300():
    """What becomes of a year of 300 meters."""
    plan = plan_collection(premises(300), PLACE, setting())
    return [collect(plan, one.usage_point_id, setting()) for one in premises(300)]


def metered(span=MONTH, seed=0):
    """What a meter counted, int32 (days, 96)."""
    return stream(seed, "metered").integers(0, 2000, (span.days, 96), dtype=np.int32)


def rows(delivery, span=MONTH):
    """A delivery as day profiles."""
    keys = pl.DataFrame(
        {
            "usage_point_id": ["FC-P000001"] * delivery.days.size,
            "channel": ["import"] * delivery.days.size,
            "service_date": pl.Series(
                [span.dates[day] for day in delivery.days.tolist()], dtype=pl.Date
            ),
            "issued_at": pl.Series(delivery.issued_us).cast(UTC_INSTANT),
        },
        schema_overrides={"usage_point_id": pl.String, "channel": pl.String},
    )
    return from_whole(
        keys,
        delivery.values,
        delivery.missing,
        interval_minutes=15,
        quality_ranks=delivery.ranks,
    )


def in_the_lake(*batches):
    """What the lake holds after the batches came in this order."""
    held = ENERGY_PROFILES.schema.to_frame()
    for batch, arrival in zip(batches, (FIRST, LATER), strict=True):
        merged = merge(ENERGY_PROFILES, held, batch, arrival)
        key = ["usage_point_id", "channel", "service_date"]
        kept = held.join(merged.changed.select(key), on=key, how="anti")
        held = pl.concat([kept, merged.changed, merged.added])
    return held.sort("service_date")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_merged_deliveries_show_what_was_metered_but_for_the_lost_and_the_estimated(seed):
    # Six times as much goes wrong as usual, so that every case comes up.
    given_setting = setting(MONTH, seed)
    plan = plan_collection([premise(span=MONTH)], PLACE, given_setting, faults=6.0)
    kept = collect(plan, "FC-P000001", given_setting)
    day_values = metered(seed=seed)
    came = deliver(day_values, kept, MONTH)
    lake = in_the_lake(rows(came.first), rows(came.later))
    other = in_the_lake(rows(came.later), rows(came.first))
    assert lake.select(*SLOTS, "quality").equals(other.select(*SLOTS, "quality"))

    days = np.array([MONTH.day(day) for day in lake["service_date"]], dtype=np.int64)
    held = lake.select(SLOTS).cast(pl.Float64).to_numpy()
    letters = [text or "A" * 96 for text in lake["quality"]]
    actual = np.array([[c == "A" for c in text] for text in letters], dtype=bool).reshape(-1, 96)
    actual &= ~np.isnan(held)
    read = is_read(kept)
    assert (actual == read[days]).all()
    assert (held == day_values[days])[actual].all()
    assert (np.isnan(held) == kept.lost[days]).all()
    gone = np.setdiff1d(np.arange(MONTH.days), days)
    assert kept.lost[gone].all()


def test_a_meter_collected_well_is_handed_over_as_it_is():
    plan = plan_collection(premises(3), PLACE, setting(), faults=0.0)
    kept = collect(plan, "FC-P000001", setting())
    day_values = metered(YEAR)
    came = deliver(day_values, kept, YEAR)
    assert came.first.values is day_values
    assert came.first.ranks is None
    assert not came.first.missing.any()
    assert came.later.days.size == 0
    assert is_read(kept).all()
    assert collection_truth(kept, day_values.ravel()) == ([], [])


def test_a_day_is_issued_at_half_past_one_of_the_next():
    at = issued_us(np.array([0, 5]), 0, MONTH)
    assert pl.Series(at).cast(UTC_INSTANT).to_list() == [
        MONTH.instant(96) + timedelta(minutes=90),
        MONTH.instant(6 * 96) + timedelta(minutes=90),
    ]


def share(year_of_300, of_day):
    """Of all readings, in days."""
    return np.mean([of_day(kept) for kept in year_of_300])


def test_readings_are_lost_late_estimated_corrected_and_repeated_at_usual_rates(year_of_300):
    assert share(year_of_300, lambda kept: kept.lost.mean()) == pytest.approx(0.012, abs=0.004)
    late = share(year_of_300, lambda kept: ((kept.late_days > 0) & ~kept.wrong).mean())
    assert late == pytest.approx(0.01, abs=0.004)
    estimated = share(year_of_300, lambda kept: (kept.estimated > 0).mean())
    assert estimated == pytest.approx(0.003, abs=0.0015)
    assert share(year_of_300, lambda kept: kept.wrong.mean()) == pytest.approx(0.001, abs=0.0005)
    repeated = share(year_of_300, lambda kept: kept.repeated.mean())
    assert repeated == pytest.approx(0.005, abs=0.0015)


def test_most_meters_are_read_well_and_a_few_badly(year_of_300):
    failing = np.array(
        [(~is_read(kept)).mean() + (kept.late_days > 0).mean() for kept in year_of_300]
    )
    assert np.median(failing) < 0.03
    assert 3 <= (failing > 0.08).sum() <= 20


def test_a_day_has_one_fate(year_of_300):
    for kept in year_of_300:
        assert not (kept.lost.any(axis=1) & (kept.estimated > 0)).any()
        assert not (kept.wrong & (kept.estimated > 0)).any()
        assert not (kept.repeated & ((kept.late_days > 0) | (kept.estimated > 0))).any()
        assert (kept.late_days[kept.wrong | (kept.estimated == ESTIMATED_FIRST)] > 0).all()
        assert not kept.late_days[kept.estimated == ESTIMATED_FOR_GOOD].any()


def test_a_terminal_offline_silences_its_whole_area_and_its_transformer_meter():
    some = premises(75)
    plan = plan_collection(some, PLACE, setting(), faults=3.0)
    area, windows = next((area, found) for area, found in plan.offline.items() if found)
    meters = [one.usage_point_id for one in some if one.area == area]
    meters.append(f"{PLACE.areas[area].transformer_id}-M")
    last = windows[-1]
    days = slice(last.first_slot // 96, last.last_slot // 96)
    for meter in meters:
        kept = collect(plan, meter, setting())
        if last.detail["is_back_filled"]:
            assert (kept.late_days[days] > 0).all()
        else:
            assert kept.lost[days].all()


def test_what_was_kept_while_offline_comes_when_the_terminal_is_back():
    plan = plan_collection(premises(75), PLACE, setting(), faults=3.0)
    for area, windows in plan.offline.items():
        for window in windows[-1:]:
            if not window.detail["is_back_filled"] or area >= 5:
                continue
            kept = collect(plan, f"FC-P{area * 15 + 1:06d}", setting())
            days = np.arange(window.first_slot // 96, window.last_slot // 96)
            back = days[-1] + 1 + window.detail["back_filled_after_days"]
            assert (days + kept.late_days[days] == back).all()


def test_what_becomes_of_a_meter_depends_on_no_other():
    few, many = (plan_collection(premises(n), PLACE, setting()) for n in (20, 90))
    one, same = (collect(plan, "FC-P000007", setting()) for plan in (few, many))
    assert (one.lost == same.lost).all()
    assert (one.late_days == same.late_days).all()
    other = collect(many, "FC-P000008", setting())
    assert (one.lost != other.lost).any()


def test_an_estimate_is_the_week_before_and_marked_as_one():
    plan = plan_collection([premise(span=MONTH)], PLACE, setting(MONTH), faults=6.0)
    day_values, found = metered(), 0
    for number in range(90):
        kept = collect(plan, f"meter {number}", setting(MONTH))
        first = deliver(day_values, kept, MONTH).first
        for row, day in enumerate(first.days.tolist()):
            if kept.estimated[day] and day >= 7 and not kept.lost[day - 7].any():
                assert (first.values[row] == day_values[day - 7]).all()
                assert first.ranks is not None
                assert (first.ranks[row] == 2).all()
                found += 1
    assert found > 5


def test_days_before_the_connection_are_not_handed_over():
    plan = plan_collection(premises(3), PLACE, setting(MONTH), faults=3.0)
    kept = collect(plan, "FC-P000001", setting(MONTH))
    came = deliver(metered(), kept, MONTH, np.arange(20, 31))
    assert came.first.days.min() >= 20
    assert set(came.later.days.tolist()) <= set(range(20, 31))
    assert came.first.values.shape == came.first.missing.shape == (came.first.days.size, 96)


def test_the_truth_says_how_much_stays_unread(year_of_300):
    import_wh = metered(YEAR).ravel()
    for kept in year_of_300[:40]:
        planted, energies_wh = collection_truth(kept, import_wh)
        unread_wh = import_wh.reshape(-1, 96)[~is_read(kept)].sum()
        assert sum(energy or 0 for energy in energies_wh) == unread_wh
        shares = {thing.kind: thing.amount for thing in planted}
        assert shares.get("lost", 0.0) == pytest.approx(kept.lost.mean())
        assert truth_rows("usage_point", "x", planted, energies_wh, YEAR).height == len(planted)
