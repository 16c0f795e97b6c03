"""Asked as of an instant, the lake shows what it showed then."""

from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from queries.lake import lake_version, open_lake
from queries.schema import REFERENCE_TABLES, SLOTS, TABLES
from queries.scope import EVERYTHING, Scope

BEGIN = datetime(2024, 8, 1, tzinfo=UTC)
NOON = datetime(2024, 7, 1, 12, tzinfo=UTC)
SHOWN = ("energy_profiles", "daily_totals", "daily_features", "load_cubes", "completeness")
_UNTOLD = {"batch_id", "received_at", "issued_at", "slot_history", "profile_version"}

# Summer days around the end of a month: in Berlin a last hour belongs to the next local month.
days = st.sampled_from([date(2024, 6, 3), date(2024, 6, 30), date(2024, 7, 1)])
slots = st.dictionaries(
    st.sampled_from([0, 1, 2, 22, 23]),
    st.tuples(st.integers(0, 9), st.sampled_from("AASEN")),
    min_size=1,
    max_size=3,
)
rows = st.tuples(
    st.sampled_from(["P1", "P2"]),
    st.sampled_from(["import", "export"]),
    days,
    st.sampled_from([15, 30, 60]),
    st.sampled_from([None, NOON, NOON + timedelta(hours=1)]),
    slots,
)
blocks = st.lists(rows, min_size=1, max_size=3)
points = st.fixed_dictionaries(
    {
        "usage_point_id": st.sampled_from(["P1", "P3"]),
        "region_id": st.sampled_from(["R1", "R2", None]),
        "valid_from": st.sampled_from([date(1900, 1, 1), date(2024, 6, 4)]),
        "status": st.sampled_from(["operating", "closed"]),
    }
)
arrivals = st.one_of(
    st.lists(blocks, min_size=1, max_size=2),
    st.lists(blocks, min_size=1, max_size=2),
    points,
)


@pytest.fixture(scope="session")
def frame_of(day_row):
    def make(block):
        return pl.concat(
            day_row(
                {n: value for n, (value, _) in values.items()},
                point=point,
                channel=channel,
                day=day,
                interval=interval,
                issued=issued,
                letters={n: letter for n, (_, letter) in values.items()},
            )
            for point, channel, day, interval, issued, values in block
        )

    return make


def _shown(lake, name):
    told = [column for column in TABLES[name].names if column not in _UNTOLD]
    frame = lake.table(name).pl().select(told)
    return frame.sort([c for c in told if c not in SLOTS])


def _known(lake, name):
    return lake.table(name).pl().drop("known_until").sort(TABLES[name].key[0], "valid_from")


def _state(lake_settings, scope=EVERYTHING, known_at=None):
    with closing(open_lake(lake_settings, scope, known_at=known_at, reads=tuple(TABLES))) as lake:
        frames = {name: _shown(lake, name) for name in SHOWN}
        known = [table.name for table in REFERENCE_TABLES]
        return frames | {name: _known(lake, name) for name in known}


