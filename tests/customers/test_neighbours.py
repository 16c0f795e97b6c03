"""Similar neighbours: never a group that tells of a single one."""

from contextlib import closing
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.customers.neighbour_groups import LEAST, LEVELS, group_of, quartiles
from queries.customers.neighbours import neighbours
from queries.lake import open_lake
from queries.run import QuestionError
from queries.scope import EVERYTHING, Scope

POINTS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "customer_class": pl.String(),
        "region_id": pl.String(),
        "district_id": pl.String(),
        "contracted_capacity_kva": pl.Float64(),
    }
)
points_of = st.lists(
    st.tuples(
        st.integers(0, 25),
        st.sampled_from(["residential", "commercial"]),
        st.sampled_from(["r1", "r2"]),
        st.sampled_from(["d1", "d1", "d2"]),
        st.sampled_from([None, 8.0, 10.0, 20.0, 400.0]),
    ),
    min_size=1,
    max_size=80,
).map(
    lambda rows: pl.DataFrame(
        [(f"P{n}", f"C{c}", *rest) for n, (c, *rest) in enumerate(rows)],
        schema=POINTS,
        orient="row",
    )
)


@given(points_of)
def test_a_group_has_ten_other_accounts_or_there_is_none(points):
    group = group_of(points, "P0")
    members = points.filter(pl.col("usage_point_id").is_in(list(group.members)))
    me = points.row(0, named=True)
    if group.level is None:
        assert members.is_empty()
        return
    assert members["customer_id"].n_unique() >= LEAST
    assert me["customer_id"] not in members["customer_id"].to_list()
    assert set(members["customer_class"]) == {me["customer_class"]}
    assert set(members["district_id"]) == {me["district_id"]}
    if group.level == "station":
        assert set(members["region_id"]) == {me["region_id"]}
    if group.level != "class":
        assert group.band is not None


@given(points_of)
def test_a_wider_group_is_taken_only_where_the_narrower_is_too_small(points):
    group = group_of(points, "P0")
    found = LEVELS.index(group.level) if group.level else len(LEVELS)
    me = points.row(0, named=True)
    same = points.filter(
        (pl.col("customer_id") != me["customer_id"])
        & (pl.col("customer_class") == me["customer_class"])
        & (pl.col("district_id") == me["district_id"])
    )
    if found == len(LEVELS):
        assert same["customer_id"].n_unique() < LEAST


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["01", "02"]),
            st.integers(0, 14),
            st.none() | st.floats(0, 1e4, allow_nan=False),
        ),
        max_size=60,
    )
)
def test_no_figure_rests_on_fewer_than_ten_accounts(rows):
    values = pl.DataFrame(
        [(part, f"C{customer}", value) for part, customer, value in rows],
        schema={"part": pl.String, "customer_id": pl.String, "value": pl.Float64},
        orient="row",
    )
    shown = quartiles(values, "part")
    for row in shown.iter_rows(named=True):
        have = values.drop_nulls().filter(part=row["part"])["customer_id"].n_unique()
        if have < LEAST:
            assert [row[name] for name in list(row)[1:]] == [None] * 4
        else:
            assert row["neighbours"] == have
            assert row["low_kwh"] <= row["median_kwh"] <= row["high_kwh"]


@pytest.fixture(scope="module")
def street(new_lake, take, register, day_row):
    """Twelve homes P00 to P11 using 1 … 12 kWh a day in June 2024, one shop, one home away."""
    settings = new_lake()
    homes = [f"P{n:02d}" for n in range(12)]
    place = {"customer_class": "residential", "contracted_capacity_kva": 8.0}
    register(
        settings,
        regions=[{"region_id": "d"}, {"region_id": "s", "parent_region_id": "d"}],
        usage_points=[
            *(
                {"usage_point_id": p, "customer_id": f"C{p}", "region_id": "s", **place}
                for p in homes
            ),
            {"usage_point_id": "shop", "customer_id": "Cshop", "region_id": "s"}
            | {"customer_class": "commercial", "contracted_capacity_kva": 8.0},
        ],
    )
    days = pl.date_range(date(2024, 6, 1), date(2024, 6, 30), eager=True).to_list()
    rows = [
        day_row({12: 1000 * (n + 1)} | {h: 0 for h in range(24) if h != 12}, point=p, day=day)
        for n, p in enumerate([*homes, "shop"])
        for day in days
    ]
    take(settings, pl.concat(rows))
    return settings


JUNE = {"last_day": date(2024, 6, 30)}


def test_quartiles_of_neighbours_leave_oneself_out(street):
    with closing(open_lake(street, EVERYTHING)) as lake:
        june = neighbours(lake, usage_point_id="P00", **JUNE).row(0, named=True)
    # The others use 2 to 12 kWh a day: quartiles 4.5, 7 and 9.5, times 30 days.
    assert (june["part"], june["own_kwh"], june["neighbours"]) == ("2024-06", 30.0, 11)
    assert (june["low_kwh"], june["median_kwh"], june["high_kwh"]) == (135.0, 210.0, 285.0)
    assert june["level"] == "station"


def test_hours_are_those_of_the_mean_day(street):
    with closing(open_lake(street, EVERYTHING)) as lake:
        hours = neighbours(lake, usage_point_id="P00", by="hour", **JUNE)
    assert hours["part"].to_list() == [f"{hour:02d}" for hour in range(24)]
    noon = hours.row(12, named=True)
    assert (noon["own_kwh"], noon["median_kwh"]) == (1.0, 7.0)


def test_who_is_alone_of_its_kind_is_compared_with_nobody(street):
    with closing(open_lake(street, EVERYTHING)) as lake:
        shop = neighbours(lake, usage_point_id="shop", **JUNE).row(0, named=True)
    assert shop["own_kwh"] == 390.0
    assert (shop["level"], shop["neighbours"], shop["median_kwh"]) == (None, None, None)


def test_a_customer_is_compared_though_it_sees_nobody_and_may_not_ask_for_another(street):
    own = Scope("x", "customer", customer_ids=frozenset({"CP00"}))
    with closing(open_lake(street, own)) as lake:
        assert neighbours(lake, usage_point_id="P00", **JUNE)["median_kwh"].to_list() == [210.0]
        with pytest.raises(QuestionError, match="no usage point"):
            neighbours(lake, usage_point_id="P01", **JUNE)
