from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from ingest.simulated.loads.solar import draw_solar, solar_w
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.days import days
from ingest.simulated.surroundings.economy import economy
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from ingest.simulated.surroundings.weather import weather

SPAN = Span.between(date(2024, 1, 1), date(2024, 12, 31))
KWH_PER_W = 0.25 / 1e3


@pytest.fixture(scope="module")
def year():
    calendar = days(SPAN)
    return Setting(1, SPAN, calendar, weather(1, SPAN, calendar), economy(1, SPAN, "fengchuan"))


def plant(area_kind="rural", **changes):
    return replace(draw_solar(stream(1, "test solar", 0), area_kind, first_day=-10), **changes)


def fed_w(solar, year, number=0):
    return solar_w(solar, year, stream(1, "test feeding", number))


def test_nothing_is_fed_between_sunset_and_sunrise(year):
    starts_h = np.arange(96) / 4
    is_night = (starts_h + 0.25 <= year.days.sunrise_h[:, None]) | (
        starts_h >= year.days.sunset_h[:, None]
    )
    fed = fed_w(plant(), year).reshape(-1, 96)
    assert not fed[is_night].any()
    assert (fed >= 0.0).all()


def test_every_clear_noon_feeds(year):
    noon = fed_w(plant(), year).reshape(-1, 96)[:, 46]
    assert (noon[year.weather.irradiance_w_per_m2.reshape(-1, 96)[:, 46] > 50.0] > 0.0).all()


def test_nothing_is_fed_before_the_plant_is_built(year):
    fed = fed_w(plant(first_day=200), year)
    assert not fed[: 200 * 96].any()
    assert fed[200 * 96 : 201 * 96].any()
    assert not fed_w(plant(first_day=SPAN.days), year).any()


def test_the_inverter_limits_what_is_fed(year):
    fed = fed_w(plant(capacity_kw=20.0, inverter_kw=10.0), year)
    assert fed.max() == 10e3


@pytest.mark.parametrize("area_kind", ["urban", "suburban", "rural", "street", "industrial"])
def test_a_kilowatt_yields_1150_to_1400_kwh_a_year(year, area_kind):
    for number in range(6):
        solar = draw_solar(stream(1, "test solar", number), area_kind, first_day=0)
        yield_h = fed_w(solar, year, number).sum(dtype=np.float64) * KWH_PER_W / solar.capacity_kw
        # Roofs that face 60° from south, or lie nearly flat under snow, lose some.
        assert 1_100 < yield_h < 1_450


def test_twice_the_modules_feed_twice_as_much(year):
    small = plant(capacity_kw=5.0, inverter_kw=50.0)
    large = replace(small, capacity_kw=10.0)
    assert fed_w(large, year) == pytest.approx(2.0 * fed_w(small, year), rel=1e-5)


def test_a_roof_to_the_east_feeds_earlier_than_one_to_the_west(year):
    hours = np.tile(np.arange(96) / 4, SPAN.days)
    east, south, west = (fed_w(plant(azimuth_deg=a), year) for a in (120.0, 180.0, 240.0))
    middle_h = [float((fed * hours).sum() / fed.sum()) for fed in (east, south, west)]
    assert middle_h == sorted(middle_h)
    assert middle_h[2] - middle_h[0] > 0.5
    assert south.sum() > max(east.sum(), west.sum())


def test_snow_covers_the_modules_until_it_thaws(year):
    mean_c = year.weather.temperature_c.reshape(-1, 96).mean(axis=1)
    fresh = (year.weather.rain_mm > 1.0) & (mean_c < 0.0)
    assert fresh.any()
    fed_kwh = fed_w(plant(), year).reshape(-1, 96).sum(axis=1) * KWH_PER_W
    light = year.weather.irradiance_w_per_m2.reshape(-1, 96).sum(axis=1)
    cold = mean_c < 0.0
    assert (fed_kwh[fresh] / light[fresh]).max() < 0.3 * np.median(fed_kwh[cold] / light[cold])


def test_two_roofs_under_one_sky_are_alike_but_not_the_same(year):
    one, other = fed_w(plant(), year, 1), fed_w(plant(), year, 2)
    by_day = year.weather.irradiance_w_per_m2 > 0.0
    assert 0.9 < np.corrcoef(one[by_day], other[by_day])[0, 1] < 0.999


def test_the_same_stream_feeds_the_same(year):
    assert np.array_equal(fed_w(plant(), year), fed_w(plant(), year))
    assert fed_w(plant(), year).dtype == np.float32


def test_a_given_capacity_is_kept():
    assert draw_solar(stream(1, "s", 1), "industrial", 0, capacity_kw=150.0).capacity_kw == 150.0
