"""What the grid carries at one moment, and what needs attention, worked out by hand."""

import math
from contextlib import closing
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.grid.limits import FILE_NAME, LimitsError, grid_limits, shipped_limits
from queries.grid.measures import imbalance_share
from queries.grid.runs import run_start
from queries.lake import open_lake
from queries.load.grid_attention import grid_attention
from queries.load.grid_now import grid_now
from queries.load.latest_interval import latest_interval
from queries.scope import EVERYTHING, Scope
from queries.settings import Settings
from tests.load.small_grid import DAY, EVENING, o_clock, small_grid


@pytest.fixture(scope="module")
def settings(new_lake, register, day_row) -> Settings:
    return small_grid(new_lake(), register, day_row)


@pytest.fixture
def lake(settings):
    with closing(open_lake(settings, EVERYTHING)) as opened:
        yield opened


def place(lake, kind, area_id=None, at=EVENING):
    found = grid_now(lake, at=at).filter(
        pl.col("kind") == kind, pl.col("area_id").eq_missing(pl.lit(area_id, pl.String))
    )
    return found.row(0, named=True)


def attention(lake, at=EVENING):
    found = grid_attention(lake, at=at)
    return {(row["attention"], row["transformer_id"]): row for row in found.iter_rows(named=True)}


def test_loading_is_apparent_power_of_the_rating(lake):
    found = place(lake, "transformer", "T1")
    assert found["load_kw"] == pytest.approx(66.0)
    assert found["apparent_kva"] == pytest.approx(110.0)  # √(66² + 88²)
    assert found["loading_share"] == pytest.approx(1.10)
    assert found["standard_start"] == o_clock(19, 45)
    assert (found["age_minutes"], found["is_stale"], found["is_assumed"]) == (0.0, False, False)


def test_without_a_meter_the_customers_stand_for_a_transformer_with_an_assumed_power_factor(lake):
    found = place(lake, "transformer", "T2")
    assert not found["is_metered"]
    assert found["is_assumed"]
    assert found["load_kw"] == pytest.approx(19.0)  # two hourly meters of 9.5 kW
    assert found["loading_share"] == pytest.approx(19.0 / 0.95 / 50)


def test_what_was_read_long_ago_is_marked_and_is_not_the_present(lake):
    found = place(lake, "transformer", "T3")
    assert found["is_stale"]
    assert found["age_minutes"] == 8 * 60
    assert place(lake, "transformer", "T3", at=o_clock(14))["is_stale"] is False
    silent = attention(lake)["no_data", "T3"]
    assert silent["since"] == o_clock(12)
    assert silent["lasted_hours"] == 8.0


def test_a_feeder_is_held_against_all_that_hangs_on_it(lake):
    found = place(lake, "feeder", "F1")
    assert found["rated_capacity_kva"] == 100 + 50 + 80 + 70
    assert found["load_kw"] == pytest.approx(200.0)
    whole, region = place(lake, "all"), place(lake, "region", "R")
    assert whole["load_kw"] == region["load_kw"] == found["load_kw"]
    assert region["name"] == "一所"


def test_voltages_are_those_of_the_area_now(lake):
    found = place(lake, "transformer", "T2")
    assert (found["lowest_v"], found["highest_v"]) == (190.0, 220.0)
    assert found["measured_points"] == 2
    morning = place(lake, "transformer", "T2", at=o_clock(9))
    assert (morning["lowest_v"], morning["highest_v"]) == (230.0, 240.0)


def test_overload_counts_once_it_has_lasted_two_hours(lake):
    found = attention(lake)
    assert found["overload", "T1"]["since"] == o_clock(16)
    assert found["overload", "T1"]["lasted_hours"] == 4.0
    assert found["overload", "T1"]["value_share"] == pytest.approx(1.10)
    assert ("brief_overload", "T1") in attention(lake, o_clock(17, 45))
    assert ("overload", "T1") in attention(lake, o_clock(18))
    assert ("brief_overload", "T1") not in attention(lake, o_clock(16))


def test_imbalance_is_judged_only_above_sixty_per_cent_loading(lake):
    found = attention(lake)
    assert found["imbalance", "T1"]["value_share"] == pytest.approx(0.5)  # (200 − 100) ÷ 200
    assert found["imbalance", "T1"]["since"] == o_clock(16)
    assert ("imbalance", "T1") not in attention(lake, o_clock(15))


