"""Mean days, worked out by hand."""

from contextlib import closing
from datetime import date, timedelta

import polars as pl
import pytest

from queries.day_kinds import day_kinds
from queries.lake import open_lake
from queries.load.daily_shapes import daily_shapes
from queries.run import QuestionError
from queries.scope import EVERYTHING

MONDAY = date(2024, 6, 3)
TUESDAY = MONDAY + timedelta(days=1)
HOURS = [400 * (hour % 3 + 1) for hour in range(24)]
"""Watt-hours that divide by four."""


def _of(area, **usage_points):
    return [
        {"usage_point_id": point, "transformer_id": area, **more}
        for point, more in usage_points.items()
    ]


@pytest.fixture(scope="module")
def ask(new_lake, take, register, day_row):
    """Daily shapes of one of the areas of a lake; each is a case of its own."""
    settings = new_lake()
    register(
        settings,
        usage_points=[
            *_of("two days", A1={}, A2={}),
            *_of("a gap", B1={}, B2={}),
            *_of("three intervals", C15={}, C30={}, C60={}),
            *_of("an hour and a quarter", D60={}, D15={}),
            *_of("over midnight", E1={}),
            *_of("half a day", F1={}, F2={}),
            *_of(
                "with its own meter",
                G1={"metering_purpose": "settlement"},
                G2={"metering_purpose": "check"},
            ),
            *_of(
                "classes",
                H1={"customer_class": "residential"},
                H2={"customer_class": "industrial"},
                H3={},
            ),
        ],
    )
    take(
        settings,
        pl.concat(
            [
                day_row([1000] * 12 + [3000] * 12, point="A1"),
                day_row([3000] * 12 + [5000] * 12, point="A1", day=TUESDAY),
                *(day_row([2000] * 24, point="A2", day=day) for day in (MONDAY, TUESDAY)),
                day_row({hour: 1000 for hour in range(24) if hour != 5}, point="B1"),
                day_row([3000] * 24, point="B2"),
                *(
                    day_row(
                        [energy * minutes // 60 for energy in HOURS for _ in range(60 // minutes)],
                        point=f"C{minutes}",
                        interval=minutes,
                    )
                    for minutes in (15, 30, 60)
                ),
                day_row([1000] * 24, point="D60"),
                day_row([750] * 96, point="D15", interval=15),
                day_row({}, point="E1").with_columns(pl.lit(400, pl.Int32).alias("t2330")),
                day_row([1000] * 24, point="F1"),
                day_row([9000] * 12, point="F2"),
                day_row([1000] * 24, point="G1"),
                day_row([50_000] * 24, point="G2"),
                *(day_row([1000 * n] * 24, point=f"H{n}") for n in (1, 2, 3)),
            ]
        ),
    )
    with closing(open_lake(settings, EVERYTHING)) as lake:

        def shapes(area, *, last_day=MONDAY, **inputs):
            inputs = {"first_day": MONDAY, "last_day": last_day, "step_minutes": 60} | inputs
            return daily_shapes(lake, area_kind="transformer", area_id=area, **inputs)

        yield shapes


@pytest.fixture
def ask_of_all(ask):
    """The shapes of all classes together."""
    return lambda *area, **inputs: ask(*area, **inputs).filter(pl.col("customer_class") == "all")


def test_the_mean_is_over_the_points_and_the_days(ask_of_all):
    shapes = ask_of_all("two days", last_day=TUESDAY)
    assert shapes["slot_minute"].to_list() == list(range(0, 1440, 60))
    # (1 + 2 + 3 + 2) / 4 before noon, (3 + 2 + 5 + 2) / 4 after it, 2.5 kW over the day
    assert shapes["mean_kw"].to_list() == pytest.approx([2.0] * 12 + [3.0] * 12)
    assert shapes["daily_mean_share"].to_list() == pytest.approx([0.8] * 12 + [1.2] * 12)
    assert shapes["days"].unique().to_list() == [2]
    assert shapes["usage_points"].unique().to_list() == [2]


def test_what_was_not_read_does_not_lower_the_mean(ask_of_all):
    shapes = ask_of_all("a gap")
    assert shapes["mean_kw"][4] == pytest.approx(2.0)
    assert shapes["mean_kw"][5] == pytest.approx(3.0), "only B2 was read at five"


def test_meters_at_15_30_and_60_minutes_of_the_same_energy_have_the_same_hours(ask_of_all):
    shapes = ask_of_all("three intervals")
    assert shapes["mean_kw"].to_list() == pytest.approx([energy / 1000 for energy in HOURS])
    assert shapes["spread_share"].max() == 0


def test_an_interval_longer_than_the_step_is_spread_and_said(ask_of_all):
    shapes = ask_of_all("an hour and a quarter", step_minutes=30)
    assert shapes["mean_kw"].to_list() == pytest.approx([2.0] * 48)
    assert shapes["spread_share"].to_list() == pytest.approx([0.25] * 48), "24 of 96 kWh"


def test_an_hour_that_begins_before_midnight_goes_on_after_it(ask_of_all):
    shapes = ask_of_all("over midnight", last_day=TUESDAY, step_minutes=30, least_readings_share=0)
    assert shapes["slot_minute"].to_list() == [0, 23 * 60 + 30]
    assert shapes["mean_kw"].to_list() == pytest.approx([0.4, 0.4])


def test_a_point_that_reported_too_little_is_left_out_and_counted(ask_of_all):
    shapes = ask_of_all("half a day")
    assert shapes["mean_kw"].to_list() == pytest.approx([1.0] * 24)
    assert shapes.select("usage_points", "left_out_points").unique().rows() == [(1, 1)]


def test_the_meter_of_a_transformer_is_no_customer(ask_of_all):
    shapes = ask_of_all("with its own meter")
    assert shapes["mean_kw"].max() == pytest.approx(1.0)
    assert shapes["usage_points"].unique().to_list() == [1]


def test_every_class_has_its_shape_and_all_have_one_together(ask):
    shapes = ask("classes")
    found = dict(shapes.group_by("customer_class").agg(pl.col("mean_kw").mean()).rows())
    assert found == pytest.approx({"industrial": 2.0, "residential": 1.0, None: 3.0, "all": 2.0})


@pytest.mark.parametrize("step_minutes", [0, 10, 100])
def test_a_step_that_does_not_fit_the_day_is_refused(ask, step_minutes):
    with pytest.raises(QuestionError, match="step_minutes"):
        ask("classes", step_minutes=step_minutes)


def test_days_in_the_wrong_order_are_refused(ask):
    with pytest.raises(QuestionError, match="before the first day"):
        ask("classes", last_day=date(2024, 6, 2))


def test_where_nobody_reported_there_is_no_shape(ask):
    assert ask("nowhere").is_empty()


def test_kinds_of_days_follow_the_holidays_and_the_made_up_workdays():
    days = day_kinds(date(2024, 2, 4), date(2024, 2, 19), holiday_country="CN")
    kinds = dict(days.select("service_date", "day_kind").rows())
    assert kinds[date(2024, 2, 4)] == "workday", "a Sunday worked for the Spring Festival"
    assert kinds[date(2024, 2, 12)] == "rest_day", "a Monday of the Spring Festival"
    assert kinds[date(2024, 2, 19)] == "workday"
    assert set(days["season"]) == {"winter"}


@pytest.mark.parametrize(
    ("day", "north", "south"),
    [
        (date(2013, 12, 1), "winter", "summer"),
        (date(2013, 2, 28), "winter", "summer"),
        (date(2013, 3, 1), "spring", "autumn"),
        (date(2013, 8, 31), "summer", "winter"),
        (date(2013, 9, 1), "autumn", "spring"),
    ],
)
def test_the_south_has_its_winter_from_june(day, north, south):
    for hemisphere, season in (("north", north), ("south", south)):
        [found] = day_kinds(day, day, holiday_country="AU", hemisphere=hemisphere)["season"]
        assert found == season
