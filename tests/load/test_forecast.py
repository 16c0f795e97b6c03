"""Stored forecasts: made from the past alone, never replaced, held against what came."""

from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from ingest.forecast_script import forecast_run
from ingest.forecasts import Wanted, forecast, has_forecasts
from ingest.lake import append, publish, writing
from queries.forecasting.bands import QUANTILES
from queries.forecasting.choice import LEAST_DAYS as LEAST_CHOICE_DAYS
from queries.forecasting.choice import MODELS as CANDIDATES
from queries.forecasting.classical import TERMS
from queries.forecasting.day_ahead import LEAST_DAYS
from queries.lake import open_lake
from queries.load.forecast_accuracy import forecast_accuracy
from queries.load.forecast_against_actual import forecast_against_actual
from queries.load.forecast_alarms import forecast_alarms
from queries.load.forecast_curve import forecast_curve
from queries.load.forecast_days import forecast_days
from queries.load.forecast_drift import forecast_drift
from queries.load.forecast_drivers import forecast_drivers
from queries.load.forecast_series import forecast_series
from queries.load.model_backtest import model_backtest
from queries.load.model_effects import model_effects
from queries.load.model_scores import model_scores
from queries.load.prophet_components import prophet_components
from queries.run import QuestionError
from queries.schema import SLOTS, TABLES
from queries.scope import EVERYTHING, Scope
from queries.series_loads import Series, district_series, series_loads
from queries.series_served import served_models
from queries.series_sums import sums_of_series
from queries.series_weather import SeriesWeather, served_or_assumed
from queries.stored_forecasts import TRUTH_DAYS, checked, series_named
from tests.load.forecast_town import DAYS, FIRST, LAST, degrees, district, start_of

KINDS = ("system", "region", "customer")
QUICK = Wanted(kinds=KINDS, fits_trees=False)
WHOLE = {"series_id": "system:town"}
MADE = ["lake_sequence", "received_at"]


def rows_of(settings, table="forecasts"):
    with closing(open_lake(settings, EVERYTHING)) as lake:
        found = lake.table(table).pl()
    return found.sort(TABLES[table].key)


@pytest.fixture(scope="module")
def town(new_lake, register, take, day_row):
    settings = district(new_lake(forecast_customers=1), register, take, day_row)
    assert not has_forecasts(settings)
    stored = forecast(settings, QUICK, workers=1)
    assert stored.skipped == {}
    assert stored.series == 4  # the whole, two regions and the largest customer
    return settings


@pytest.fixture
def lake(town):
    with closing(open_lake(town, EVERYTHING)) as opened:
        yield opened


@pytest.fixture(scope="module")
def poisoned(new_lake, register, take, day_row):
    """Mad readings after the last day, and weather observed or issued later."""
    return district(new_lake(forecast_customers=1), register, take, day_row, poisoned=True)


def test_a_forecast_never_uses_what_was_not_known_at_its_time(town, poisoned):
    wanted = Wanted(kinds=KINDS, last_day=LAST, fits_trees=False)
    forecast(poisoned, wanted, workers=1)
    for table in ("forecasts", "forecast_drivers", "forecast_scores"):
        before, after = rows_of(town, table), rows_of(poisoned, table)
        assert before.height > 0
        assert after.drop(MADE).equals(before.drop(MADE)), table


def test_the_poison_would_be_seen_if_it_were_known(town, poisoned):
    forecast(poisoned, Wanted(kinds=("system",), days=1, fits_trees=False), workers=1)
    told, before = (
        rows_of(settings).filter(pl.col("quantile") == 0.5, pl.col("kind") == "system")
        for settings in (poisoned, town)
    )
    assert told["t0000"].max() > 2 * before["t0000"].max()


