"""The questions of the outlook on a small utility: history, scope, gaps, what fills up first."""

from contextlib import closing
from datetime import date

import polars as pl
import pytest

from queries.lake import open_lake
from queries.market.assumptions import shipped_text
from queries.market.grid_outlook import READS as GRID_READS
from queries.market.grid_outlook import grid_outlook
from queries.market.open_capacity import open_capacity
from queries.market.outlook import outlook
from queries.market.outlook_backtest import outlook_backtest
from queries.market.outlook_basis import outlook_basis
from queries.market.outlook_elasticities import outlook_elasticities
from queries.market.outlook_history import outlook_history
from queries.market.outlook_parts import outlook_parts
from queries.scope import EVERYTHING, Scope
from tests.market.two_areas import two_areas

BASE = shipped_text("base")
SOUTH = Scope("s", "planner", regions=frozenset({"south"}))
QUESTIONS = (
    outlook,
    outlook_parts,
    outlook_basis,
    outlook_backtest,
    outlook_elasticities,
    grid_outlook,
    open_capacity,
)


@pytest.fixture(scope="module")
def utility(new_lake, register, take):
    return two_areas(new_lake(), register, take)


@pytest.fixture(scope="module")
def lake(utility):
    with closing(open_lake(utility, EVERYTHING)) as opened:
        yield opened


def test_history_is_by_region_industry_and_month(lake):
    found = outlook_history(lake)
    assert found.height == 3 * 24
    groups = found.group_by("region_id", "industry", "sector").len().sort("region_id", "industry")
    assert groups.rows() == [
        ("north", "households", "households", 24),
        ("south", "C", "secondary", 24),
        ("south", "households", "households", 24),
    ]
    works = found.filter(pl.col("industry") == "C", pl.col("month") == date(2023, 7, 1))
    # In July nobody heats: 24 kW × (17 hours × 0.8 + 7 × 1.5) a day, 31 days, 3 % of chance.
    assert works["energy_kwh"][0] == pytest.approx(24 * (17 * 0.8 + 7 * 1.5) * 31, rel=0.02)
    assert works["peak_kw"][0] == pytest.approx(24 * 1.5, rel=0.12)
    assert works["readings_share"][0] == 1.0


def test_a_gap_is_filled_by_the_meters_own_mean_and_is_no_saving(new_lake, register, take, day_row):
    settings = new_lake()
    register(settings, usage_points=[{"usage_point_id": "P1"}, {"usage_point_id": "P2"}])
    days = [date(2024, 6, n) for n in range(1, 31)]
    load = dict.fromkeys(range(24), 1000)
    read = {"P1": [day for day in days if day.day not in {10, 11, 12}], "P2": days}
    rows = [
        day_row(load, point=point).with_columns(pl.lit(day).alias("service_date"))
        for point, its_days in read.items()
        for day in its_days
    ]
    take(settings, pl.concat(rows))
    with closing(open_lake(settings, EVERYTHING)) as opened:
        [row] = outlook_history(opened).to_dicts()
    assert row["energy_kwh"] == pytest.approx(2 * 30 * 24)
    assert row["readings_share"] == pytest.approx(57 / 60)
    assert (row["region_id"], row["industry"]) == ("-", "-")


def test_the_weather_of_the_region_around_is_used_and_two_years_make_thirty(lake):
    [row] = outlook_basis(lake, assumptions=BASE).to_dicts()
    assert (row["months"], row["usage_points"], row["households"]) == (24, 6, 5)
    assert (row["weather_years"], row["drawn_years"]) == (2, 30)
    assert row["base_year_kwh"] == pytest.approx(row["observed_kwh"], rel=0.01)
    assert row["weather_kwh"] > 0


def test_regions_and_sectors_are_projected_apart_and_together(lake):
    whole = _years(outlook(lake, assumptions=BASE))
    for by in ("sector", "industry", "region"):
        parts = _years(outlook(lake, assumptions=BASE, by=by))
        first = parts.filter(pl.col("year") == 2025)
        assert first["base_year_kwh"].sum() == pytest.approx(whole["base_year_kwh"][0], rel=1e-9)
        # Peaks of parts do not fall together.
        assert first["base_year_kw"].sum() >= whole["base_year_kw"][0]
    inside = _years(outlook(lake, assumptions=BASE, region_id="south"))
    apart = _years(outlook(lake, assumptions=BASE, by="region"))
    south = apart.filter(pl.col("group") == "south")
    assert inside["energy_p50_kwh"].to_list() == pytest.approx(south["energy_p50_kwh"].to_list())


