"""The economy of the district: published series against the orders they are counted from."""

import pickle
from calendar import monthrange
from datetime import date

import numpy as np
import polars as pl
import pytest

from ingest.simulated.surroundings.economy import GROUPS, HISTORY_MONTHS, economy
from ingest.simulated.surroundings.span import Span
from queries.schema import ECONOMY

SPAN = Span.between(date(2024, 1, 1), date(2025, 12, 31))
ECONOMIES = [economy(seed, SPAN, "fengchuan") for seed in range(12)]
INDUSTRY = {
    "manufacturing": 0.34,
    "construction_materials": 0.12,
    "food": 0.14,
    "chemicals": 0.16,
    "machinery": 0.24,
}
MONTH = np.array([(day.year - 2024) * 12 + day.month - 1 for day in SPAN.dates])


def series(of, name):
    return of.table.filter(pl.col("series") == name).sort("period_start")


def by_month(values):
    return np.bincount(MONTH, values.astype(np.float64)) / np.bincount(MONTH)


def test_orders_are_a_factor_about_one_of_every_day_and_differ_by_trade_and_seed():
    for of in ECONOMIES:
        for group in GROUPS:
            orders = of.orders(group)
            assert orders.dtype == np.float32
            assert orders.shape == (SPAN.days,)
            assert 0.7 < orders.mean() < 1.45
            assert orders.min() > 0.3
            assert orders.max() < 2
    assert (ECONOMIES[0].orders("food") != ECONOMIES[0].orders("retail")).all()
    assert (ECONOMIES[0].orders("food") != ECONOMIES[1].orders("food")).all()


def test_building_stops_in_winter_and_shops_are_busiest_about_new_year():
    for of in ECONOMIES:
        building = by_month(of.orders("construction_materials"))[:12]
        assert building[[0, 1]].max() < 0.75 * building[4:9].min()
    retail = np.mean(
        [by_month(of.orders("retail")).reshape(2, 12) for of in ECONOMIES], axis=(0, 1)
    )
    assert retail.argmax() == 0


def test_trades_rise_and_fall_together_some_more_than_others():
    def yearly_change(of, group):
        orders = by_month(of.orders(group))
        return np.log(orders[12:] / orders[:12])

    many = [economy(seed, SPAN, "r") for seed in range(40)]
    change = {g: np.concatenate([yearly_change(of, g) for of in many]) for g in GROUPS}
    assert np.corrcoef(change["machinery"], change["chemicals"])[0, 1] > 0.5
    assert change["construction_materials"].std() > 1.3 * change["food"].std()


def test_the_industrial_index_is_the_weighted_mean_of_orders_but_for_the_error_of_counting():
    errors = []
    for of in ECONOMIES:
        production = np.sum([w * by_month(of.orders(g)) for g, w in INDUSTRY.items()], axis=0)
        growth = 100 * production[12:] / production[:12]
        published = series(of, "industrial_production").filter(
            pl.col("period_start") >= date(2025, 1, 1)
        )["value"]
        errors.append(published.to_numpy() - growth)
    # Two levels, each counted to 0.4 %: the growth to 0.4 · √2 = 0.57.
    assert np.std(errors) == pytest.approx(0.57, abs=0.12)
    assert abs(np.mean(errors)) < 0.2


def test_growth_and_level_of_production_say_the_same():
    for of in ECONOMIES:
        level = series(of, "industrial_production_level")["value"].to_numpy()
        growth = series(of, "industrial_production")["value"].to_numpy()
        assert level[:12].mean() == pytest.approx(100)
        assert growth[12:] == pytest.approx(100 * level[12:] / level[:-12])


def test_purchasing_managers_feel_production_rise():
    said, risen = [], []
    for seed in range(40):
        of = economy(seed, SPAN, "r")
        level = series(of, "industrial_production")["value"].to_numpy()
        managers = series(of, "purchasing_managers_index")["value"].to_numpy()
        assert managers.min() > 42
        assert managers.max() < 58
        said.append(managers[3:])
        risen.append(level[3:] - level[:-3])
    assert np.corrcoef(np.concatenate(said), np.concatenate(risen))[0, 1] > 0.4


