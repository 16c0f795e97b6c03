"""The weather of the district against the climate it is to have."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ingest.simulated.surroundings.climate import TEMPERATURE_NORMALS_C, harmonics, saturation_hpa
from ingest.simulated.surroundings.days import days
from ingest.simulated.surroundings.span import Span
from ingest.simulated.surroundings.weather import clear_sky_w_per_m2, weather, weather_table
from queries.schema import WEATHER

YEAR = Span.between(date(2025, 1, 1), date(2025, 12, 31))
DAYS = days(YEAR)
YEARS = [weather(seed, YEAR, DAYS) for seed in range(20)]
MONTH = np.array([day.month for day in YEAR.dates])
BY_SLOT = YEAR.by_slot(MONTH)
SUMMER = np.isin(MONTH, (6, 7, 8))
WINTER = np.isin(MONTH, (12, 1, 2))
NAMES = (
    "temperature_c",
    "slow_temperature_c",
    "humidity_share",
    "irradiance_w_per_m2",
    "wind_m_per_s",
    "rain_mm",
    "dryness_share",
)


def by_day(values):
    return values.reshape(-1, 96).astype(np.float64)


def daily_anomaly(year):
    mean = by_day(year.temperature_c).mean(axis=1)
    return mean - harmonics(TEMPERATURE_NORMALS_C, (DAYS.day_of_year - 0.5) / 365.25)


def test_months_are_as_warm_as_their_normals():
    means = np.array(
        [[by_day(year.temperature_c)[month == MONTH].mean() for month in range(1, 13)]
         for year in YEARS]
    )  # fmt: skip
    # A January differs from its normal by 2 K, so the mean of 20 of them by 2 / √20 = 0.45 K; a
    # July by 1.1 K and 0.25 K. Three times that may happen.
    tolerance = 3 * means.std(axis=0, ddof=1) / np.sqrt(len(YEARS))
    assert tolerance.max() < 1.8
    assert (np.abs(means.mean(axis=0) - TEMPERATURE_NORMALS_C) < tolerance + 0.1).all()
    assert np.abs((means.mean(axis=0) - TEMPERATURE_NORMALS_C).mean()) < 0.35


def test_a_smooth_year_keeps_the_means_of_its_months():
    year_share = (np.arange(12 * 400) + 0.5) / 4800
    means = harmonics(TEMPERATURE_NORMALS_C, year_share).reshape(12, 400).mean(axis=1)
    # The sum over 400 steps of a month is off by about their square: 1e-4.
    assert means == pytest.approx(TEMPERATURE_NORMALS_C, abs=1e-3)


def test_warm_and_cold_spells_last():
    anomalies = [daily_anomaly(year) for year in YEARS]
    following = np.mean([np.corrcoef(one[1:], one[:-1])[0, 1] for one in anomalies])
    assert 0.68 < following < 0.85
    assert 3.0 < np.mean([one[WINTER].std() for one in anomalies]) < 4.3
    assert 1.6 < np.mean([one[SUMMER].std() for one in anomalies]) < 2.5


def test_every_year_has_its_extremes_but_no_record_of_the_pole():
    for year in YEARS:
        assert -34 < year.temperature_c.min() < -15
        assert 30 < year.temperature_c.max() < 43


def test_days_swing_by_some_ten_kelvin_and_clear_ones_more():
    clearness = [
        by_day(year.irradiance_w_per_m2).sum(axis=1)
        / clear_sky_w_per_m2(DAYS).reshape(-1, 96).sum(axis=1)
        for year in YEARS
    ]
    swing = [np.ptp(by_day(year.temperature_c), axis=1) for year in YEARS]
    assert 8 < np.mean(swing) < 12
    clear = np.concatenate([s[c > 0.75] for s, c in zip(swing, clearness, strict=True)])
    dull = np.concatenate([s[c < 0.4] for s, c in zip(swing, clearness, strict=True)])
    assert clear.mean() > dull.mean() + 2


def test_it_is_coldest_about_sunrise_and_warmest_in_the_afternoon():
    mean_day = np.mean([by_day(year.temperature_c)[SUMMER].mean(axis=0) for year in YEARS], axis=0)
    assert 4 <= mean_day.argmin() / 4 <= 6
    assert 14 <= mean_day.argmax() / 4 <= 16


def test_the_sun_brings_about_1450_kwh_on_a_square_metre_a_year_and_none_at_night():
    yearly = [year.irradiance_w_per_m2.sum(dtype=np.float64) / 4000 for year in YEARS]
    assert 1400 < np.mean(yearly) < 1500
    clear = clear_sky_w_per_m2(DAYS)
    hour = YEAR.every_day((np.arange(96) + 0.5) / 4)
    night = (hour < YEAR.by_slot(DAYS.sunrise_h)) | (hour > YEAR.by_slot(DAYS.sunset_h))
    for year in YEARS:
        assert (year.irradiance_w_per_m2 >= 0).all()
        assert (year.irradiance_w_per_m2 <= clear + 1e-3).all()
        assert year.irradiance_w_per_m2[night].max() < 2


def test_a_clear_noon_in_june_is_as_bright_as_haurwitz_says():
    # 41.8° north on 21 June: the sun stands 90 − 41.8 + 23.45 = 71.65° high, sine 0.9492.
    # 1098 · 0.9492 · exp(−0.059 / 0.9492) = 979 W/m².
    noon = clear_sky_w_per_m2(DAYS).reshape(-1, 96)[YEAR.day(date(2025, 6, 21))].max()
    assert noon == pytest.approx(979, abs=2)


def test_air_is_drier_in_the_afternoon_and_moist_in_the_monsoon():
    for year in YEARS:
        within = by_day(year.humidity_share) - by_day(year.humidity_share).mean(axis=1)[:, None]
        warmer = by_day(year.temperature_c) - by_day(year.temperature_c).mean(axis=1)[:, None]
        assert np.corrcoef(within.ravel(), warmer.ravel())[0, 1] < -0.7
        assert (year.humidity_share >= 0.05).all()
        assert (year.humidity_share <= 1).all()
    humid = [year.humidity_share[np.isin(BY_SLOT, (7, 8))].mean() for year in YEARS]
    dry = [year.humidity_share[np.isin(BY_SLOT, (3, 4))].mean() for year in YEARS]
    assert np.mean(humid) > np.mean(dry) + 0.2


def test_half_of_the_rain_falls_in_july_and_august_and_wets_the_soil():
    monsoon = np.isin(MONTH, (7, 8))
    yearly = np.mean([year.rain_mm.sum() for year in YEARS])
    assert 550 < yearly < 750
    assert 0.35 < np.mean([year.rain_mm[monsoon].sum() for year in YEARS]) / yearly < 0.6
    for year in YEARS:
        assert (year.rain_mm >= 0).all()
        assert ((year.dryness_share > 0) & (year.dryness_share <= 1)).all()
        wet = year.dryness_share[1:][year.rain_mm[:-1] > 30]
        assert (wet <= np.exp(-0.9 * 30 / 25) + 0.05).all()


def test_rain_falls_from_grey_skies():
    share = [by_day(year.irradiance_w_per_m2).sum(axis=1) for year in YEARS]
    wet = [s[SUMMER & (y.rain_mm > 0)].mean() for s, y in zip(share, YEARS, strict=True)]
    dry = [s[SUMMER & (y.rain_mm == 0)].mean() for s, y in zip(share, YEARS, strict=True)]
    assert np.mean(wet) < 0.7 * np.mean(dry)


def test_buildings_follow_the_air_slowly():
    # A step of the air is felt to 1 − exp(−1) after the time constant: the smoothed series is the
    # recursion of its own, whatever stands before.
    air, slow = (by_day(getattr(YEARS[0], name)).ravel() for name in NAMES[:2])
    keep = np.exp(-0.25 / 18)
    assert slow[1:] == pytest.approx(keep * slow[:-1] + (1 - keep) * air[1:], abs=1e-4)
    assert slow.std() < air.std()


@pytest.mark.parametrize(
    ("first_day", "last_day"),
    [(date(2025, 1, 1), date(2025, 6, 30)), (date(2025, 3, 17), date(2026, 2, 10))],
)
def test_the_weather_of_a_day_does_not_depend_on_the_span(first_day, last_day):
    span = Span.between(first_day, last_day)
    part = weather(3, span, days(span))
    skipped = YEAR.day(first_day)
    kept = min(span.days, YEAR.days - skipped)
    for name in NAMES:
        width = 1 if name in {"rain_mm", "dryness_share"} else 96
        whole = getattr(YEARS[3], name)[skipped * width :][: kept * width]
        assert (getattr(part, name)[: kept * width] == whole).all(), name


def test_arrays_have_the_types_and_shapes_they_promise_and_seeds_differ():
    for name in NAMES:
        values = getattr(YEARS[0], name)
        assert values.dtype == np.float32
        assert values.shape == (YEAR.days if name in {"rain_mm", "dryness_share"} else YEAR.slots,)
        assert np.isfinite(values).all()
        assert (values != getattr(YEARS[1], name)).any()


@pytest.fixture(scope="module")
def table():
    return weather_table(0, "fengchuan", YEAR, YEARS[0])


def errors(table, name):
    seen = table.filter(pl.col("issued_at").is_null())
    said = table.filter(pl.col("issued_at").is_not_null())
    both = seen.join(said, on="valid_at", validate="1:1")
    return (both[f"{name}_right"] - both[name]).to_numpy().astype(np.float64)


def test_the_table_is_the_weather_table_of_the_lake(table):
    kept = {k: v for k, v in WEATHER.schema.items() if k not in {"batch_id", "received_at"}}
    assert table.schema == kept
    assert table.height == 2 * 24 * YEAR.days
    assert table.select(WEATHER.key).is_duplicated().sum() == 0


def test_an_observation_is_the_mean_of_its_hour(table):
    noon = table.filter(
        pl.col("issued_at").is_null(), pl.col("valid_at") == YEAR.instant(31 * 96 + 48)
    )
    assert noon["temperature_c"].item() == pytest.approx(
        YEARS[0].temperature_c[31 * 96 + 48 : 31 * 96 + 52].mean(), abs=1e-5
    )


def test_every_hour_was_forecast_at_four_in_the_afternoon_of_the_day_before(table):
    said = table.filter(pl.col("issued_at").is_not_null())
    assert said.height == 24 * YEAR.days
    local = said.with_columns(pl.col("valid_at", "issued_at") + timedelta(hours=8))
    assert (local["issued_at"].dt.hour() == 16).all()
    assert (local["valid_at"].dt.date() - local["issued_at"].dt.date() == timedelta(days=1)).all()


def test_forecasts_miss_the_temperature_by_some_1_8_kelvin_all_day_long(table):
    error = errors(table, "temperature_c")
    assert np.sqrt((error**2).mean()) == pytest.approx(1.8, abs=0.2)
    assert abs(error.mean()) < 0.4
    of_day = error.reshape(-1, 24)
    assert np.corrcoef(of_day[:, 6], of_day[:, 18])[0, 1] > 0.4
    assert abs(np.corrcoef(of_day[:-1, 12], of_day[1:, 12])[0, 1]) < 0.2


def test_who_expects_it_too_warm_expects_too_much_sun_and_too_dry_air(table):
    warm = errors(table, "temperature_c").reshape(-1, 24).mean(axis=1)
    sun = errors(table, "irradiance_w_per_m2").reshape(-1, 24).mean(axis=1)
    moist = errors(table, "humidity_share").reshape(-1, 24).mean(axis=1)
    assert np.corrcoef(warm, sun)[0, 1] > 0.15
    assert np.corrcoef(warm, moist)[0, 1] < -0.3


def test_air_at_twenty_degrees_holds_23_hectopascal_of_water():
    assert saturation_hpa(np.array([20.0]))[0] == pytest.approx(23.4, abs=0.1)
