"""Stored forecasts of single meters: nothing later, only the newest, each customer its own."""

from contextlib import closing
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from ingest.forecast_meters import AFTERWARDS_DAYS, KEPT_DAYS, forecast_meters
from ingest.forecast_script import forecast_run
from ingest.lake import append, publish, writing
from queries.forecasting.bands import QUANTILES
from queries.lake import open_lake
from queries.load.forecast_meter_accuracy import forecast_meter_accuracy
from queries.load.forecast_meter_days import forecast_meter_days
from queries.load.forecast_meters import forecast_meters as meters_ahead
from queries.schema import METER_FORECASTS, SLOTS, TABLES
from queries.scope import EVERYTHING, Scope
from tests.load.forecast_town import FIRST, district, energy_wh

DAYS = 80
LAST = FIRST + timedelta(days=DAYS - 1)
HOURS = SLOTS[::4]


def rows_of(settings) -> pl.DataFrame:
    with closing(open_lake(settings, EVERYTHING)) as lake:
        found = lake.table("meter_forecasts").pl()
    return found.sort(METER_FORECASTS.key)


@pytest.fixture(scope="module")
def town(new_lake, register, take, day_row):
    settings = district(new_lake(), register, take, day_row, days=DAYS)
    stored = forecast_meters(settings)
    assert (stored.meters, stored.skipped) == (3, {})
    assert stored.forecast_days == 3 * (AFTERWARDS_DAYS + 7)
    return settings


@pytest.fixture
def lake(town):
    with closing(open_lake(town, EVERYTHING)) as opened:
        yield opened


def test_a_meters_forecast_uses_nothing_that_was_not_known(town, new_lake, register, take, day_row):
    poisoned = district(new_lake(), register, take, day_row, days=DAYS, poisoned=True)
    forecast_meters(poisoned, last_day=LAST)
    made = ["lake_sequence", "received_at"]
    assert rows_of(poisoned).drop(made).equals(rows_of(town).drop(made))


def test_a_single_meter_has_a_band_and_several_add_up_without_one(lake):
    single = meters_ahead(lake, area_kind="usage_point_id", area_id="P1")
    assert single.height == 7 * 24
    assert single["standard_start"][0].date() == LAST + timedelta(days=1)
    bounds = single.select("low_80_kw", "load_kw", "high_80_kw").to_numpy()
    assert (np.diff(bounds, axis=1) >= 0).all()
    both = meters_ahead(lake, area_kind="feeder", area_id="F1")
    assert both["usage_points"].unique().to_list() == [2]
    assert both["low_80_kw"].null_count() == both.height
    means = rows_of_means(lake, ("P1", "P2"))
    assert both["load_kw"].to_numpy() == pytest.approx(means)


def rows_of_means(lake, points):
    rows = lake.sql(
        "select service_date, columns('t\\d{2}00') from meter_forecasts "
        "where figure = 'mean' and usage_point_id in (select unnest($points)) "
        "and issue_date = (select max(issue_date) from meter_forecasts)",
        params={"points": list(points)},
    ).pl()
    sums = rows.group_by("service_date").agg(pl.col(HOURS).cast(pl.Int64).sum())
    return sums.sort("service_date").select(HOURS).to_numpy().ravel() / 1000


def test_days_add_their_hours_up_and_stand_beside_the_forecast_of_the_whole(lake, town):
    days = forecast_meter_days(lake, region_id="town")
    curve = meters_ahead(lake, region_id="town")
    assert days["energy_kwh"].sum() == pytest.approx(curve["load_kw"].sum())
    assert days["whole_kwh"].to_list() == [None] * 7, "the whole has not been forecast"
    issued = curve["issued_at"][0]
    day = LAST + timedelta(days=1)
    row = {
        "series_id": "system:town",
        "kind": "system",
        "region_id": "town",
        "area_id": "town",
        "issued_at": issued,
        "model": "production",
        "service_date": day,
        "service_month": f"{day:%Y-%m}",
        "lead_days": 1,
        "interval_minutes": 60,
        "temperature_kind": "none",
        "received_at": issued,
        **dict.fromkeys(HOURS, 2.0),
    }
    table = TABLES["forecasts"]
    with writing(town) as writer:
        rows = [row | {"quantile": level} for level in QUANTILES]
        append(writer, table, pl.DataFrame(rows, schema=table.schema))
        publish(writer)
    with closing(open_lake(town, EVERYTHING)) as opened:
        first = forecast_meter_days(opened, region_id="town").row(0, named=True)
    assert first["whole_kwh"] == pytest.approx(48.0)
    assert first["difference_share"] == pytest.approx(first["energy_kwh"] / 48 - 1)