def test_yesterdays_forecast_stays_when_the_next_day_is_read(new_lake, register, take, day_row):
    settings = district(new_lake(forecast_customers=0), register, take, day_row, days=45)
    system = Wanted(kinds=("system",), days=1, fits_trees=False)
    forecast(settings, system, workers=1)
    before = rows_of(settings)
    assert forecast(settings, system, workers=1).forecast_days == 0
    assert rows_of(settings).equals(before), "the same run again changes nothing"
    next_day = FIRST + timedelta(days=45)
    for point in ("P1", "P2", "P3"):
        take(settings, day_row([1000] * 24, point=point, day=next_day))
    forecast(settings, system, workers=1)
    after = rows_of(settings)
    kept = after.join(before, on=TABLES["forecasts"].key, how="semi").sort(TABLES["forecasts"].key)
    assert kept.equals(before)
    ahead = after.filter(pl.col("issued_at") == start_of(46), pl.col("quantile") == 0.5)
    assert ahead["service_date"].min() == next_day + timedelta(days=1)
    with closing(open_lake(settings, EVERYTHING)) as lake:
        held = forecast_against_actual(lake, **WHOLE, days=1)
    assert held["actual_kw"].to_list() == [3.0] * 24
    stored = before.filter(pl.col("service_date") == next_day, pl.col("quantile") == 0.5)
    assert held["load_kw"][0] == pytest.approx(stored["t0000"].item())


def test_the_forecasts_of_parts_add_up_to_the_whole(lake):
    medians = lake.sql(
        "select kind, service_date, columns('t\\d{2}00') from forecasts "
        "where quantile = 0.5 and kind <> 'customer' and service_date > $last",
        params={"last": LAST},
    ).pl()
    sums = medians.group_by("kind", "service_date").agg(pl.col(SLOTS[::4]).sum())
    whole = sums.filter(pl.col("kind") == "system").sort("service_date").select(SLOTS[::4])
    parts = sums.filter(pl.col("kind") == "region").sort("service_date").select(SLOTS[::4])
    # single precision in the lake
    assert np.allclose(parts.to_numpy(), whole.to_numpy(), rtol=1e-5)


def test_a_whole_is_cut_by_regions_feeders_and_classes_and_what_a_cut_leaves_out_is_a_part():
    """Point c is on no feeder; a customer is part of nothing that adds up."""
    parts = {
        "system": {"town": "abc"},
        "region": {"north": "ab", "south": "c"},
        "feeder": {"F": "ab"},
        "customer_class": {"residential": "a", "commercial": "bc"},
        "customer": {"anna": "a"},
    }
    chosen = [
        Series(kind, area, "town", tuple(points))
        for kind, areas in parts.items()
        for area, points in areas.items()
    ]
    sums, nodes = sums_of_series(chosen)
    assert sums == [(0, [1, 2]), (0, [3, 7]), (0, [4, 5])]
    assert nodes == len(chosen) + 1


def test_every_series_of_a_district_is_found_wholes_before_parts(lake):
    found = district_series(lake, "town", last_day=LAST, customers=1)
    assert [series.series_id for series in found] == [
        "system:town",
        "region:north",
        "region:south",
        "feeder:F1",
        "feeder:F2",
        "customer_class:town:commercial",
        "customer_class:town:residential",
        "customer:C-P2",
    ]


def test_the_week_ahead_is_told_with_bands_temperature_and_kind_of_day(lake):
    curve, days = forecast_curve(lake, **WHOLE), forecast_days(lake, **WHOLE)
    assert curve.height == 7 * 24
    assert days["service_date"].to_list() == [LAST + timedelta(days=n) for n in range(1, 8)]
    bounds = curve.select("low_95_kw", "low_80_kw", "load_kw", "high_80_kw", "high_95_kw")
    assert (np.diff(bounds.to_numpy(), axis=1) >= 0).all()
    labour_day = days.filter(pl.col("service_date") == date(2024, 5, 1)).row(0, named=True)
    assert (labour_day["day_kind"], labour_day["day_class"]) == ("rest_day", "3:labor_day")
    assert days["energy_kwh"].sum() == pytest.approx(curve["load_kw"].sum())
    # Only the first day's temperature had been forecast by then; the others are as the last two.
    foretold, last = degrees(DAYS) + 0.5, (degrees(DAYS - 1) + degrees(DAYS - 2)) / 2
    assert days["temperature_c"].to_list() == pytest.approx([foretold, *[last] * 6])


def test_what_drives_a_day_adds_up_to_its_forecast(lake):
    drivers = forecast_drivers(lake, **WHOLE)
    days = forecast_days(lake, **WHOLE)
    assert drivers["driver"].n_unique() == 5
    sums = drivers.group_by("service_date", maintain_order=True).agg(pl.col("load_kw").sum())
    assert np.allclose(sums["load_kw"] * 24, days["energy_kwh"], rtol=1e-5)


