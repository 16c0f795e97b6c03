"""Growth at equal temperature: what was planted is found, and nothing is guessed."""

from contextlib import closing
from datetime import date

import numpy as np
import pytest

from queries.lake import open_lake
from queries.load.compared_months import compared_months
from queries.load.decomposition import decomposition
from queries.load.group_series import group_energy
from queries.load.growth import growth
from queries.load.growth_days import growth_days
from queries.load.growth_hours import growth_hours
from queries.load.yearly_growth import yearly_growth
from queries.scope import EVERYTHING
from tests.load.town_with_weather import DAYS, FIRST, GROWTH, LAST, MARKET, SHOPS, STREET

PERIOD = {"first_day": FIRST, "last_day": LAST}


@pytest.fixture(scope="module")
def lake(town_settings):
    with closing(open_lake(town_settings, EVERYTHING)) as opened:
        yield opened


def test_areas_are_ranked_by_growth_whatever_the_weather_did(lake):
    first, second = growth(lake, **PERIOD, group_by="transformer").rows(named=True)
    assert (first["group_id"], second["group_id"]) == (MARKET, STREET)
    assert first["growth_share"] == pytest.approx(GROWTH, abs=0.005)
    assert first["growth_low_share"] < GROWTH < first["growth_high_share"]
    # 2024 was 2 K warmer, which changed what homes used; at equal temperature they did not grow.
    assert abs(second["as_read_share"]) > 0.01
    assert second["growth_low_share"] < 0 < second["growth_high_share"]
    assert second["growth_share"] == pytest.approx(0, abs=0.005)
    assert first["usage_points"] == first["steady_points"] == SHOPS


def test_the_change_is_the_sum_of_its_parts(lake):
    for group_by in ("all", "customer_class"):
        for row in growth(lake, **PERIOD, group_by=group_by).rows(named=True):
            parts = [row[f"{p}_kwh"] for p in ("weather", "calendar", "connections", "underlying")]
            assert sum(parts) == pytest.approx(row["after_kwh"] - row["before_kwh"], abs=1)


def test_a_year_has_nothing_to_be_held_against(lake):
    short = {"first_day": FIRST, "last_day": date(2023, 12, 31)}
    [row] = growth(lake, **short).rows(named=True)
    assert (row["status"], row["growth_share"]) == ("short", None)
    assert growth_hours(lake, **short).is_empty()
    assert growth_days(lake, **short).is_empty()


def test_thirteen_months_give_one_pair():
    assert compared_months(date(2024, 1, 2), date(2025, 1, 31)) is None
    found = compared_months(date(2024, 1, 1), date(2025, 1, 31))
    assert found is not None
    assert (found.earlier[0][0], found.later[0][0]) == (date(2024, 1, 1), date(2025, 1, 1))


def test_hours_of_the_market_grow_alike_in_every_month_and_those_of_the_street_do_not(lake):
    market = growth_hours(lake, **PERIOD, area_kind="transformer", area_id=MARKET)
    # January and February are taken together: eleven rows of months.
    assert market.height == 11 * 24
    assert market["growth_share"].to_numpy() == pytest.approx(np.full(11 * 24, GROWTH), abs=0.02)
    street = growth_hours(lake, **PERIOD, area_kind="transformer", area_id=STREET)
    off = np.abs(street["growth_share"].to_numpy()).mean()
    assert off < 0.03
    assert np.abs(street["as_read_share"].to_numpy()).mean() > 2 * off


def test_workdays_and_rest_days_of_every_season_are_compared(lake):
    found = growth_days(lake, **PERIOD, area_kind="transformer", area_id=MARKET)
    assert found.height == 8
    assert found["compared_days"].sum() == 366
    assert found["growth_share"].to_numpy() == pytest.approx(np.full(8, GROWTH), abs=0.02)


def test_a_day_is_the_sum_of_its_parts_and_the_trend_is_free_of_the_seasons(lake):
    found = decomposition(lake, **PERIOD, area_kind="transformer", area_id=STREET)
    assert found.height == DAYS
    names = ("trend", "temperature", "calendar", "remainder")
    parts = np.stack([found[f"{name}_kwh"].to_numpy() for name in names])
    energy = found["energy_kwh"].to_numpy()
    assert parts.sum(axis=0) == pytest.approx(energy)
    assert parts[0].std() < 0.03 * parts[0].mean()
    assert energy.std() > 0.15 * energy.mean()


def test_a_point_that_was_not_read_is_taken_to_do_as_its_group():
    energy = np.array([[10.0, 20.0, np.nan, 10.0], [30.0, 60.0, 60.0, 30.0]])
    [total] = group_energy(energy, np.ones((1, 2)))
    # On the third day the second point, usually 45 of 58.3, took 60.
    assert total.tolist() == pytest.approx([40, 80, 60 * (40 / 3 + 45) / 45, 40])


def test_a_point_counts_from_its_first_day_on():
    energy = np.array([[np.nan, np.nan, 10.0, 10.0], [30.0, 30.0, 30.0, 30.0]])
    [total] = group_energy(energy, np.ones((1, 2)))
    assert total.tolist() == [30, 30, 40, 40]


def test_who_moves_in_is_a_connection_and_no_growth():
    random = np.random.default_rng(2)
    days = 730
    outdoor_c = 10 - 15 * np.cos(2 * np.pi * np.arange(days) / 365) + random.normal(0, 3, days)
    energy = 10 + random.normal(0, 0.3, (6, days))
    energy[5, :500] = np.nan
    is_after = np.arange(days) >= 365
    found = yearly_growth(
        energy,
        np.ones((1, 6)),
        outdoor_c,
        (np.arange(days) % 7 >= 5)[:, None],
        np.arange(days) % 365 + 1,
        ~is_after,
        is_after,
    )
    assert found.steady_points.tolist() == [5]
    assert found.connections[0] == pytest.approx(2300, rel=0.02)
    assert found.growth_share[0] == pytest.approx(0, abs=0.003)


def test_intervals_of_growth_hold_what_was_planted_though_every_customer_has_its_own():
    random = np.random.default_rng(6)
    groups, each, days = 150, 8, 730
    day, is_after = np.arange(days), np.arange(days) >= 365
    outdoor_c = 10 - 15 * np.cos(2 * np.pi * day / 365) + random.normal(0, 3, days)
    size = random.lognormal(0, 0.4, (groups * each, 1))
    own = np.where(is_after, 1.03 * (1 + random.normal(0, 0.1, (groups * each, 1))), 1.0)
    cold = 1 + 0.05 * np.maximum(14 - outdoor_c, 0)
    noise = 1 + random.normal(0, 0.2, (groups * each, days))
    found = yearly_growth(
        size * own * cold * noise,
        np.kron(np.eye(groups), np.ones((1, each))),
        outdoor_c,
        (day % 7 >= 5)[:, None],
        day % 365 + 1,
        ~is_after,
        is_after,
    )
    within = (found.low_share <= 0.03) & (found.high_share >= 0.03)
    assert 0.9 <= within.mean() <= 0.995
    # Eight customers who differ by a tenth: 1.96 · 0.1 / √8 is 7 %, a little more by Student's t.
    assert np.median(found.high_share - found.low_share) / 2 == pytest.approx(0.09, abs=0.02)