@pytest.mark.parametrize("zone_name", ["Asia/Shanghai", "Europe/Berlin"])
@given(history=st.lists(arrivals, min_size=2, max_size=4))
@settings(
    deadline=None,
    max_examples=3,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
def test_the_past_is_what_was_shown_then(  # noqa: PLR0917
    zone_name, new_lake, take, register, frame_of, history
):
    lake_settings = new_lake(zone_name=zone_name)
    before = []
    for number, arrival in enumerate(history):
        moment = BEGIN + timedelta(days=number)
        if isinstance(arrival, dict):
            register(lake_settings, at=moment, usage_points=[arrival])
        else:
            take(lake_settings, *(frame_of(block) for block in arrival), at=moment)
        before.append((moment + timedelta(hours=1), _state(lake_settings)))
    for moment, shown_then in before:
        now = _state(lake_settings, known_at=moment)
        for name, frame in shown_then.items():
            assert_frame_equal(now[name], frame, check_row_order=True)


def test_before_anything_was_known_the_lake_is_empty(new_lake, take, day_row):
    lake_settings = new_lake()
    take(lake_settings, day_row({0: 1}), at=BEGIN)
    for frame in _state(lake_settings, known_at=BEGIN - timedelta(microseconds=1)).values():
        assert frame.is_empty()


def test_a_day_read_again_at_another_interval_shows_the_old_interval_as_of_then(
    new_lake, take, day_row
):
    lake_settings = new_lake()
    take(lake_settings, day_row([60] * 12, interval=60), at=BEGIN)
    take(lake_settings, day_row([15] * 96, interval=15), at=BEGIN + timedelta(days=1))
    then = _state(lake_settings, known_at=BEGIN)["daily_totals"]
    assert then.select("interval_minutes", "energy_wh").row(0) == (60, 720)
    now = _state(lake_settings)["daily_totals"]
    assert now.select("interval_minutes", "energy_wh").row(0) == (15, 1440)


def test_readings_show_the_past_as_well(new_lake, take, day_row):
    lake_settings = new_lake()
    take(lake_settings, day_row({0: 5}, letters="E"), at=BEGIN)
    take(lake_settings, day_row({0: 7}), at=BEGIN + timedelta(days=1))
    with closing(open_lake(lake_settings, EVERYTHING, known_at=BEGIN)) as lake:
        read = lake.sql("select energy_wh, quality from readings where energy_wh is not null")
        assert read.fetchall() == [(5, "E")]


def test_a_derived_table_that_was_not_asked_for_does_not_show_the_present(new_lake, take, day_row):
    lake_settings = new_lake()
    take(lake_settings, day_row({0: 5}), at=BEGIN)
    with (
        closing(open_lake(lake_settings, EVERYTHING, known_at=BEGIN)) as lake,
        pytest.raises(duckdb.Error, match="name it in open_lake"),
    ):
        lake.sql("select * from daily_totals").fetchall()


def test_what_arrived_later_is_in_no_table_of_the_past(new_lake, take, day_row):
    lake_settings = new_lake()
    take(lake_settings, day_row({0: 5}), at=BEGIN)
    take(lake_settings, day_row({0: 6}), day_row({0: 1}, interval=15), at=BEGIN + timedelta(days=1))
    with closing(open_lake(lake_settings, EVERYTHING, known_at=BEGIN)) as lake:
        for name in TABLES.keys() - {"energy_profiles", *SHOWN}:
            assert lake.table(name).pl().is_empty(), name


def test_a_customer_sees_no_completeness_of_the_past_either(new_lake, take, register, day_row):
    lake_settings = new_lake()
    register(lake_settings, usage_points=[{"usage_point_id": "P1", "customer_id": "C1"}])
    take(lake_settings, day_row({0: 5}), at=BEGIN)
    customer = Scope("c", "customer", customer_ids=frozenset({"C1"}))
    with closing(
        open_lake(lake_settings, customer, known_at=BEGIN, reads=("daily_totals",))
    ) as lake:
        assert lake.sql("select count(*) from daily_totals").fetchall() == [(1,)]
    now = _shown(open_lake(lake_settings, customer), "completeness")
    assert now.is_empty()


def test_an_instant_without_a_zone_is_refused(empty_settings):
    with pytest.raises(ValueError, match="no time zone"):
        open_lake(empty_settings, EVERYTHING, known_at=datetime(2024, 6, 1))  # noqa: DTZ001


def test_as_of_its_last_publication_the_lake_answers_with_what_stands_there(
    new_lake, take, day_row
):
    lake_settings = new_lake()
    take(lake_settings, day_row({0: 1}), at=BEGIN)
    latest = lake_version(lake_settings).published_at
    with closing(open_lake(lake_settings, EVERYTHING, known_at=latest)) as lake:
        # totals of a past must be put together, which takes naming them: these stand there
        assert lake.sql("select energy_wh from daily_totals").fetchall() == [(1,)]