def test_the_forecast_served_is_that_of_the_model_chosen_and_the_leaderboard_says_why(town, lake):
    """Last week's load and a SARIMA beat what five weeks taught the production model."""
    scores = model_scores(lake, region_id="town").filter(series_id="system:town")
    assert set(scores["model"]) == set(CANDIDATES)
    assert scores["error_kw"].is_sorted()
    assert scores.select("first_day", "last_day").n_unique() == 1, "all of them on the same days"
    best, served = scores.row(0, named=True), scores.filter("is_chosen").row(0, named=True)
    assert best["model"] == served["model"] == "classical"
    assert served["model_before"] == "production"
    stored = rows_of(town).filter(pl.col("series_id") == "system:town", pl.col("lead_days") == 1)
    models = stored.unique("service_date").sort("service_date").select("service_date", "model")
    since = models.filter(pl.col("model") == "classical")["service_date"].min()
    assert served["served_since"] == since
    first = stored["service_date"].min()
    assert (since - first).days >= LEAST_CHOICE_DAYS
    assert models["model"].to_list()[:LEAST_CHOICE_DAYS] == ["production"] * LEAST_CHOICE_DAYS
    assert best["lead_share"] == 0.0
    rest = scores.filter(pl.col("model") == "production").row(0, named=True)
    assert rest["lead_share"] == pytest.approx(1 - rest["error_kw"] / served["error_kw"])
    assert 0.5 < served["coverage_share"] <= 1.0


def test_the_model_in_service_goes_on_from_run_to_run(lake):
    """What served last is read from what is stored, as of the day before the next forecast."""
    now = served_models(lake).filter(series_id="system:town").row(0, named=True)
    assert (now["model"], now["served_day"]) == ("classical", LAST + timedelta(days=1))
    before = served_models(lake, now["served_since"]).filter(series_id="system:town")
    assert before.select("model", "model_before").rows() == [("production", None)]


def test_a_backtest_ranks_models_and_says_why_one_is_missing(lake):
    found = model_backtest(lake, **WHOLE, days=7, models="naive_24h,naive_168h,prophet")
    assert found["model"].to_list() == ["naive_168h", "naive_24h", "prophet"]
    assert found["is_chosen"].to_list() == [True, False, False]
    assert found["why_not"].to_list() == [None, None, "short"]
    assert found["better_share"][0] == 0.0
    with pytest.raises(QuestionError, match="no model 'oracle'"):
        model_backtest(lake, **WHOLE, models="oracle")


def test_a_series_shorter_than_two_years_gets_an_explanation_from_prophet_and_no_line(lake):
    found = prophet_components(lake, **WHOLE)
    assert found.select("status", "history_days").rows() == [("short", DAYS)]
    assert found["load_kw"].to_list() == [None]


def test_what_came_of_a_series_is_the_same_whether_read_with_others_or_alone(lake):
    found = [one for one in forecast_series(lake)["series_id"] if not one.startswith("customer:")]
    assert len(found) == 3
    for series_id in found:
        held = checked(lake, series_id)
        assert held is not None
        series = series_named(lake, series_id)
        alone = series_loads(
            lake, [series], first_day=LAST - timedelta(TRUTH_DAYS - 1), last_day=LAST
        )
        assert np.array_equal(held.truth, alone.load_kw[series_id], equal_nan=True)
        assert np.isfinite(held.truth).any()


def test_a_silent_meter_is_no_drop_of_load(new_lake, register, take, day_row):
    settings = new_lake()
    points = [{"usage_point_id": p, "region_id": "r"} for p in ("A", "B")]
    register(settings, regions=[{"region_id": "r"}], usage_points=points)
    first = date(2024, 3, 1)
    days = [first + timedelta(days=n) for n in range(10)]
    rows = [day_row([3000] * 24, point="A", day=day) for day in days]
    rows += [day_row([1000] * 24, point="B", day=day) for day in days[:-1]]
    take(settings, pl.concat(rows))
    with closing(open_lake(settings, EVERYTHING)) as lake:
        [whole] = district_series(lake, "r", last_day=days[-1])
        found = series_loads(lake, [whole], first_day=first, last_day=days[-1])
        halves = series_loads(
            lake, [whole], first_day=first, last_day=days[-1], interval_minutes=30
        )
    # A's 3 kW are three quarters of what both took before
    assert found.load_kw["system:r"][-1] == pytest.approx([4.0] * 24)
    assert halves.load_kw["system:r"][0] == pytest.approx([4.0] * 48)


