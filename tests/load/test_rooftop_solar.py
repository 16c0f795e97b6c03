"""Solar roofs from the import alone and from what is fed back; what looks alike is none."""

from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from ingest.lake import append, publish, writing
from queries.lake import open_lake
from queries.load.rooftop_solar import RETURNS, rooftop_solar, solar_evidence, solar_likelihood
from queries.schema import TABLES
from queries.scope import EVERYTHING

FIRST, DAYS = date(2024, 4, 1), 80
LAST = FIRST + timedelta(days=DAYS - 1)
PERIOD = {"first_day": FIRST, "last_day": LAST}
BRIGHTEST = (12, 13)  # the sun of a place west of its zone's meridian
ARRIVED = 30
_OVERCAST_EVERY = 4


def _overcast(day: int) -> bool:
    return day % _OVERCAST_EVERY == 0


def _home(noon_wh: int, *, night_wh: int = 100) -> dict[int, int]:
    """A day of which the hours of the sun take ``noon_wh``, the night ``night_wh``."""
    hours = dict.fromkeys(range(24), 300)
    hours |= dict.fromkeys((*range(6), 20, 21, 22, 23), night_wh)
    return hours | dict.fromkeys(BRIGHTEST, noon_wh)


def _import(point: str, day: int) -> dict[int, int]:
    cloudy = _overcast(day)
    under_a_roof = _home(400 if cloudy else 0)
    return {
        "counted": under_a_roof,
        "uncounted": under_a_roof,
        "new roof": under_a_roof if day >= ARRIVED else _home(400),
        "none": _home(120 if day % 3 else 350),
        # At night it takes thirty times what it takes at noon, but the evening shows what rests.
        "storage heater": _home(150, night_wh=100) | dict.fromkeys((22, 23, 0, 1, 2, 3), 3000),
        "empty": dict.fromkeys(range(24), 0),
    }[point]


POINTS = ("counted", "uncounted", "new roof", "none", "storage heater", "empty")


@pytest.fixture(scope="module")
def settings(new_lake, register, take, day_row):
    made = new_lake()
    register(
        made,
        regions=[{"region_id": "R", "name": "县", "name_en": "County"}],
        substations=[{"substation_id": "SS", "region_id": "R"}],
        feeders=[{"feeder_id": "F", "substation_id": "SS"}],
        transformers=[{"transformer_id": "T", "feeder_id": "F"}],
        usage_points=[
            {"usage_point_id": p, "customer_class": "residential", "transformer_id": "T"}
            for p in POINTS
        ],
    )
    _add_sun(made)
    rows = []
    for day in range(DAYS):
        when = FIRST + timedelta(days=day)
        rows += [day_row(_import(point, day), point=point, day=when) for point in POINTS]
        fed_back = dict.fromkeys(range(24), 0) | dict.fromkeys(
            BRIGHTEST, 50 if _overcast(day) else 2000
        )
        rows.append(day_row(fed_back, point="counted", day=when, channel="export"))
    take(made, pl.concat(rows))
    return made


@pytest.fixture(scope="module")
def found(settings) -> dict[str, dict]:
    with closing(open_lake(settings, EVERYTHING)) as lake:
        answer = rooftop_solar(lake, **PERIOD)
    assert answer.schema == RETURNS
    return {row["usage_point_id"]: row for row in answer.rows(named=True)}


def _add_sun(settings) -> None:
    midnight = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) - timedelta(hours=8)
    shape = np.clip(1000 - 30 * (np.arange(24) + 0.5 - 13) ** 2, 0, None)
    rows = [
        {
            "region_id": "R",
            "valid_at": midnight + timedelta(days=day, hours=hour),
            "temperature_c": 15.0,
            "irradiance_w_per_m2": shape[hour]
            * (0.2 if _overcast(day) else 1.0 - 0.005 * (day % 7)),
            "batch_id": "w",
            "received_at": datetime(2025, 1, 1, tzinfo=UTC),
        }
        for day in range(DAYS)
        for hour in range(24)
    ]
    with writing(settings) as writer:
        append(writer, TABLES["weather"], pl.DataFrame(rows, schema=TABLES["weather"].schema))
        publish(writer)


