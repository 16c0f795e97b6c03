"""Statistics of single customers, worked out by hand."""

from contextlib import closing
from datetime import date, timedelta

import polars as pl
import pytest

from queries.lake import open_lake
from queries.load.variability import MEASURES, variability
from queries.load.variability_quantiles import variability_quantiles
from queries.scope import EVERYTHING

MONDAY = date(2024, 6, 3)
TWO_DAYS = {"first_day": MONDAY, "last_day": MONDAY + timedelta(days=1)}


@pytest.fixture(scope="module")
def lake(new_lake, take, register, day_row):
    """Customers who live the same day twice."""
    settings = new_lake()

    def twice(point, values, **more):
        days = (MONDAY, MONDAY + timedelta(days=1))
        return pl.concat(day_row(values, point=point, day=day, **more) for day in days)

    steady = {f"steady {n}": [1000 * n] * 24 for n in (1, 2, 4)}
    register(
        settings, usage_points=[{"usage_point_id": p, "transformer_id": "steady"} for p in steady]
    )
    gap = [None if hour in {6, 7} else (hour % 2) * 2000 for hour in range(24)]
    take(
        settings,
        pl.concat(
            [
                *(twice(point, values) for point, values in steady.items()),
                twice("hours", [0, 2000] * 12),
                twice("gap", gap),
                twice("ramp", [1000 * hour for hour in range(1, 25)]),
                twice("nothing", [0] * 24),
                twice("bursts", [0, 0, 0, 1000] * 24, interval=15),
                twice("lost", [None if n == 1 else 100 for n in range(96)], interval=15),
                twice("registers", [1000] * 24),
                twice("registers", {n: 2000 for n in range(24) if n != 3}, channel="import.2"),
                twice("registers", [7000] * 24, channel="export"),
            ]
        ),
    )
    with closing(open_lake(settings, EVERYTHING)) as opened:
        yield opened


@pytest.fixture
def of(lake):
    """The statistics of one customer."""

    def ask(point, *, step_minutes=60):
        area = {"area_kind": "usage_point_id", "area_id": point}
        [row] = variability(lake, **TWO_DAYS, **area, step_minutes=step_minutes).rows(named=True)
        return row

    return ask


def test_a_constant_load_has_a_load_factor_of_one_and_no_correlation(of):
    row = of("steady 2")
    assert row["annual_energy_kwh"] == pytest.approx(2 * 8760)
    assert row["maximum_kw"] == pytest.approx(2)
    assert row["load_factor_share"] == pytest.approx(1)
    assert row["quantile_99_ratio"] == pytest.approx(1)
    assert (row["zero_share"], row["variation_coefficient"]) == (0, 0)
    assert row["lag_step_correlation"] is None
    assert row["lag_day_correlation"] is None


def test_a_load_that_comes_and_goes_by_the_hour(of):
    row = of("hours")
    assert row["zero_share"] == pytest.approx(0.5)
    assert row["load_factor_share"] == pytest.approx(0.5)
    assert row["variation_coefficient"] == pytest.approx(1)
    assert row["lag_step_correlation"] == pytest.approx(-1)
    assert row["lag_day_correlation"] == pytest.approx(1)


def test_a_gap_is_no_zero_and_makes_no_pairs(of):
    row = of("gap")
    assert row["readings_share"] == pytest.approx(22 / 24)
    assert row["zero_share"] == pytest.approx(0.5)
    assert row["annual_energy_kwh"] == pytest.approx(8760)
    assert row["lag_step_correlation"] == pytest.approx(-1)


def test_quantiles_of_a_load_are_loads_that_were_read(of):
    row = of("ramp")
    # 46 of the 48 hours, which is 95 %, are at most 23 kW; the mean is 12.5 kW
    assert row["quantile_95_ratio"] == pytest.approx(23 / 12.5)
    assert row["quantile_99_ratio"] == pytest.approx(24 / 12.5)


def test_who_draws_nothing_has_no_ratios(of):
    row = of("nothing")
    assert (row["annual_energy_kwh"], row["maximum_kw"], row["zero_share"]) == (0, 0, 1)
    assert row["load_factor_share"] is None
    assert row["variation_coefficient"] is None


def test_longer_steps_are_steadier(of):
    quarters, hours = of("bursts", step_minutes=15), of("bursts", step_minutes=60)
    assert quarters["load_factor_share"] == pytest.approx(0.25)
    assert hours["load_factor_share"] == pytest.approx(1)
    assert quarters["annual_energy_kwh"] == pytest.approx(hours["annual_energy_kwh"])


def test_half_an_hour_of_which_a_quarter_is_missing_is_missing(of):
    row = of("lost", step_minutes=30)
    assert row["load_factor_share"] == pytest.approx(1), "0.4 kW throughout, not 0.2 at midnight"


def test_registers_of_a_channel_add_up_and_what_one_missed_is_missing(of):
    row = of("registers")
    assert row["annual_energy_kwh"] == pytest.approx(3 * 8760)
    assert row["load_factor_share"] == pytest.approx(1)
    assert row["readings_share"] == pytest.approx(47 / 48)


def test_a_meter_that_reads_less_often_than_the_step_is_said(of):
    assert of("steady 1", step_minutes=30)["spread_share"] == 1
    assert of("bursts", step_minutes=30)["spread_share"] == 0


def test_quantiles_over_the_points_lie_between_the_points(lake):
    quantiles = variability_quantiles(
        lake,
        **TWO_DAYS,
        area_kind="transformer",
        area_id="steady",
        step_minutes=60,
        quantiles=(0.0, 0.5, 0.75, 1.0),
    ).filter(pl.col("customer_class") == "all")
    energy = quantiles.filter(pl.col("measure") == "annual_energy_kwh")
    assert energy["value"].to_list() == pytest.approx([8760, 2 * 8760, 3 * 8760, 4 * 8760])
    assert energy["usage_points"].unique().to_list() == [3]
    # nobody has a correlation: there is nothing to have quantiles of
    assert set(MEASURES) - set(quantiles["measure"]) == {
        "lag_step_correlation",
        "lag_day_correlation",
    }


def test_every_customer_has_one_row_by_whatever_blocks_they_are_read(lake, monkeypatch):
    whole = variability(lake, **TWO_DAYS)
    monkeypatch.setattr("queries.step_loads._BLOCK_STEPS", 3 * 2 * 48)
    assert variability(lake, **TWO_DAYS).equals(whole)
    assert whole["usage_point_id"].is_sorted()