def _years(found: pl.DataFrame) -> pl.DataFrame:
    return found.filter(pl.col("month").is_null())


def test_the_parts_are_those_of_the_outlook(lake):
    parts = outlook_parts(lake, assumptions=BASE)
    last = parts.filter(pl.col("year") == 2034)
    amounts = dict(last.select("part", "energy_kwh").iter_rows())
    total = amounts.pop("total")
    assert sum(amounts.values()) == pytest.approx(total, rel=1e-9)
    middle = _years(outlook(lake, assumptions=BASE))["energy_p50_kwh"][-1]
    assert total == pytest.approx(middle, rel=0.05)


def test_the_area_that_grows_by_a_tenth_a_year_fills_up_before_the_one_that_stands_still(lake):
    found = {row["area_id"]: row for row in grid_outlook(lake, assumptions=BASE).to_dicts()}
    north, south = found["T-N"], found["T-S"]
    assert north["own_growth_share"] > 0.02
    assert south["own_growth_share"] < 0
    assert north["households"] == 3
    assert north["last_loading_p50_share"] / north["loading_share"] > (
        south["last_loading_p50_share"] / south["loading_share"]
    )
    assert north["full_year_p50"] < (south["full_year_p50"] or 2100)
    assert next(iter(found)) == "T-N"
    feeders = grid_outlook(lake, assumptions=BASE, kind="feeder")
    assert feeders["area_id"].sort().to_list() == ["F-N", "F-S"]


def test_open_capacity_of_a_transformer_without_a_meter_is_by_the_sum_of_its_customers(lake):
    found = {row["area_id"]: row for row in open_capacity(lake, assumptions=BASE).to_dicts()}
    south = found["T-S"]
    assert south["is_metered"] is False
    # S1 and S2 at 1.5 × 12 kW in the evening, heating and chance on top, over 0.95.
    assert south["highest_kva"] == pytest.approx(2 * 18 * 1.15 / 0.95, rel=0.1)
    assert south["open_kva"] == pytest.approx(0.8 * 80 - south["highest_kva"])
    assert south["reverse_share"] < 0


def test_the_last_year_is_foretold_from_the_one_before(lake):
    found = outlook_backtest(lake, assumptions=BASE)
    assert found.height == 13
    year = found.filter(pl.col("month").is_null()).row(0, named=True)
    assert abs(year["energy_error_share"]) < 0.06


def test_an_elasticity_of_two_years_is_shown_beside_the_assumed_one_but_not_used(lake):
    found = outlook_elasticities(lake, assumptions=BASE)
    assert found["sector"].to_list() == ["secondary", "households"]
    assert found["driver"].to_list() == ["gross_domestic_product"] * 2
    assert found["changes"].to_list() == [12, 12]
    assert found["suggested"].to_list() == found["assumed"].to_list()


def test_a_planner_of_the_south_sees_nothing_of_the_north(utility):
    with closing(open_lake(utility, SOUTH, reads=GRID_READS)) as mine:
        assert outlook_history(mine)["region_id"].unique().to_list() == ["south"]
        [basis] = outlook_basis(mine, assumptions=BASE).to_dicts()
        assert basis["usage_points"] == 3
        assert grid_outlook(mine, assumptions=BASE)["area_id"].to_list() == ["T-S"]
        assert open_capacity(mine, assumptions=BASE)["area_id"].to_list() == ["T-S"]
        alone = _years(outlook(mine, assumptions=BASE))
    with closing(open_lake(utility, EVERYTHING)) as opened:
        south = _years(outlook(opened, assumptions=BASE, region_id="south"))
        whole = _years(outlook(opened, assumptions=BASE))
    assert alone["base_year_kwh"][0] == pytest.approx(south["base_year_kwh"][0], rel=0.01)
    # 48 of 84 kW, and the north has grown.
    assert 0.5 < alone["base_year_kwh"][0] / whole["base_year_kwh"][0] < 48 / 84


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.__name__)
def test_a_lake_without_readings_answers_with_nothing(question, empty_settings):
    with closing(open_lake(empty_settings, EVERYTHING)) as opened:
        found = question(opened, assumptions=BASE)
    if question is outlook_basis:
        assert found["months"].to_list() == [0]
        assert found["base_year_kwh"].to_list() == [None]
    else:
        assert found.is_empty()
