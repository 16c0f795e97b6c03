"""When transformers fill up, and what is open today, by hand."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.market.area_growth import MeasuredGrowth, own_growth
from queries.market.assumptions import SECTORS, Assumptions
from queries.market.base_year import base_year
from queries.market.grid_days import PARTS_OF_DAY, GridDays
from queries.market.grid_outlook import filling, filling_counts
from queries.market.grid_sectors import AreaSectors
from queries.market.open_capacity import open_of
from queries.market.sustained import sustained
from tests.market.calm import calm
from tests.market.synthetic_history import history

MONTHS = [date(2023, month, 1) for month in range(1, 13)]
PAST = history({"C": 100.0, "households": 100.0})
BASE = base_year(PAST, 7)


def areas(
    loads_kw: list[float | np.ndarray],
    *,
    rated_kva: float | None = 100.0,
    sector: str = "secondary",
    households: int = 0,
) -> GridDays:
    """Transformers that carry the same on every day of the year, at a power factor of 1."""
    count = len(loads_kw)
    load_kw = np.empty((count, len(MONTHS) * PARTS_OF_DAY, 96), dtype=np.float32)
    for row, value in enumerate(loads_kw):
        load_kw[row] = value
    share = np.zeros((count, len(SECTORS)))
    share[:, SECTORS.index(sector)] = 1.0
    everyone = np.full(count, float(households))
    return GridDays(
        areas=pl.DataFrame(
            {
                "area_id": [f"T{n}" for n in range(count)],
                "name": [None] * count,
                "name_en": [None] * count,
                "feeder_id": ["F"] * count,
                "region_id": ["R"] * count,
                "rated_capacity_kva": [rated_kva] * count,
                "meter_id": [None] * count,
            },
            schema_overrides={
                "name": pl.String,
                "name_en": pl.String,
                "meter_id": pl.String,
                "rated_capacity_kva": pl.Float64,
            },
        ),
        months=MONTHS,
        load_kw=load_kw,
        power_factor=np.ones(count),
        is_assumed=np.ones(count, dtype=bool),
        highest_kva=sustained(np.maximum(load_kw, 0)).max(axis=1).astype(float),
        highest_day=np.zeros(count, dtype=int),
        lowest_kw=load_kw[:, :, 36:60].min(axis=(1, 2)).astype(float),
        readings_share=np.ones(count),
        sectors=AreaSectors(share, everyone, np.zeros(count), np.full(count, 0.5)),
    )


def fill(days: GridDays, given: Assumptions, own: list[float] | None = None) -> list[dict]:
    assert BASE is not None
    count = len(days.load_kw)
    mean = np.array(own or [0.0] * count)
    found = filling(days, PAST, BASE, given, (mean, np.zeros(count)))
    return found.sort("area_id").to_dicts()


def test_a_transformer_at_70_of_100_that_grows_by_a_tenth_is_heavy_in_two_years_and_full_in_four():
    given = calm(economy={"secondary_growth_share": 0.1}, elasticity={"secondary": 1.0}, years=10)
    [row] = fill(areas([70.0]), given)
    # 70 × 1.1² = 84.7, × 1.1³ = 93.2, × 1.1⁴ = 102.5.
    assert (row["heavy_year_p50"], row["full_year_p50"]) == (2025, 2027)
    assert row["last_loading_p50_share"] == pytest.approx(0.7 * 1.1**10, rel=1e-6)


def test_a_transformer_full_today_is_full_in_the_base_year():
    [row] = fill(areas([120.0]), calm())
    assert (row["heavy_year_p50"], row["full_year_p50"], row["base_year"]) == (2023, 2023, 2023)


def test_nothing_grows_and_nothing_fills_up():
    [row] = fill(areas([79.0]), calm())
    assert row["full_year_p90"] is None
    assert row["last_loading_p50_share"] == pytest.approx(0.79, rel=1e-6)


def test_a_load_of_less_than_two_hours_fills_no_transformer():
    short = np.full(96, 10.0)
    short[40:47] = 150.0  # an hour and three quarters
    [row] = fill(areas([short]), calm())
    assert row["loading_share"] == pytest.approx(0.1)
    short[47] = 150.0
    [row] = fill(areas([short]), calm())
    assert row["full_year_p50"] == 2023


def test_of_two_alike_the_area_that_grows_by_itself_fills_up_first():
    given = calm(
        economy={"secondary_growth_share": 0.02},
        elasticity={"secondary": 1.0},
        grid={"own_growth_halving_years": 100.0},
    )
    slow, fast = fill(areas([80.0, 80.0]), given, own=[-0.02, 0.04])
    assert fast["full_year_p50"] < 2030
    assert slow["full_year_p50"] is None
    assert fast["last_loading_p50_share"] > slow["last_loading_p50_share"]


def test_vehicles_fill_an_area_of_homes_whose_evening_is_high():
    evening = np.full(96, 30.0)
    evening[72:84] = 75.0
    given = calm(
        vehicles={"final_share": 1.0, "energy_kwh": 3650.0, "home_share": 1.0},
    )
    [row] = fill(areas([evening], sector="households", households=60), given)
    # 60 × 10 kWh a day, 13 of 101 parts an hour from 19 to 21 o'clock: 77 kW on 75.
    assert row["last_loading_p50_share"] == pytest.approx(0.75 + 600 * 13 / 101 / 100, rel=1e-4)
    assert row["full_year_p50"] is not None


def test_an_area_without_a_rating_is_not_judged():
    [row] = fill(areas([50.0], rated_kva=None), calm())
    assert row["loading_share"] is None
    assert row["full_year_p50"] is None
    [today] = open_of(areas([50.0], rated_kva=None), 0.8, 0.8).to_dicts()
    assert today["open_kva"] is None


def test_the_higher_quantile_fills_up_no_later():
    given = calm(
        economy={"secondary_growth_share": 0.03, "customer_spread_share": 0.2},
        draws=300,
    )
    for row in fill(areas([40.0, 60.0, 80.0, 95.0]), given):
        assert row["last_loading_p50_share"] <= row["last_loading_p90_share"]
        if row["full_year_p50"] is not None:
            assert row["full_year_p90"] <= row["full_year_p50"]


def test_counts_tell_what_is_full_today_soon_and_by_the_end():
    given = calm(economy={"secondary_growth_share": 0.05}, elasticity={"secondary": 1.0})
    days = areas([120.0, 90.0, 65.0, 20.0])
    assert BASE is not None
    found = filling(days, PAST, BASE, given, (np.zeros(4), np.zeros(4)))
    # 90 × 1.05³ = 104; 65 × 1.05⁹ = 101.
    assert filling_counts(found, 5) == {
        "rated": 4,
        "full": 1,
        "heavy": 2,
        "soon": 2,
        "by_end": 3,
        "perhaps": 3,
    }


def test_open_capacity_is_the_limit_less_the_highest_two_hours():
    day = np.full(96, 20.0)
    day[72:80] = 55.0
    [row] = open_of(areas([day]), 0.8, 0.8).to_dicts()
    assert row["open_kva"] == pytest.approx(80.0 - 55.0)
    assert row["loading_share"] == pytest.approx(0.55)
    assert row["solar_open_kw"] == pytest.approx((1 + 0.2) * 100 * 0.8)


def test_power_that_flows_back_at_midday_leaves_less_room_for_photovoltaics_and_none_below_zero():
    day = np.full(96, 20.0)
    day[40:56] = -30.0
    rows = open_of(areas([day, np.full(96, -130.0)]), 0.8, 0.8).sort("area_id").to_dicts()
    assert rows[0]["reverse_share"] == pytest.approx(0.3)
    assert rows[0]["solar_open_kw"] == pytest.approx((1 - 0.3) * 100 * 0.8)
    assert rows[0]["open_kva"] == pytest.approx(60.0)
    assert rows[1]["solar_open_kw"] == 0.0


def test_an_overloaded_transformer_has_nothing_open():
    assert open_of(areas([130.0]), 0.8, 0.8)["open_kva"].to_list() == [0.0]


@given(st.lists(st.floats(0, 100), min_size=96, max_size=96))
def test_what_lasts_two_hours_is_never_more_than_the_highest(values):
    day = np.array(values)
    assert day.min() <= sustained(day) <= day.max()


def test_a_gap_in_two_hours_says_nothing_of_them():
    day = np.full(96, np.nan)
    assert sustained(day) == -np.inf
    day[:8] = 5.0
    assert sustained(day) == 5.0


def test_growth_that_is_hardly_known_is_drawn_to_the_mean_and_one_well_known_is_kept():
    found = MeasuredGrowth(
        growth=np.array([0.10, 0.10, 0.0, 0.0, np.nan]),
        error=np.array([0.20, 0.001, 0.02, 0.02, np.nan]),
        weight=np.ones(5),
    )
    mean, deviation = own_growth(found, 0.02)
    assert mean[0] == pytest.approx(0.05 / 101, rel=1e-6)  # 0.02² / (0.02² + 0.2²) of 0.05
    assert mean[1] == pytest.approx(0.05, rel=0.01)
    assert mean[4] == 0.0
    assert deviation[4] == 0.02
    assert deviation[1] < deviation[0] < 0.02
