"""Estimates in the lake: marked, recorded, replaced by what is read later, never twice."""

from contextlib import closing

import numpy as np
import polars as pl
import pytest

from ingest.vee import estimate, validate
from queries.lake import open_lake
from queries.manifest import read_manifest
from queries.schema import SLOTS
from queries.scope import EVERYTHING
from tests.ingest.validation.conftest import Meter, curves, fill, on, usual
from tests.ingest.validation.test_findings import _take as take_later

HOURS = list(SLOTS[::4])


def missing(values, *places):
    """``values`` with NaN at (day, hours)."""
    values = values.copy()
    for day, hours in places:
        values[day, hours] = np.nan
    return values


TRUTH = {name: usual(seed) for seed, name in enumerate(("line", "whole", "unknown", "late"))}
METERS = {
    "line": Meter(missing(TRUTH["line"], (30, slice(9, 11))), register_wh=TRUTH["line"].sum(1)),
    "whole": Meter(
        missing(TRUTH["whole"], (30, slice(None)), (31, slice(None))),
        register_wh=TRUTH["whole"].sum(1),
        unread=(30,),
    ),
    "unknown": Meter(missing(TRUTH["unknown"], (30, slice(5, 15))), unread=tuple(range(50))),
    "late": Meter(missing(TRUTH["late"], (48, slice(5, 15)))),
}


@pytest.fixture(scope="module")
def filled(new_lake, enrol):
    """Gaps with and without registers; the last one so fresh that it may still be read."""
    settings = new_lake()
    enrol(settings, METERS)
    fill(settings, METERS)
    return settings


@pytest.fixture(scope="module")
def first_time(filled, copy_of):
    """A lake whose gaps were estimated once, and what that did."""
    settings = copy_of(filled)
    return settings, estimate(settings, on(0), on(49))


@pytest.fixture
def estimated(first_time, copy_of):
    """A lake of its own whose gaps were estimated once."""
    return copy_of(first_time[0])


def asked(settings, sql):
    with closing(open_lake(settings, EVERYTHING)) as opened:
        return opened.sql(sql).pl()


def day(settings, name, number):
    """A day's hours, and its quality."""
    is_it = (pl.col("usage_point_id") == name) & (pl.col("service_date") == on(number))
    row = asked(settings, "select * from energy_profiles").filter(is_it)
    return row.select(HOURS).row(0), row["quality"].item()


def test_gaps_are_filled_to_the_count_of_the_registers_and_every_slot_is_marked(first_time):
    lake, done = first_time
    assert done.slots == 2 + 48 + 10
    hours, quality = day(lake, "line", 30)
    assert sum(hours) == pytest.approx(TRUTH["line"][30].sum(), abs=10)
    assert quality == "".join(
        ("E" if h in (9, 10) else "A") if q == 0 else "N" for h in range(24) for q in range(4)
    )
    both = [sum(day(lake, "whole", number)[0]) for number in (30, 31)]
    assert sum(both) == pytest.approx(TRUTH["whole"][30:32].sum(), abs=10)
    methods = dict(done.methods.select("usage_point_id", "method").rows())
    assert methods == {
        "line": "interpolation_by_register",
        "whole": "like_day_by_register",
        "unknown": "like_day",
    }


def test_what_was_read_is_never_touched(first_time):
    hours, _ = day(first_time[0], "line", 30)
    kept = [h for h in range(24) if h not in (9, 10)]
    assert [hours[h] for h in kept] == [TRUTH["line"][30][h] for h in kept]


def test_a_gap_that_the_back_fill_may_still_close_is_left_open(first_time):
    assert day(first_time[0], "late", 48)[0][5] is None


def test_estimating_again_changes_no_row_and_publishes_no_state(estimated):
    before = read_manifest(estimated.lake_uri)
    for again in (False, True):
        done = estimate(estimated, on(0), on(49), again=again)
        assert (done.slots, done.corrected, done.methods.height) == (0, 0, 0)
    assert read_manifest(estimated.lake_uri) == before


def test_the_actual_takes_the_estimates_place_and_the_record_of_the_method_stays(estimated):
    lake = estimated
    rows = curves("line", Meter(TRUTH["line"]))[0].filter(pl.col("service_date") == on(30))
    take_later(lake, rows)
    assert day(lake, "line", 30) == (tuple(TRUTH["line"][30]), None)
    gone = asked(lake, "select * from energy_profiles_superseded where usage_point_id = 'line'")
    assert gone["quality"].to_list() == ["N" * 36 + "ENNNENNN" + "N" * 52]
    assert asked(lake, "select * from estimations where usage_point_id = 'line'").height == 1
    take_later(lake, rows)
    assert day(lake, "line", 30)[1] is None


def test_estimates_count_as_estimated_in_the_totals_and_never_as_collected(first_time):
    totals = asked(first_time[0], "select * from daily_totals").filter(
        pl.col("service_date") == on(30)
    )
    slots = dict(totals.select("usage_point_id", "estimated_slots").rows())
    assert (slots["line"], slots["whole"], slots["unknown"]) == (2, 24, 10)


def test_part_of_a_gap_read_later_lets_the_rest_be_estimated_anew(estimated):
    lake = estimated
    part = missing(TRUTH["whole"], (30, slice(12, 24)))
    rows = curves("whole", Meter(part))[0].filter(pl.col("service_date").is_in([on(30), on(31)]))
    take_later(lake, rows)
    done = estimate(lake, on(30), on(31), again=True)
    assert (done.slots, done.corrected) == (0, 12)
    both = [sum(day(lake, "whole", number)[0]) for number in (30, 31)]
    assert sum(both) == pytest.approx(TRUTH["whole"][30:32].sum(), abs=10)


def test_estimated_days_are_not_judged_against_the_registers_they_were_made_from(estimated):
    found = validate(estimated, on(25), on(45))
    assert found.filter(pl.col("rule") == "register_mismatch").is_empty()