def test_the_fullest_phase_carries_its_part_of_the_current(lake):
    # half of the current on a third of the rating
    phase = attention(lake)["phase_overload", "T1"]
    assert phase["value_share"] == pytest.approx(0.5 * 1.10 * 3)


def test_low_and_high_voltage_name_the_worst_point_and_since_when(lake):
    low = attention(lake)["low_voltage", "T2"]
    assert (low["worst_point"], low["worst_phase"], low["worst_v"]) == ("A", "A", 190.0)
    assert low["since"] == o_clock(18)
    high = attention(lake, o_clock(9))["high_voltage", "T2"]
    assert (high["worst_point"], high["since"]) == ("B", o_clock(0))


def test_the_worst_stands_first(lake):
    kinds = grid_attention(lake, at=EVENING)["attention"].to_list()
    assert kinds == ["overload", "phase_overload", "low_voltage", "imbalance", "no_data"]


def test_the_latest_interval_is_not_moved_by_one_clock_that_runs_ahead(
    new_lake, take, day_row, lake
):
    assert latest_interval(lake)["ends_at"].item() == o_clock(24)
    settings = new_lake()
    many = [day_row({0: 1, 9: 1}, point=f"P{n}", day=DAY) for n in range(25)]
    late = [day_row({0: 1, 20: 1}, point="P25", day=DAY)]
    ahead = [day_row({0: 1}, point="X", day=DAY + timedelta(days=400))]
    take(settings, pl.concat(many + late + ahead))
    with closing(open_lake(settings, EVERYTHING)) as opened:
        # the hour from 9:00 on is over at 10:00
        assert latest_interval(opened)["ends_at"].item() == o_clock(10)


def test_an_empty_lake_has_no_present(empty_settings):
    with closing(open_lake(empty_settings, EVERYTHING)) as opened:
        assert latest_interval(opened)["ends_at"].to_list() == [None]
        assert grid_attention(opened, at=EVENING).is_empty()


def test_a_planner_of_another_region_sees_nothing_of_it(settings):
    other = Scope("x", "planner", regions=frozenset({"elsewhere"}))
    with closing(open_lake(settings, other)) as opened:
        assert grid_attention(opened, at=EVENING).is_empty()
        assert grid_now(opened, at=EVENING).filter(pl.col("kind") != "all").is_empty()


@given(
    st.lists(st.one_of(st.none(), st.booleans()), min_size=1, max_size=40),
)
def test_a_run_reaches_back_to_the_last_known_break(seen):
    known = np.array([[one is not None for one in seen]])
    holds = np.array([[bool(one) for one in seen]])
    last = max((n for n, one in enumerate(seen) if one is not None), default=-1)
    start = int(run_start(holds, known, np.array([last]))[0])
    if last < 0 or not seen[last]:
        assert start == -1
    else:
        assert seen[start] is True
        assert False not in seen[start : last + 1]
        before = [one for one in seen[:start] if one is not None]
        assert not before or before[-1] is False


@given(st.lists(st.floats(0.1, 1000), min_size=3, max_size=3), st.floats(0.01, 100))
def test_imbalance_does_not_depend_on_the_ratio_of_the_current_transformers(currents, ratio):
    one = np.array(currents).reshape(1, 3, 1)
    share = float(imbalance_share(one)[0, 0])
    assert 0 <= share < 1
    assert math.isclose(share, float(imbalance_share(one * ratio)[0, 0]), abs_tol=1e-9)


def test_limits_are_those_of_the_standard_unless_the_data_folder_says_otherwise(tmp_path):
    shipped = shipped_limits()
    assert shipped.low_v == pytest.approx(198.0)  # 220 V − 10 %
    assert shipped.high_v == pytest.approx(235.4)  # 220 V + 7 %
    settings = Settings(data=tmp_path)
    assert grid_limits(settings) == shipped
    (tmp_path / FILE_NAME).write_text("[loading]\nheavy_share = 0.7\n", "utf-8")
    own = grid_limits(settings)
    assert (own.heavy_share, own.overload_share) == (0.7, shipped.overload_share)


@pytest.mark.parametrize(
    "text", ["[loading]\nheavy = 1", "[moon]\nx = 1", "[voltage]\nlost_share = -1"]
)
def test_a_limit_that_nobody_knows_is_refused_by_name(tmp_path, text):
    (tmp_path / FILE_NAME).write_text(text, "utf-8")
    with pytest.raises(LimitsError, match=r"grid_limits\.toml"):
        grid_limits(Settings(data=tmp_path))
