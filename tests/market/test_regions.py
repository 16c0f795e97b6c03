"""Regions and industries side by side, by hand and by law."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.lake import append, publish, writing
from queries.lake import open_lake
from queries.market.capacity_changes import ROWS, capacity_changes, capacity_on, changes
from queries.market.concentration import concentrated, concentration
from queries.market.day_makeup import day_makeup
from queries.market.group_comparison import group_comparison, together
from queries.market.group_shapes import YEAR, group_shapes
from queries.market.hour_customers import hour_customers
from queries.market.industries import industries
from queries.market.regions import regions
from queries.run import QuestionError
from queries.schema import TABLES
from queries.scope import EVERYTHING, Scope
from queries.settings import Settings
from tests.market.two_areas import AT, FIRST_DAY, LAST_DAY, two_areas

WEEK = {"first_day": date(2024, 6, 3), "last_day": date(2024, 6, 9)}
BOTH_YEARS = {"first_day": FIRST_DAY, "last_day": LAST_DAY}
HOURS = 24
NORTH_ONLY = Scope(user="n", role="planner", regions=frozenset({"north"}))


@pytest.fixture(scope="module")
def utility(new_lake, register, take) -> Settings:
    return two_areas(new_lake(), register, take)


@pytest.fixture(scope="module")
def works(new_lake, register, take, day_row) -> Settings:
    """A mill (8 kWh an hour at day), a shop (2 kWh an hour at night), a home (1 kWh always).

    From Monday to Sunday. The mill has two usage points of half each.
    """
    settings = new_lake()
    where = {"region_id": "R", "transformer_id": "T"}
    register(
        settings,
        regions=[{"region_id": "R", "name": "区"}],
        customers=[
            {"customer_id": "mill", "name": "甲厂", "industry_code": "1711"},
            {"customer_id": "shop", "name": "乙店", "industry_code": "5211"},
            {"customer_id": "home", "name": "丙"},
        ],
        usage_points=[
            {"usage_point_id": point, "customer_id": who, "customer_class": kind, **where}
            for point, who, kind in (
                ("M1", "mill", "industrial"),
                ("M2", "mill", "industrial"),
                ("S", "shop", "commercial"),
                ("H", "home", "residential"),
            )
        ],
    )
    day, night = set(range(8, 20)), set(range(HOURS)) - set(range(8, 20))
    loads = {
        "M1": dict.fromkeys(day, 4000) | dict.fromkeys(night, 0),
        "M2": dict.fromkeys(day, 4000) | dict.fromkeys(night, 0),
        "S": dict.fromkeys(night, 2000) | dict.fromkeys(day, 0),
        "H": dict.fromkeys(range(HOURS), 1000),
    }
    take(
        settings,
        pl.concat(
            day_row(load, point=point, day=WEEK["first_day"] + timedelta(number))
            for point, load in loads.items()
            for number in range(7)
        ),
    )
    return settings


def ask(settings: Settings, question, scope: Scope = EVERYTHING, **inputs) -> pl.DataFrame:
    return question(open_lake(settings, scope), **inputs)


def test_industries_are_sections_of_gb_t_4754_and_homes_are_none_of_them(works: Settings):
    found = ask(works, industries, **WEEK)
    assert found["group_id"].to_list() == ["C", "households", "F", "all"]
    # 7 days of 12 hours × 8 kW, 12 × 2 kW, 24 × 1 kW
    assert found["energy_kwh"].to_list() == [672.0, 168.0, 168.0, 1008.0]
    assert found["energy_share"].to_list() == pytest.approx([2 / 3, 1 / 6, 1 / 6, 1.0])
    # the twenty highest hours are hours of the day: 8 kW of the mill, 1 kW of the home
    assert found["peak_kw"].to_list() == [8.0, 1.0, 0.0, 9.0]
    assert found["peak_share"].to_list() == pytest.approx([8 / 9, 1 / 9, 0, 1])
    assert found["customers"].to_list() == [1, 1, 1, 3]
    assert set(found["status"]) == {"short"}
    assert found["growth_share"].null_count() == 4


def test_concentration_by_hand(works: Settings):
    found = ask(works, concentration, **WEEK, group_by="all")
    all_groups, whole = found.rows(named=True)
    assert all_groups["customers"] == whole["customers"] == 3
    assert whole["largest_1_share"] == pytest.approx(2 / 3)  # both points of the mill
    assert whole["largest_5_share"] == 1.0
    assert whole["hhi"] == pytest.approx((4 / 6) ** 2 + 2 * (1 / 6) ** 2)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=30))
def test_concentration_lies_between_equal_parts_and_one_alone(energies: list[float]):
    rows = pl.DataFrame(
        {
            "group_id": ["G"] * len(energies),
            "customer_id": [str(number) for number in range(len(energies))],
            "energy_kwh": energies,
        }
    )
    for row in concentrated(rows).iter_rows(named=True):
        assert 1 / len(energies) - 1e-9 <= row["hhi"] <= 1 + 1e-9
        assert row["largest_1_share"] <= row["largest_5_share"] + 1e-12
        assert row["largest_5_share"] <= row["largest_10_share"] + 1e-12
        assert row["largest_10_share"] <= 1 + 1e-9
        assert row["largest_1_share"] ** 2 - 1e-12 <= row["hhi"] <= row["largest_1_share"] + 1e-9


@pytest.mark.parametrize("group_by", ["region", "substation", "feeder", "transformer"])
def test_parts_of_regions_add_up_to_all(utility: Settings, group_by):
    found = ask(utility, regions, **BOTH_YEARS, group_by=group_by)
    parts, whole = found.head(-1), found.tail(1)
    assert whole["group_id"][0] == "all"
    assert found["first_day"].unique().to_list() == [date(2024, 1, 1)]
    for name in ("energy_kwh", "energy_share", "peak_kw", "peak_share", "capacity_kva"):
        assert parts[name].sum() == pytest.approx(whole[name][0])


def test_a_region_that_grew_by_a_tenth_is_seen_to(utility: Settings):
    found = {row["group_id"]: row for row in ask(utility, regions, **BOTH_YEARS).rows(named=True)}
    assert found["north"]["growth_share"] == pytest.approx(np.expm1(0.1), abs=0.02)
    assert found["south"]["growth_share"] == pytest.approx(0.0, abs=0.02)


def test_a_planner_of_one_region_sees_that_one_alone(utility: Settings):
    mine = ask(utility, regions, NORTH_ONLY, **BOTH_YEARS)
    assert mine["group_id"].to_list() == ["north", "all"]
    assert ask(utility, industries, NORTH_ONLY, **BOTH_YEARS)["group_id"].to_list() == [
        "households",
        "all",
    ]
    top = ask(utility, hour_customers, NORTH_ONLY, **BOTH_YEARS, hour=12)
    assert set(top["customer_id"]) == {"C-N1", "C-N2", "C-N3"}
    made = ask(utility, day_makeup, NORTH_ONLY, **BOTH_YEARS, group_by="region")
    assert set(made["group_id"]) == {"north"}


def test_names_of_the_largest_customers_are_masked_as_the_scope_says(works: Settings):
    masked = Scope(user="p", role="planner")
    seen = ask(works, hour_customers, **WEEK, hour=12)["name"][0]
    hidden = ask(works, hour_customers, masked, **WEEK, hour=12)["name"][0]
    assert seen == "甲厂"
    assert hidden != seen


def test_a_kind_of_group_that_is_none_is_refused(utility: Settings):
    with pytest.raises(QuestionError, match="customer_class"):
        ask(utility, regions, **BOTH_YEARS, group_by="customer_class")


def test_who_makes_up_noon_and_midnight(works: Settings):
    made = ask(works, day_makeup, **WEEK, group_by="customer_class")
    # June is asked for as a whole; its five workdays with readings count.
    assert set(made["days"]) == {5}
    noon = dict(made.filter(pl.col("hour") == 12).select("group_id", "load_kw").iter_rows())
    assert noon == pytest.approx({"industrial": 8.0, "commercial": 0.0, "residential": 1.0})
    night = dict(made.filter(pl.col("hour") == 0).select("group_id", "load_share").iter_rows())
    assert night == pytest.approx({"industrial": 0.0, "commercial": 2 / 3, "residential": 1 / 3})


def test_one_day_is_that_days_own(works: Settings):
    sunday = {"day": WEEK["last_day"]}
    made = ask(works, day_makeup, **WEEK, **sunday, group_by="industry")
    assert set(made["days"]) == {1}
    top = ask(works, hour_customers, **WEEK, **sunday, hour=12)
    assert top.select("rank", "customer_id", "load_kw", "industry").rows() == [
        (1, "mill", 8.0, "C"),
        (2, "home", 1.0, "households"),
    ]
    nothing = ask(works, day_makeup, **WEEK, day=date(2030, 1, 1))
    assert nothing.is_empty()


@pytest.mark.parametrize("hour", [0, 12, 19])
@pytest.mark.parametrize("day", [None, date(2024, 7, 1)])
def test_parts_of_an_hour_add_up_to_the_areas_load(utility: Settings, hour: int, day: date | None):
    asked = {"first_day": date(2024, 1, 1), "last_day": LAST_DAY, "day": day}
    totals = []
    for by in ("all", "customer_class", "industry", "transformer"):
        made = ask(utility, day_makeup, **asked, group_by=by)
        totals.append(made.filter(pl.col("hour") == hour)["load_kw"].sum())
    top = ask(utility, hour_customers, **asked, hour=hour, most=2)
    assert totals == pytest.approx([top["load_kw"].sum()] * 4)
    assert top["load_share"].sum() == pytest.approx(1.0)
    assert top["rank"].to_list() == [1, 2, None]
    assert top["customers"].sum() == 6


def test_an_hour_that_is_none_is_refused(works: Settings):
    with pytest.raises(QuestionError, match="hour 24"):
        ask(works, hour_customers, **WEEK, hour=24)


def test_a_typical_day_is_its_mean_over_the_mean(works: Settings):
    found = ask(works, group_shapes, **WEEK).filter(
        (pl.col("season") == YEAR) & (pl.col("day_kind") == "workday") & (pl.col("hour") == 12)
    )
    by_group = {row["group_id"]: row for row in found.iter_rows(named=True)}
    assert by_group["C"]["over_mean"] == pytest.approx(2.0)  # 8 kW over 4 kW
    assert by_group["households"]["over_mean"] == pytest.approx(1.0)
    assert by_group["all"]["load_kw"] == pytest.approx(9.0)
    assert by_group["C"]["days"] == 5


def test_two_that_never_meet_and_two_that_are_alike(works: Settings):
    apart = ask(works, group_comparison, **WEEK, first_id="C", second_id="F").row(0, named=True)
    assert apart["shape_overlap_share"] == 0.0
    assert apart["correlation"] == pytest.approx(-1.0)
    assert apart["maximum_together_kw"] == 8.0  # 8 kW by day, 2 kW by night
    assert apart["coincidence_share"] == pytest.approx(0.8)
    flat = ask(works, group_comparison, **WEEK, first_id="C", second_id="households")
    assert flat["correlation"][0] is None  # the home never changes
    assert flat["shape_overlap_share"][0] == pytest.approx(0.5)
    with pytest.raises(QuestionError, match="no group 'Z'"):
        ask(works, group_comparison, **WEEK, first_id="Z", second_id="C")


LOADS = st.lists(st.floats(0, 1000), min_size=HOURS, max_size=HOURS)


@settings(deadline=None, max_examples=60)
@given(LOADS, LOADS)
def test_a_comparison_is_the_same_either_way_round(first: list[float], second: list[float]):
    one, other = np.array(first), np.array(second)
    here, there = together(one, other), together(other, one)
    assert here["first_maximum_kw"] == there["second_maximum_kw"]
    for name in ("shape_overlap_share", "correlation", "maximum_together_kw", "coincidence_share"):
        assert here[name] == pytest.approx(there[name])
    if here["shape_overlap_share"] is not None:
        assert -1e-9 <= here["shape_overlap_share"] <= 1 + 1e-9
    if here["coincidence_share"] is not None:
        assert 0.5 - 1e-9 <= here["coincidence_share"] <= 1 + 1e-9


def rows(*told: tuple[str, float | None, str, date, date | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "usage_point_id": point,
                "group_id": "G",
                "capacity_kva": kva,
                "status": status,
                "valid_from": begin,
                "valid_to": end,
            }
            for point, kva, status, begin, end in told
        ],
        schema=ROWS,
    )


MARCH, JUNE, SEPTEMBER = date(2024, 3, 1), date(2024, 6, 1), date(2024, 9, 1)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([("P", 10.0, "operating", MARCH, None)], [(MARCH, "connected", 10.0)]),
        (
            [("P", 10.0, "operating", MARCH, JUNE), ("P", 25.0, "operating", JUNE, None)],
            [(MARCH, "connected", 10.0), (JUNE, "increased", 15.0)],
        ),
        (
            [("P", 10.0, "operating", MARCH, JUNE), ("P", 4.0, "operating", JUNE, None)],
            [(MARCH, "connected", 10.0), (JUNE, "decreased", -6.0)],
        ),
        (  # another tenant on the same day
            [("P", 10.0, "operating", MARCH, JUNE), ("P", 10.0, "operating", JUNE, None)],
            [(MARCH, "connected", 10.0)],
        ),
        (  # empty for the summer
            [("P", 10.0, "operating", MARCH, JUNE), ("P", 10.0, "operating", SEPTEMBER, None)],
            [
                (MARCH, "connected", 10.0),
                (JUNE, "closed", -10.0),
                (SEPTEMBER, "connected", 10.0),
            ],
        ),
        (
            [
                ("P", 10.0, "operating", MARCH, JUNE),
                ("P", 10.0, "suspended", JUNE, SEPTEMBER),
                ("P", 10.0, "operating", SEPTEMBER, None),
            ],
            [
                (MARCH, "connected", 10.0),
                (JUNE, "suspended", -10.0),
                (SEPTEMBER, "resumed", 10.0),
            ],
        ),
        (
            [("P", 10.0, "operating", MARCH, JUNE), ("P", 10.0, "closed", JUNE, None)],
            [(MARCH, "connected", 10.0), (JUNE, "closed", -10.0)],
        ),
        ([("P", None, "operating", MARCH, None)], [(MARCH, "connected", 0.0)]),
    ],
)
def test_what_the_register_tells_of_capacity(told, expected):
    found = changes(rows(*told)).sort("day").select("day", "kind", "change_kva").rows()
    assert found == expected


KVA = st.floats(1, 1000)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(KVA, st.sampled_from(["operating", "suspended"])), max_size=6))
def test_changes_of_capacity_add_up_to_what_is_in_use(told: list[tuple[float, str]]):
    days = [MARCH + timedelta(30 * number) for number in range(len(told) + 1)]
    known = rows(
        *(
            ("P", kva, status, days[number], days[number + 1])
            for number, (kva, status) in enumerate(told)
        )
    )
    for day in days:
        moved = changes(known).filter(pl.col("day") <= day)["change_kva"].sum()
        assert moved == pytest.approx(capacity_on(known, day)["capacity_kva"].sum(), abs=1e-6)


def test_what_was_so_from_the_first_day_is_no_change(utility: Settings):
    assert ask(utility, capacity_changes, **BOTH_YEARS).is_empty()


def test_intensity_is_said_where_value_added_is_published_of_just_that(works: Settings):
    stamp = {
        "region_id": "R",
        "batch_id": "b",
        "received_at": AT,
        "period_start": WEEK["first_day"],
    }
    told = [
        ("gross_domestic_product", 0.1, "million CNY", WEEK["last_day"]),
        ("value_added_c", 5.0, "万元", WEEK["last_day"]),
        ("value_added_f", 5.0, "pieces", WEEK["last_day"]),
    ]
    economy = [
        stamp | {"series": name, "value": value, "value_unit": unit, "period_end": end}
        for name, value, unit, end in told
    ]
    with writing(works) as writer:
        append(writer, TABLES["economy"], pl.DataFrame(economy, schema=TABLES["economy"].schema))
        publish(writer)
    found = ask(works, industries, **WEEK, region_id="R")
    by_group = dict(found.select("group_id", "intensity_kwh_per_10k_yuan").iter_rows())
    # 672 kWh for 50,000 CNY; all 1008 kWh for 100,000 CNY; pieces are no money
    assert by_group["C"] == pytest.approx(134.4)
    assert by_group["all"] == pytest.approx(100.8)
    assert by_group["F"] is None
    assert by_group["households"] is None
