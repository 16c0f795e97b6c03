"""Contract applications by hand: what is asked for, what comes of it, what it foretells."""

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from ingest.lake import append, publish, writing
from queries.lake import open_lake
from queries.market.application_lead import application_lead, asked_share, followed
from queries.market.application_outcome import application_outcome
from queries.market.applications import applications
from queries.market.capacity_changes import ROWS, capacity_changes
from queries.schema import TABLES
from queries.scope import EVERYTHING, Scope

AT = datetime(2024, 7, 1, tzinfo=UTC)
YEAR = {"first_day": date(2024, 1, 1), "last_day": date(2024, 12, 31)}
TABLE = TABLES["contract_applications"]


@pytest.fixture(scope="module")
def country(new_lake, register):
    """North with a mill, a home the register closes in May, and applications; south has none.

    Both regions have a point that the register connects in March 2024.
    """
    settings = new_lake()
    march, may = date(2024, 3, 1), date(2024, 5, 1)
    register(
        settings,
        regions=[
            {"region_id": "north", "name": "北"},
            {"region_id": "inner", "name": "内", "parent_region_id": "north"},
            {"region_id": "south", "name": "南"},
        ],
        substations=[{"substation_id": "S", "region_id": "inner"}],
        feeders=[{"feeder_id": "F", "substation_id": "S", "voltage_kv": 10.0}],
        transformers=[{"transformer_id": "T", "feeder_id": "F", "rated_capacity_kva": 400.0}],
        customers=[{"customer_id": "mill", "name": "厂", "industry_code": "1711"}],
        usage_points=[
            point("M", "inner", 630.0, customer_id="mill", customer_class="industrial"),
            point("H", "inner", 8.0, customer_class="residential", valid_to=may),
            point("N", "inner", 16.0, customer_class="residential", valid_from=march),
            point("O", "south", 20.0, customer_class="commercial", valid_from=march),
        ],
    )
    told = [
        # connected as the register says; closed ten days after asking
        ("1", "new", "N", "inner", 16.0, date(2024, 2, 1), date(2024, 3, 1), "done"),
        ("2", "cancellation", "H", "inner", None, date(2024, 4, 21), date(2024, 5, 1), "done"),
        ("3", "increase", "M", "inner", 400.0, date(2024, 5, 1), date(2024, 8, 9), "done"),
        ("4", "increase", "M", "inner", 200.0, date(2024, 6, 1), None, "withdrawn"),
        ("5", "decrease", "M", "inner", 100.0, date(2024, 12, 1), None, "approved"),
        ("6", "new", None, None, 10.0, date(2024, 12, 21), None, "applied"),
        ("7", "transfer", "N", "inner", None, date(2024, 6, 1), date(2024, 6, 2), "done"),
    ]
    names = ("application_id", "kind", "usage_point_id", "region_id", "capacity_kva")
    names = (*names, "applied_on", "energised_on", "status")
    rows = [dict(zip(names, row, strict=True)) | {"received_at": AT} for row in told]
    rows[5] |= {"transformer_id": "T", "industry_code": "5211", "customer_class": "commercial"}
    rows[2] |= {"customer_id": "mill"}
    rows[3] |= {"customer_id": "mill"}
    rows[4] |= {"customer_id": "mill"}
    with writing(settings) as writer:
        append(writer, TABLE, pl.DataFrame(rows, schema=TABLE.schema))
        publish(writer)
    return settings


def point(name, region, capacity, **more):
    return {
        "usage_point_id": name,
        "region_id": region,
        "contracted_capacity_kva": capacity,
        "status": "operating",
        **more,
    }


def asked(settings, question, scope=EVERYTHING, **inputs):
    return question(open_lake(settings, scope), **inputs)


def test_applications_count_in_their_quarter_with_what_is_given_up_negative(country):
    found = asked(country, applications, **YEAR)
    by = {row[:3]: row[3:] for row in found.iter_rows()}
    first, second, last = (date(2024, month, 1) for month in (1, 4, 10))
    # number, change, done, done change, open, open change
    assert by["households", first, "new"] == (1, 16.0, 1, 16.0, 0, 0.0)
    # a closure without a capacity is of what the register has
    assert by["households", second, "cancellation"] == (1, -8.0, 1, -8.0, 0, 0.0)
    assert by["C", second, "increase"] == (2, 600.0, 1, 400.0, 0, 0.0)
    assert by["C", last, "decrease"] == (1, -100.0, 0, 0.0, 1, -100.0)
    # no usage point yet: by what the application says, and where its transformer stands
    assert by["F", last, "new"] == (1, 10.0, 0, 0.0, 1, 10.0)
    assert by["households", second, "transfer"] == (1, 0.0, 1, 0.0, 0, 0.0)
    assert len(by) == 6


@pytest.mark.parametrize(
    ("group_by", "groups"),
    [("region", {"inner"}), ("transformer", {None, "T"}), ("feeder", {None, "F"}),
     ("substation", {None, "S"}), ("all", {"all"})],
)  # fmt: skip
def test_applications_without_a_point_lie_where_their_transformer_does(country, group_by, groups):
    found = asked(country, applications, **YEAR, group_by=group_by)
    assert set(found["group_id"]) == groups
    assert found["applications"].sum() == 7


def test_a_region_counts_what_lies_in_the_regions_inside_it(country):
    assert asked(country, applications, **YEAR, region_id="north")["applications"].sum() == 7
    assert asked(country, applications, **YEAR, region_id="south").is_empty()
    south_only = Scope(user="s", role="planner", regions=frozenset({"south"}))
    assert asked(country, applications, south_only, **YEAR).is_empty()


