"""How complete curves are, and who is silent since when."""

from contextlib import closing
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.area import NO_REGION
from queries.governance.curve_completeness import curve_completeness
from queries.governance.offline_since import offline_since
from queries.governance.quality_summary import quality_summary
from queries.lake import open_lake
from queries.questions import answer, question_of
from queries.scope import EVERYTHING, Scope

DAY = date(2024, 6, 5)
FIRST = DAY - timedelta(days=2)
NORTH = Scope("n", "planner", regions=frozenset({"north"}))
SHARES = ["curve_share", "estimated_share", "missing_share"]


@pytest.fixture(scope="module")
def settings(new_lake, register, take, day_row):
    """On DAY: P1 whole, P2 18 hours and 6 estimated; T2's P3, P4 silent since; P5 never read."""
    made = new_lake()
    places = {
        "P1": {"region_id": "north", "transformer_id": "T1"},
        "P2": {"region_id": "north", "transformer_id": "T1"},
        "P3": {"region_id": "south", "transformer_id": "T2"},
        "P4": {"region_id": "south", "transformer_id": "T2"},
        "P5": {"region_id": "south", "transformer_id": "T3"},
        "P6": {"region_id": "south", "transformer_id": "T3"},
        "P7": {"region_id": "south", "transformer_id": "T3", "status": "suspended"},
    }
    register(
        made,
        regions=[{"region_id": "north"}, {"region_id": "south"}],
        transformers=[{"transformer_id": f"T{n}"} for n in (1, 2, 3)],
        usage_points=[{"usage_point_id": p, **place} for p, place in places.items()],
        meters=[
            {"meter_id": f"M-{p}", "usage_point_id": p, "interval_minutes": 60} for p in places
        ],
    )
    whole = dict.fromkeys(range(24), 100)
    marks = dict.fromkeys(range(18), "A") | dict.fromkeys(range(18, 24), "E")
    rows = [
        day_row(whole, point="P1", day=DAY),
        day_row(whole, point="P2", day=DAY, letters=marks),
        day_row(whole, point="P6", day=DAY),
        day_row(whole, point="P3", day=FIRST),
        day_row(whole, point="P4", day=FIRST + timedelta(days=1)),
        day_row(whole, point="P4", day=DAY, letters="E"),
    ]
    take(made, *rows)
    take(made, day_row(dict.fromkeys(range(12), 7), point="stray", day=DAY))
    return made


@pytest.fixture(scope="module")
def lake(settings):
    with closing(open_lake(settings, EVERYTHING)) as opened:
        yield opened


def test_estimated_points_are_none_of_the_curve(lake):
    found = curve_completeness(lake, first_day=DAY, last_day=DAY, group_by="transformer")
    rows = {row["group_id"]: row for row in found.rows(named=True)}
    # T1: 24 + 18 of 48 points actual, 6 estimated.
    assert rows["T1"]["curve_share"] == 42 / 48
    assert rows["T1"]["estimated_share"] == 6 / 48
    assert rows["T2"]["curve_share"] == 0


def test_places_with_most_missing_come_when_only_some_are_wanted(lake):
    found = curve_completeness(
        lake, first_day=DAY, last_day=DAY, group_by="transformer", most_groups=1
    )
    # As many are missing of T3: those of P5 and P7. Its number is the later one.
    assert found.select("group_id", "expected_slots", "actual_slots").rows() == [("T2", 48, 0)]


@given(group_by=st.sampled_from(["all", "region", "feeder", "transformer"]))
def test_read_estimated_and_missing_add_up_and_places_add_up_to_all(lake, group_by):
    found = curve_completeness(lake, first_day=FIRST, last_day=DAY, group_by=group_by)
    everything = curve_completeness(lake, first_day=FIRST, last_day=DAY)
    assert found.select(SHARES).sum_horizontal().to_list() == pytest.approx([1.0] * found.height)
    for name in ("expected_slots", "actual_slots"):
        assert found[name].sum() == everything[name].sum()


def test_the_summary_says_what_the_days_add_up_to(lake):
    days = curve_completeness(lake, first_day=FIRST, last_day=DAY, region_id="north")
    row = quality_summary(lake, first_day=FIRST, last_day=DAY, region_id="north").row(0, named=True)
    assert row["expected_slots"] == days["expected_slots"].sum()
    assert row["actual_share"] == pytest.approx(42 / row["expected_slots"])
    assert row["findings"] == 0


def test_an_area_without_any_reading_stands_for_all_its_points(lake):
    found = offline_since(lake, day=DAY)
    assert found.select("what", "subject_id", "usage_points", "silent_days").rows() == [
        ("usage_point", "P5", 1, None),  # never read
        ("transformer", "T2", 2, 1),  # P4's estimate of DAY is no reading
    ]


def test_who_is_suspended_or_silent_for_too_few_days_is_not_listed(lake):
    assert "P7" not in offline_since(lake, day=DAY)["subject_id"].to_list()
    patient = offline_since(lake, day=DAY, least_days=2)
    # P3 is silent for two days, P4 for one: the area is not silent as a whole.
    assert patient["subject_id"].to_list() == ["P5", "P3"]


def test_what_was_read_later_does_not_count(lake):
    before = offline_since(lake, day=FIRST)["subject_id"].to_list()
    assert "T1" in before  # both were read first on DAY
    assert "P3" not in before


def test_what_no_register_knows_can_be_asked_for_by_itself(lake):
    stray = {"first_day": DAY, "last_day": DAY, "region_id": NO_REGION}
    assert curve_completeness(lake, **stray)["curve_share"].to_list() == [12 / 24]
    assert quality_summary(lake, **stray)["missing_share"].to_list() == [12 / 24]


def test_a_region_sees_only_its_own_silence_and_curves(settings):
    assert answer(question_of(offline_since), settings, NORTH, day=DAY).is_empty()
    days = {"first_day": DAY, "last_day": DAY}
    found = answer(question_of(curve_completeness), settings, NORTH, **days, group_by="transformer")
    assert found["group_id"].to_list() == ["T1"]