def test_the_accuracy_of_a_meter_is_the_error_of_its_hours(lake):
    found = forecast_meter_accuracy(lake, area_kind="usage_point_id", area_id="P1")
    assert found.height == AFTERWARDS_DAYS
    assert found["is_made_afterwards"].all()
    last = found.row(-1, named=True)
    told = lake.sql(
        "select columns('t\\d{2}00') from meter_forecasts where usage_point_id = 'P1' "
        "and horizon = 'day' and figure = 'median' and service_date = $day",
        params={"day": LAST},
    ).pl()
    forecast = told.to_numpy().ravel() / 1000
    actual = np.array(energy_wh("P1", DAYS - 1)) / 1000
    assert last["actual_kwh"] == pytest.approx(actual.sum(), rel=1e-6)
    assert last["forecast_kwh"] == pytest.approx(forecast.sum())
    assert last["error_share"] == pytest.approx(np.abs(forecast - actual).sum() / actual.sum())
    assert last["meter_error_share"] == pytest.approx(last["error_share"])
    whole = forecast_meter_accuracy(lake, region_id="town")
    assert whole["usage_points"].unique().to_list() == [3]
    assert np.mean(whole["error_share"].to_list()) < 0.1


def test_the_next_run_adds_a_day_and_keeps_no_old_week(new_lake, register, take, day_row):
    settings = district(new_lake(), register, take, day_row, days=DAYS)
    forecast_meters(settings, last_day=LAST - timedelta(days=1))
    before = rows_of(settings)
    assert forecast_meters(settings).forecast_days == 3 * 7
    after = rows_of(settings)
    assert forecast_meters(settings).forecast_days == 0, "the same run again changes nothing"
    is_day = pl.col("horizon") == "day"
    kept = after.join(before, on=METER_FORECASTS.key, how="semi").sort(METER_FORECASTS.key)
    assert kept.equals(before.filter(is_day))
    assert after.filter(~is_day)["issue_date"].unique().to_list() == [f"{LAST + timedelta(1)}"]


def test_first_days_are_kept_for_a_month(new_lake, register, take, day_row):
    settings = district(new_lake(), register, take, day_row, days=DAYS)
    old, kept = (LAST + timedelta(days=1 - back) for back in (KEPT_DAYS, KEPT_DAYS - 1))
    rows = [
        {"usage_point_id": "P1", "region_id": region, "horizon": "day", "issue_date": f"{day}"}
        | {"service_date": day, "figure": "median", "lead_days": 1}
        for region in ("town", "elsewhere")
        for day in (old, kept)
    ]
    with writing(settings) as writer:
        append(writer, METER_FORECASTS, pl.DataFrame(rows, schema=METER_FORECASTS.schema))
        publish(writer)
    forecast_meters(settings, days=1)
    dates = rows_of(settings).group_by("region_id").agg(pl.col("issue_date").min())
    assert dict(dates.iter_rows()) == {"town": f"{kept}", "elsewhere": f"{old}"}


def test_a_customer_is_shown_its_own_meter_alone_and_a_region_its_own(town):
    anna = Scope("c", "customer", customer_ids=frozenset({"C-P1"}))
    with closing(open_lake(town, anna)) as lake:
        assert meters_ahead(lake)["usage_points"].unique().to_list() == [1]
        assert meters_ahead(lake, area_kind="customer_id", area_id="C-P2").is_empty()
        assert meters_ahead(lake, area_kind="usage_point_id", area_id="P2").is_empty()
        assert forecast_meter_accuracy(lake)["usage_points"].unique().to_list() == [1]
    north = Scope("n", "planner", regions=frozenset({"north"}))
    with closing(open_lake(town, north)) as lake:
        assert meters_ahead(lake)["usage_points"].unique().to_list() == [2]


def test_a_history_too_short_says_so(  # noqa: PLR0917 - fixtures
    new_lake, register, take, day_row, monkeypatch, capsys
):
    settings = district(new_lake(), register, take, day_row, days=40)
    monkeypatch.setenv("FENGGU_DATA", str(settings.data))
    assert forecast_run(["--meters"]) == 1
    assert "at least 63 are needed" in capsys.readouterr().out