def test_conversion_and_delay_by_hand(country):
    found = asked(country, application_outcome, **YEAR)
    rows = {row["group_id"]: row for row in found.iter_rows(named=True)}
    assert found["group_id"].to_list() == ["C", "households", "F", "all"]
    mill = rows["C"]
    assert (mill["asked_kva"], mill["given_up_kva"], mill["net_kva"]) == (600.0, 100.0, 500.0)
    assert mill["done_share"] == 0.5  # one done, one withdrawn, one still open
    assert mill["median_days"] == 100.0  # 1 May to 9 August
    assert mill["pending_kva"] == -100.0
    assert mill["longest_pending_days"] == 30
    whole = rows["all"]
    assert whole["applications"] == 6  # a transfer moves no capacity
    assert whole["net_kva"] == 16.0 - 8.0 + 400.0 + 200.0 - 100.0 + 10.0
    assert whole["done_share"] == 0.75
    assert whole["median_days"] == (29 + 100) / 2
    assert whole["slow_days"] == 100.0
    assert rows["F"]["done_share"] is None  # nothing has ended
    # nothing is known of 2023, which is not the same as nothing asked for
    assert set(found["net_before_kva"]) == {None}


@pytest.mark.parametrize("group_by", ["industry", "region", "feeder", "customer_class"])
def test_groups_add_up_to_all_of_them_and_to_their_quarters(country, group_by):
    found = asked(country, application_outcome, **YEAR, group_by=group_by)
    own, whole = found.head(-1), found.row(-1, named=True)
    for name in ("applications", "asked_kva", "given_up_kva", "net_kva", "pending_kva"):
        assert own[name].sum() == pytest.approx(whole[name]), name
    assert whole["asked_kva"] - whole["given_up_kva"] == pytest.approx(whole["net_kva"])
    quarters = asked(country, applications, **YEAR, group_by=group_by)
    assert quarters["change_kva"].sum() == pytest.approx(whole["net_kva"])


def test_a_year_before_is_compared_once_it_is_known(country):
    february = {"first_day": date(2025, 2, 1), "last_day": date(2025, 12, 31)}
    assert asked(country, application_outcome, **february).is_empty()
    december = {"first_day": date(2024, 12, 1), "last_day": date(2024, 12, 31)}
    found = asked(country, application_outcome, **december)
    assert found["applications"].to_list()[-1] == 2
    assert found["net_before_kva"].null_count() == found.height


def test_applications_done_are_the_changes_where_there_are_any_and_the_register_elsewhere(country):
    found = asked(country, capacity_changes, **YEAR, group_by="region")
    shown = found.select("group_id", "month", "kind", "basis", "change_kva").rows()
    assert shown == [
        ("inner", date(2024, 3, 1), "connected", "applications", 16.0),
        ("inner", date(2024, 5, 1), "closed", "applications", -8.0),
        ("inner", date(2024, 8, 1), "increased", "applications", 400.0),
        ("south", date(2024, 3, 1), "connected", "register", 20.0),
    ]


MONTHS = pl.date_range(date(2018, 1, 1), date(2023, 12, 1), "1mo", eager=True).to_list()
REGISTER = pl.DataFrame(
    [{"usage_point_id": "P", "region_id": "R", "group_id": "C", "capacity_kva": 1000.0,
      "status": "operating", "valid_from": date(2000, 1, 1), "valid_to": None}],
    schema=ROWS,
)  # fmt: skip


def test_a_year_of_applications_is_a_share_of_the_capacity_in_use():
    rows = [(date(2017, 1, 9), 60.0), (date(2018, 6, 30), -20.0), (date(2018, 7, 1), 90.0)]
    applied = pl.DataFrame(rows, schema=["applied_on", "change_kva"], orient="row")
    shares = dict(zip(MONTHS, asked_share(applied, REGISTER, MONTHS), strict=True))
    assert shares[date(2018, 1, 1)] == 0.0  # January 2017 is a year and more ago
    assert shares[date(2018, 6, 1)] == pytest.approx(-0.02)
    assert shares[date(2018, 7, 1)] == pytest.approx(0.07)
    assert shares[date(2019, 6, 1)] == pytest.approx(0.09)
    assert shares[date(2019, 7, 1)] == 0.0
    late = applied.filter(pl.col("applied_on") > date(2018, 1, 1))
    shares = dict(zip(MONTHS, asked_share(late, REGISTER, MONTHS), strict=True))
    assert np.isnan(shares[date(2019, 5, 1)])  # the year before is not wholly known
    assert shares[date(2019, 6, 1)] == pytest.approx(0.09)


def test_load_that_follows_applications_by_five_months_is_found_to():
    lead, random = 5, np.random.default_rng(7)
    asked_for = random.normal(0.03, 0.02, len(MONTHS))
    grown = np.zeros(len(MONTHS))
    grown[lead:] = asked_for[:-lead]
    load = np.full(len(MONTHS), 100.0)
    for month in range(12, len(MONTHS)):
        load[month] = load[month - 12] * np.exp(grown[month])
    found = [followed(asked_for, load, months)["correlation"] or 0.0 for months in range(13)]
    assert int(np.argmax(found)) == lead
    assert found[lead] == pytest.approx(1.0, abs=1e-6)


def test_two_years_are_too_few_to_say_whether_load_follows():
    load = np.linspace(100, 120, 24)
    said = followed(np.linspace(0, 0.1, 24), load, 0)
    assert said["months"] == 12
    assert said["needed_months"] == 24
    assert said["correlation"] is said["low"] is said["high"] is None


def test_a_lake_without_readings_or_applications_says_nothing_of_a_lead(country, new_lake):
    assert asked(country, application_lead).is_empty()
    assert asked(new_lake(), application_lead).is_empty()