def test_a_roof_shows_in_the_import_whether_or_not_a_register_counts_what_it_feeds_back(found):
    assert found["counted"]["solar_likelihood"] > 0.9
    assert found["uncounted"]["solar_likelihood"] > 0.9
    assert found["uncounted"]["export_kwh_per_day"] is None
    # 4 kWh on sunny days, 0.1 kWh on every fourth: (3 · 4 + 0.1) / 4.
    assert found["counted"]["export_kwh_per_day"] == pytest.approx(3.025, abs=1e-3)
    assert found["counted"]["dip_share"] == found["counted"]["export_share"] == 1
    assert found["counted"]["overcast_dip_share"] == 0


def test_who_has_none_is_not_said_to_and_a_storage_heater_is_no_roof(found):
    for point in ("none", "storage heater"):
        assert found[point]["solar_likelihood"] < 0.01, point
        assert found[point]["first_dip_day"] is None
    assert found["none"]["floor_kw"] == pytest.approx(0.1)


def test_a_roof_that_came_later_is_found_with_the_day_from_which_it_shows(found):
    row = found["new roof"]
    assert row["solar_likelihood"] > 0.9
    # The window of twenty sunny days that first has 85 % of dips began three sunny days earlier.
    assert FIRST + timedelta(days=ARRIVED - 5) <= row["first_dip_day"]
    assert row["first_dip_day"] <= FIRST + timedelta(days=ARRIVED + 1)


def test_the_import_at_the_brightest_hours_is_what_is_looked_at(found):
    # Mean of 0 on three days of four and 0.4 kW on the fourth.
    assert found["uncounted"]["noon_kw"] == pytest.approx(0.1)


def test_a_home_that_takes_nothing_says_nothing(found):
    assert found["empty"]["dip_share"] == 0
    assert found["empty"]["solar_likelihood"] < 0.01


def test_less_than_twenty_sunny_days_say_nothing(settings):
    few = {"first_day": FIRST, "last_day": FIRST + timedelta(days=9)}
    with closing(open_lake(settings, EVERYTHING)) as lake:
        short = rooftop_solar(lake, **few)
        others = rooftop_solar(lake, **PERIOD, customer_class="commercial")
    assert short["solar_likelihood"].null_count() == len(POINTS)
    assert short["days"].to_list() == [10] * len(POINTS)
    assert others.is_empty()


def test_where_no_sun_is_observed_every_day_counts():
    days = pl.DataFrame(
        {
            "usage_point_id": ["P"] * 25,
            "day": range(25),
            "noon_kw": [0.0] * 18 + [0.5] * 7,
            "floor_kw": [0.1] * 25,
            "export_kwh": pl.Series([None] * 25, dtype=pl.Float32),
            "sun_kw_per_m2": pl.Series([None] * 25, dtype=pl.Float64),
            "clear_share": pl.Series([None] * 25, dtype=pl.Float64),
            "month": pl.Series([None] * 25, dtype=pl.String),
        }
    )
    [row] = solar_evidence(days, FIRST).rows(named=True)
    assert row["dip_share"] == pytest.approx(18 / 20)
    assert row["sun_slope_kw"] is None
    assert row["overcast_dip_share"] is None


def test_the_share_of_sunny_days_decides():
    shares = np.array([0.0, 0.5, 0.85, 1.0])
    rates = solar_likelihood(shares, np.full(4, np.nan))
    assert (np.diff(rates) > 0).all()
    assert rates[2] == pytest.approx(0.5)
    assert solar_likelihood(np.array([0.0]), np.array([1.0]))[0] == pytest.approx(rates[3])