def test_a_day_of_which_too_little_was_read_is_not_known(new_lake, register, take, day_row):
    settings = new_lake()
    points = [{"usage_point_id": p, "region_id": "r"} for p in ("A", "B")]
    register(settings, regions=[{"region_id": "r"}], usage_points=points)
    first = date(2024, 3, 1)
    take(
        settings,
        *(day_row([1000] * 24, point=p, day=first) for p in ("A", "B")),
        day_row([1000] * 24, point="A", day=first + timedelta(days=1)),
    )
    with closing(open_lake(settings, EVERYTHING)) as lake:
        [whole] = district_series(lake, "r", last_day=first)
        last = first + timedelta(days=1)
        found = series_loads(lake, [whole], first_day=first, last_day=last)
    assert found.load_kw["system:r"][0] == pytest.approx([2.0] * 24)
    assert np.isnan(found.load_kw["system:r"][1]).all()


def test_without_a_forecast_of_tomorrow_the_model_is_trained_on_two_days_before():
    served, observed = np.full((12, 2), 20.0), np.full((12, 2), 21.0)
    assert served_or_assumed(SeriesWeather(served, observed), 10)[0] == "forecast"
    served[10] = np.nan
    kind, used = served_or_assumed(SeriesWeather(served, observed), 10)
    assert kind == "past"
    assert used is not None
    assert np.isnan(used.served).all()
    assert np.isnan(used.observed[10:]).all(), "what was observed later is not looked at"
    nothing = np.full((12, 2), np.nan)
    assert served_or_assumed(SeriesWeather(nothing, nothing), 10) == ("none", None)


def by_hand(new_lake, register, take, day_row, *, actual, days=3):
    """One point of 100 kW for a month; forecasts of the last days: 110 kW, 95 % band ± 20 kW."""
    settings = new_lake()
    points = [{"usage_point_id": "A", "region_id": "r"}]
    register(settings, regions=[{"region_id": "r"}], usage_points=points)
    first = date(2024, 3, 1)
    rows = [day_row([100_000] * 24, point="A", day=first + timedelta(days=n)) for n in range(30)]
    rows += [day_row(actual, point="A", day=first + timedelta(days=30))]
    take(settings, pl.concat(rows))
    made = []
    for number in range(31 - days, 31):
        day = first + timedelta(days=number)
        issued = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
        for level in QUANTILES:
            value = 110.0 + 20.0 * (level - 0.5) / 0.475
            made.append(
                {
                    "series_id": "system:r",
                    "kind": "system",
                    "region_id": "r",
                    "area_id": "r",
                    "issued_at": issued,
                    "model": "production",
                    "service_date": day,
                    "service_month": f"{day:%Y-%m}",
                    "lead_days": 1,
                    "quantile": level,
                    "interval_minutes": 60,
                    "temperature_kind": "none",
                    "lake_sequence": 1,
                    "received_at": issued + timedelta(hours=2),
                    **dict.fromkeys(SLOTS[::4], value),
                }
            )
    with writing(settings) as writer:
        append(writer, TABLES["forecasts"], pl.DataFrame(made, schema=TABLES["forecasts"].schema))
        publish(writer)
    return open_lake(settings, EVERYTHING)


@pytest.fixture(scope="module")
def off_at_noon(new_lake, register, take, day_row):
    """A last day of 150 kW for three hours at noon and, once, in the evening."""
    hours = [100_000] * 24
    hours[11:14], hours[20] = [150_000, 160_000, 150_000], 150_000
    with closing(by_hand(new_lake, register, take, day_row, actual=hours)) as lake:
        yield lake