def test_series_are_published_from_two_years_before_with_their_units_and_whole_periods():
    table = ECONOMIES[0].table
    kept = {k: v for k, v in ECONOMY.schema.items() if k not in {"batch_id", "received_at"}}
    assert table.schema == kept
    assert table.select(ECONOMY.key).is_duplicated().sum() == 0
    assert table.null_count().sum_horizontal().item() == 0
    assert table["value"].is_finite().all()
    count = dict(table.group_by("series").len().iter_rows())
    months = HISTORY_MONTHS + 24
    assert count == {
        "industrial_production": months,
        "industrial_production_level": months,
        "retail_sales": months,
        "purchasing_managers_index": months,
        "equipment_renewal_subsidy": months,
        "gross_domestic_product": months // 3,
        "population": months // 12,
    }
    for row in table.iter_rows(named=True):
        months = {"gross_domestic_product": 3, "population": 12}.get(row["series"], 1)
        start, end = row["period_start"], row["period_end"]
        assert start.day == 1
        assert (end.year - start.year) * 12 + end.month - start.month == months - 1
        assert end.day == monthrange(end.year, end.month)[1]


def test_what_has_not_ended_is_not_published():
    of = economy(1, Span.between(date(2024, 1, 15), date(2024, 8, 20)), "r")
    assert series(of, "retail_sales")["period_end"].max() == date(2024, 7, 31)
    assert series(of, "retail_sales")["period_start"].min() == date(2022, 1, 1)
    assert series(of, "gross_domestic_product")["period_end"].max() == date(2024, 6, 30)
    assert series(of, "population")["period_end"].max() == date(2023, 12, 31)


def test_the_subsidy_is_marked_from_its_first_month_and_lifts_machinery():
    later, earlier = [], []
    for seed in range(60):
        of = economy(seed, SPAN, "r")
        marker = series(of, "equipment_renewal_subsidy")
        assert date(2024, 7, 1) <= of.subsidy_first_day <= date(2025, 3, 1)
        in_force = marker.filter(pl.col("value") == 1)["period_start"]
        assert in_force.min() == of.subsidy_first_day
        assert set(marker["value"]) == {0.0, 1.0}
        day = SPAN.day(of.subsidy_first_day)
        ratio = of.orders("machinery") / of.orders("chemicals")
        earlier.append(ratio[day - 60 : day].mean())
        later.append(ratio[day + 180 : day + 240].mean())
    # Planted: 5 % after half a year. Trends add 1.6 %, seasons and chance the tolerance.
    assert np.mean(np.log(np.array(later) / earlier)) == pytest.approx(0.065, abs=0.035)


@pytest.mark.parametrize("last_day", [date(2024, 2, 29), date(2024, 6, 30), date(2024, 11, 13)])
def test_orders_of_a_day_do_not_depend_on_the_last_day(last_day):
    part = economy(5, Span.between(SPAN.first_day, last_day), "fengchuan")
    for group in GROUPS:
        shared = part.orders(group)
        assert (ECONOMIES[5].orders(group)[: shared.size] == shared).all()
    both = part.table.join(ECONOMIES[5].table, on=["region_id", "series", "period_start"])
    assert both.height == part.table.height
    assert (both["value"] == both["value_right"]).all()


def test_an_economy_survives_the_way_to_another_process():
    copy = pickle.loads(pickle.dumps(ECONOMIES[0]))  # noqa: S301 - made a moment ago
    assert (copy.orders("offices") == ECONOMIES[0].orders("offices")).all()
    assert copy.table.equals(ECONOMIES[0].table)


def test_a_trade_without_orders_is_named_with_those_that_have():
    with pytest.raises(ValueError, match="no orders of the trade 'mining': expected one of"):
        ECONOMIES[0].orders("mining")
