"""Load over time, worked out by hand."""

import os
import subprocess
import sys
from contextlib import closing
from datetime import date, datetime

import polars as pl
import pytest

from queries.lake import open_lake
from queries.load.coverage import load_coverage
from queries.load.curve import load_curve
from queries.load.duration import load_duration
from queries.load.summary import load_summary
from queries.run import QuestionError
from queries.scope import EVERYTHING
from queries.settings import PROJECT

DAY = date(2024, 6, 3)  # a Monday
ONE_DAY = {"first_day": DAY, "last_day": DAY}


@pytest.fixture(scope="module")
def lake(new_lake, take, day_row):
    """Three meters on one day: an hour at 15, 30 and 60 minutes, and an odd quarter at noon."""
    settings = new_lake()
    take(
        settings,
        day_row({0: 100, 1: 200, 2: 300, 3: 400, 48: 500}, point="P15", interval=15),
        day_row({0: 1000, 1: 2000}, point="P30", interval=30),
        day_row({0: 4000}, point="P60", interval=60),
    )
    with closing(open_lake(settings, EVERYTHING)) as opened:
        yield opened


def test_longer_intervals_are_spread_evenly_over_quarters_of_an_hour(lake):
    curve = load_curve(lake, **ONE_DAY, step="15m")
    assert curve.height == 96
    # 100 + 1000/2 + 4000/4 Wh in a quarter of an hour is 6.4 kW
    assert curve["load_kw"][:4].to_list() == pytest.approx([6.4, 6.8, 9.2, 9.6])
    assert curve["spread_share"][0] == pytest.approx(1500 / 1600)
    assert curve["spread_share"][48] == 0


def test_what_nobody_read_is_null_and_never_zero(lake):
    curve = load_curve(lake, **ONE_DAY, step="15m")
    for column in ("energy_kwh", "load_kw", "maximum_kw", "spread_share"):
        assert curve[column][4] is None
    assert curve["energy_kwh"].null_count() == 96 - 5


def test_a_step_has_the_mean_load_of_what_was_read_and_the_largest_quarter(lake):
    hours = load_curve(lake, **ONE_DAY, step="1h")
    assert hours["energy_kwh"][0] == pytest.approx(8.0)
    assert hours["load_kw"][0] == pytest.approx(8.0)
    assert hours["maximum_kw"][0] == pytest.approx(9.6)
    assert hours["load_kw"][12] == pytest.approx(2.0), "one quarter of noon was read: 0.5 kWh"


@pytest.mark.parametrize(
    ("step", "steps", "start"),
    [
        ("30m", 48, datetime(2024, 6, 3)),  # noqa: DTZ001 (standard time)
        ("1d", 1, datetime(2024, 6, 3)),  # noqa: DTZ001
        ("1w", 1, datetime(2024, 6, 3)),  # noqa: DTZ001
        ("1mo", 1, datetime(2024, 6, 1)),  # noqa: DTZ001
    ],
)
def test_every_step_holds_the_same_energy(lake, step, steps, start):
    curve = load_curve(lake, **ONE_DAY, step=step)
    assert curve.height == steps
    assert curve["standard_start"][0] == start
    assert curve["energy_kwh"].sum() == pytest.approx(8.5)


def test_an_hour_that_begins_before_midnight_goes_on_after_it(new_lake, take, day_row):
    settings = new_lake()
    night = day_row({}, interval=60).with_columns(pl.lit(400, pl.Int32).alias("t2330"))
    take(settings, night)
    following = {"first_day": date(2024, 6, 4), "last_day": date(2024, 6, 4)}
    with closing(open_lake(settings, EVERYTHING)) as lake:
        first, second = (load_curve(lake, **d, step="15m") for d in (ONE_DAY, following))
    assert first["energy_kwh"].drop_nulls().to_list() == pytest.approx([0.1, 0.1])
    assert second["energy_kwh"].drop_nulls().to_list() == pytest.approx([0.1, 0.1])