def test_the_error_of_a_day_by_hand(off_at_noon):
    """110 kW against 100 kW is 10 %; against 150 and 160 kW it is 26.7 % and 31.25 %."""
    days = forecast_accuracy(off_at_noon, series_id="system:r")
    assert days["mape_share"].to_list() == pytest.approx(
        [0.1, 0.1, (20 * 0.1 + 3 * 40 / 150 + 50 / 160) / 24]
    )
    assert days["naive_24h_mape_share"].to_list() == pytest.approx(
        [0.0, 0.0, (3 * 50 / 150 + 60 / 160) / 24]
    )
    # of the band from 90 to 130 kW
    assert days["coverage_95_share"].to_list() == pytest.approx([1.0, 1.0, 20 / 24])
    assert days["is_made_afterwards"].to_list() == [False] * 3


def test_an_alarm_says_when_the_band_was_left_and_how_far(off_at_noon):
    """One value outside is chance; three in a row are not."""
    alarms = forecast_alarms(off_at_noon, series_id="system:r")
    day = date(2024, 3, 31)
    noon = datetime(day.year, day.month, day.day, 11)  # noqa: DTZ001 - standard time, as answered
    assert alarms.select("standard_start", "standard_end", "direction").rows() == [
        (noon, noon + timedelta(hours=3), "above")
    ]
    assert alarms.select("actual_kw", "load_kw", "bound_kw", "beyond_kw").row(0) == pytest.approx(
        (160.0, 110.0, 130.0, 30.0)
    )


def test_drift_is_the_last_week_against_the_days_before(new_lake, register, take, day_row):
    """A last day that errs 60 % beside six of 10 % makes 17.1 %, against 10 % before."""
    actual = [275_000] * 24
    with closing(by_hand(new_lake, register, take, day_row, actual=actual, days=25)) as lake:
        row = forecast_drift(lake, series_id="system:r").row(0, named=True)
    assert row["recent_mape_share"] == pytest.approx((6 * 0.1 + 0.6) / 7)
    assert row["before_mape_share"] == pytest.approx(0.1)
    assert row["change_share"] == pytest.approx((6 * 0.1 + 0.6) / 0.7 - 1)
    assert row["is_drifting"] is True


def test_a_planner_of_one_region_finds_its_series_alone(town):
    north = Scope("n", "planner", regions=frozenset({"north"}))
    with closing(open_lake(town, north)) as lake:
        seen = forecast_series(lake)["series_id"].to_list()
        assert seen == ["region:north", "customer:C-P2"]
        assert forecast_accuracy(lake, series_id="region:north").height == DAYS - LEAST_DAYS
        with pytest.raises(QuestionError, match="no forecast of 'system:town'"):
            forecast_accuracy(lake, **WHOLE)
    with closing(open_lake(town, EVERYTHING)) as lake:
        assert forecast_series(lake, region_id="south")["series_id"].to_list() == [
            "region:south",
        ]


def test_the_scheduled_script_says_what_it_did(new_lake, monkeypatch, capsys):
    settings = new_lake()
    monkeypatch.setenv("FENGGU_DATA", str(settings.data))
    assert forecast_run(["--fast", "--kind", "system"]) == 1
    assert '"series": 0' in capsys.readouterr().out


@pytest.mark.parametrize("case", [(10, 1000, "10 days"), (40, 0, "zero")])
def test_a_load_that_cannot_be_forecast_says_why(new_lake, register, take, day_row, case):
    days, energy_wh, why = case
    settings = new_lake()
    points = [{"usage_point_id": "A", "region_id": "r"}]
    register(settings, regions=[{"region_id": "r"}], usage_points=points)
    read = [date(2024, 3, 1) + timedelta(days=n) for n in range(days)]
    take(settings, pl.concat(day_row([energy_wh] * 24, point="A", day=day) for day in read))
    stored = forecast(settings, Wanted(fits_trees=False), workers=1)
    assert stored.series == 0
    assert why in stored.skipped["system:r"]
    assert not has_forecasts(settings)


def test_effects_come_with_their_doubt(lake):
    """Warmth adds 2 % a degree to all points; nothing else was planted."""
    found = model_effects(lake, **WHOLE)
    terms = dict(zip(found["term"], found.iter_rows(named=True), strict=True))
    assert set(terms) <= set(TERMS)
    cooling = terms["cooling"]
    assert cooling["low_95_share"] < cooling["effect_share"] < cooling["high_95_share"]
    assert cooling["effect_share"] == pytest.approx(0.02, abs=0.01)
    assert cooling["chance_share"] < 0.01
    assert found["learnt_days"].unique().to_list() == [DAYS]
