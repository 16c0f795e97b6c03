"""Assumptions: written, read, checked; weather years, calendars and elasticities they rest on."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from queries.market.assumptions import (
    SCENARIOS,
    AssumptionError,
    Assumptions,
    as_text,
    bounds,
    read_assumptions,
    shipped_text,
)
from queries.market.calendar_effects import calendar_effects, calendar_months, calendar_terms
from queries.market.elasticities import Estimate, estimate, weighed
from queries.market.new_loads import new_loads, progress
from queries.market.weather_years import weather_years, whole_years
from queries.settings import Settings
from tests.market.calm import calm


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_is_read_as_it_was_written(scenario):
    text = shipped_text(scenario)
    assert as_text(read_assumptions(text)) == text


def test_low_base_and_high_stand_in_their_order():
    low, base, high = (read_assumptions(shipped_text(name)) for name in SCENARIOS)
    for sector in ("primary", "secondary", "tertiary", "households"):
        assert low.growth(sector) < base.growth(sector) < high.growth(sector)
    assert low.vehicles.final_share < base.vehicles.final_share < high.vehicles.final_share


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[vehicles]\nfinal_share = -0.1", "vehicles.final_share"),
        ("[vehicle]\nfinal_share = 0.1", "vehicle"),
        ("[weather]\nshift_days = 1.5", "weather.shift_days"),
        ("years = 11", "years"),
        ("[policy]\nclean_heating = 2", "policy.clean_heating"),
    ],
)
def test_an_assumption_that_cannot_be_used_is_named(text, field):
    with pytest.raises(AssumptionError, match=f"'{field}'"):
        read_assumptions(text)


def test_what_is_no_toml_names_the_line():
    with pytest.raises(AssumptionError, match="line 1"):
        read_assumptions("years: 5")


def test_the_data_folder_may_have_a_file_of_its_own(tmp_path):
    settings = Settings(data=tmp_path)
    assert shipped_text("high", settings) == shipped_text("high")
    (tmp_path / "outlook.toml").write_text("[high.vehicles]\nfinal_share = 1.5\n", "utf-8")
    own = read_assumptions(shipped_text("high", settings))
    assert own.vehicles.final_share == 1.5
    assert own.solar == read_assumptions(shipped_text("base")).solar
    with pytest.raises(AssumptionError, match="low, base, high"):
        shipped_text("middle")


def test_every_field_says_its_bounds_to_the_form():
    given = read_assumptions("")
    for part, value in given:
        fields = type(value).model_fields if hasattr(type(value), "model_fields") else {part: None}
        for name in fields:
            there = getattr(value, name) if hasattr(type(value), "model_fields") else value
            if isinstance(there, bool):
                continue
            least, most = bounds("" if isinstance(value, int) else part, name)
            assert least is not None, (part, name)
            assert most is not None, (part, name)
            assert least <= there <= most
    assert isinstance(given, Assumptions)


def _temperatures(first: date, days: int) -> pl.DataFrame:
    dates = [first + timedelta(n) for n in range(days)]
    return pl.DataFrame({"service_date": dates, "temperature_c": np.arange(days, dtype=float)})


def test_two_observed_years_and_shifts_of_a_week_make_thirty():
    known = _temperatures(date(2023, 1, 1), 730)
    assert whole_years(known) == [2023, 2024]
    drawn = weather_years(known, [2023, 2024], 7)
    assert drawn.shape == (30, 365)
    # 2023 shifted by a day: its first day is what the second was; unshifted it is itself.
    assert drawn[7, 0] == 0.0
    assert drawn[8, 0] == 1.0
    # 29 February of 2024 is left out: 1 March follows 28 February.
    assert drawn[22, 59] - drawn[22, 58] == 2.0


def test_a_year_with_a_month_missing_is_no_weather_year():
    known = _temperatures(date(2023, 1, 1), 365)
    assert whole_years(known.filter(pl.col("service_date").dt.month() != 3)) == []
    assert weather_years(known, [], 7).shape == (0, 365)


def test_spring_festival_is_found_and_work_is_back_after_the_lantern_festival():
    terms = calendar_terms(date(2024, 1, 1), date(2024, 3, 31), "CN")
    festival = terms[:, 1]
    new_year = (date(2024, 2, 10) - date(2024, 1, 1)).days
    assert festival[new_year] == 1.0
    assert festival[new_year - 8] == 0.0
    assert festival[new_year + 18] == 0.0
    assert 0 < festival[new_year + 10] < 1
    assert terms[new_year - 6, 0] == 0.0  # 4 February 2024, a Sunday: 调休


def test_the_festival_takes_its_energy_along_to_another_month():
    first, last = date(2024, 1, 1), date(2024, 12, 31)
    terms = calendar_terms(first, last, "CN")
    months = [date(2024, month, 1) for month in range(1, 13)]
    days = [first + timedelta(n) for n in range(366)]
    month_of_day = np.array([day.month - 1 for day in days])
    day_kwh = (1000 - 100 * terms[:, 0] - 600 * terms[:, 1])[None, :]
    effects = calendar_effects(day_kwh, month_of_day, terms)
    assert effects[0] == pytest.approx([-100.0, -600.0], rel=1e-6)
    energy = np.bincount(month_of_day, day_kwh[0])[None, :]
    moved = calendar_months(effects, energy, months, 1, "CN")[0, 0]
    truth = np.zeros(12)
    for month in range(1, 13):
        end = (date(2025, month, 1) + timedelta(32)).replace(day=1) - timedelta(1)
        then = calendar_terms(date(2025, month, 1), end, "CN")
        truth[month - 1] = (1000 - 100 * then[:, 0] - 600 * then[:, 1]).sum()
    # January 2025 had most of the festival that February 2024 had, and a day of February is gone.
    assert energy[0] + moved == pytest.approx(truth, rel=1e-6)
    assert moved[0] < -4000
    assert moved[1] > 2000


def test_an_elasticity_planted_into_five_years_is_found_with_its_error():
    random = np.random.default_rng(7)
    months = np.arange(60)
    driver = 100 * np.exp(0.004 * months + np.cumsum(random.normal(0, 0.01, 60)))
    season = 1 + 0.2 * np.sin(2 * np.pi * months / 12)
    energy = 5000 * driver**0.8 * season * np.exp(random.normal(0, 0.004, 60))
    found = estimate(energy, driver)
    assert found is not None
    assert found.months == 48
    assert abs(found.elasticity - 0.8) < 3 * found.error
    assert found.error < 0.15
    assert found.r2 > 0.8


def test_nothing_is_estimated_from_too_few_months_or_a_driver_that_stands_still():
    energy = np.arange(1.0, 24.0)
    assert estimate(energy, energy) is None
    assert estimate(np.arange(1.0, 61.0), np.full(60, 7.0)) is None


def test_a_sure_estimate_outweighs_a_wide_assumption_and_a_short_one_is_not_used():
    found = Estimate(elasticity=0.5, error=0.1, months=36, r2=0.9)
    mean, spread = weighed(1.0, 0.2, found)
    assert mean == pytest.approx((1.0 / 0.04 + 0.5 / 0.01) / (1 / 0.04 + 1 / 0.01))
    assert spread == pytest.approx((1 / 0.04 + 1 / 0.01) ** -0.5)
    short = Estimate(elasticity=0.5, error=0.1, months=12, r2=0.9)
    assert weighed(1.0, 0.2, short) == (1.0, 0.2)
    assert weighed(1.0, 0.2, None) == (1.0, 0.2)


def test_adoption_is_an_s_curve_from_today_to_ten_years():
    path = progress(10)
    assert path[-1] == pytest.approx(1.0)
    assert path[4] == pytest.approx(0.5)
    assert (np.diff(path) > 0).all()


def test_shapes_hold_a_kilowatt_hour_and_the_sun_is_highest_at_noon_in_summer():
    new = new_loads(calm(solar={"latitude_deg": 35.0}))
    for shape in (new.home_kw, new.public_kw, new.heating_kw, new.charging_kw(0.3)):
        assert shape.sum() == pytest.approx(1.0)
    assert new.sun_of_month.sum() == pytest.approx(1.0)
    month, hour = np.unravel_index(new.sun_kw.argmax(), new.sun_kw.shape)
    assert month == 5
    assert hour in {11, 12}
    assert new.sun_kw[11].sum() < new.sun_kw[5].sum()