def test_few_points_keep_the_peak_and_the_valley(lake):
    every = load_curve(lake, **ONE_DAY, step="15m")
    few = load_curve(lake, **ONE_DAY, step="15m", most_points=10)
    assert few.height <= 10
    assert few["load_kw"].max() == every["load_kw"].max()
    assert few["load_kw"].min() == every["load_kw"].min()
    assert few["standard_start"].is_sorted()


def test_days_in_the_wrong_order_are_refused(lake):
    with pytest.raises(QuestionError, match="before the first day"):
        load_curve(lake, first_day=DAY, last_day=date(2024, 6, 2))


def test_the_summary_names_peak_valley_and_load_factor(lake):
    summary = load_summary(lake, **ONE_DAY).row(0, named=True)
    assert summary["energy_kwh"] == pytest.approx(8.5)
    assert summary["peak_kw"] == pytest.approx(9.6)
    assert summary["peak_at"] == datetime(2024, 6, 3, 0, 45)  # noqa: DTZ001
    assert summary["valley_kw"] == pytest.approx(2.0)
    assert summary["valley_at"] == datetime(2024, 6, 3, 12)  # noqa: DTZ001
    assert summary["mean_kw"] == pytest.approx(6.8)
    assert summary["load_factor_share"] == pytest.approx(6.8 / 9.6)
    assert summary["peak_valley_share"] == pytest.approx(7.6 / 9.6)
    assert summary["spread_share"] == pytest.approx(7.0 / 8.5)


def test_the_summary_of_nothing_is_null(lake):
    empty = {"first_day": date(2023, 1, 1), "last_day": date(2023, 1, 2)}
    row = load_summary(lake, **empty).row(0, named=True)
    assert row.pop("readings_share") in {0.0, None}
    assert set(row.values()) == {None}
    assert load_duration(lake, **empty).is_empty()


def test_the_duration_curve_falls_from_the_peak_to_the_valley(lake):
    duration = load_duration(lake, **ONE_DAY)
    assert duration["load_kw"].to_list() == pytest.approx([9.6, 9.2, 6.8, 6.4, 2.0])
    assert duration["time_share"].to_list() == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert duration["hours"][-1] == pytest.approx(1.25)


def test_a_silent_meter_and_an_estimate_lower_the_coverage(new_lake, take, register, day_row):
    settings = new_lake()
    register(settings, usage_points=[{"usage_point_id": p} for p in ("P1", "P2")])
    take(
        settings,
        day_row([1] * 24, point="P1", letters={0: "E"}),
        day_row([1] * 24, point="P1", channel="import.2"),
    )
    with closing(open_lake(settings, EVERYTHING)) as lake:
        coverage = load_coverage(lake, **ONE_DAY).row(0, named=True)
    # due: 24 of each register of P1 and 24 of P2, which says nothing
    assert coverage["readings_share"] == pytest.approx(48 / 72)
    assert coverage["estimated_share"] == pytest.approx(1 / 48)


_ELSEWHERE = """
import sys
from datetime import date
from pathlib import Path
from queries.lake import open_lake
from queries.load.curve import load_curve
from queries.scope import EVERYTHING
from queries.settings import Settings
lake = open_lake(Settings(data=Path(sys.argv[1])), EVERYTHING)
day = date(2024, 6, 3)
print(load_curve(lake, first_day=day, last_day=day, step="1h").write_csv())
print(lake.sql("select interval_start, local_start::varchar, energy_wh from readings order by all")
      .pl().write_csv())
"""


def test_the_machines_time_zone_changes_no_answer(new_lake, take, day_row):
    settings = new_lake()
    take(settings, day_row([7] * 24))
    answers = {
        subprocess.run(  # noqa: S603 (our own code)
            [sys.executable, "-c", _ELSEWHERE, str(settings.data)],
            env=os.environ | {"TZ": zone},
            cwd=PROJECT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for zone in ("America/New_York", "Asia/Kathmandu")
    }
    assert len(answers) == 1
    assert "2024-06-02T16:00:00.000000+0000" in answers.pop()
