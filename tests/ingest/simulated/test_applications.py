"""Contract applications of the simulated district agree with its register and its tenants."""

from datetime import date, timedelta

import polars as pl
import pytest

from ingest.simulated.customers.applications import APPLICATIONS
from ingest.simulated.district import district, known_tables
from ingest.simulated.plan import Plan

PLAN = Plan(customers=600, first_day=date(2024, 1, 1), last_day=date(2025, 12, 31))


@pytest.fixture(scope="module")
def made():
    whole = district(PLAN)
    return whole, known_tables(whole)


def of_kind(applied: pl.DataFrame, kind: str) -> set[tuple[str, date, float | None]]:
    done = applied.filter((pl.col("kind") == kind) & (pl.col("status") == "done"))
    return set(done.select("usage_point_id", "energised_on", "capacity_kva").iter_rows())


def test_every_connection_closure_and_move_has_its_application_on_its_day(made):
    whole, known = made
    applied = known["contract_applications"]
    day = lambda number: PLAN.first_day + timedelta(number)  # noqa: E731 - reads as it is said
    days = whole.setting.span.days
    connected = {
        (one.usage_point_id, day(one.tenancies[0].first_day), one.capacity_kva)
        for one in whole.premises
        if one.tenancies[0].first_day > 0
    }
    closed = {
        (one.usage_point_id, day(one.tenancies[-1].last_day), one.capacity_kva)
        for one in whole.premises
        if one.tenancies[-1].last_day < days
    }
    moved = {
        (one.usage_point_id, day(one.tenancies[1].first_day), None)
        for one in whole.premises
        if len(one.tenancies) > 1 and one.tenancies[1].first_day < days
    }
    assert connected
    assert closed
    assert moved
    assert of_kind(applied, "new") == connected
    assert of_kind(applied, "cancellation") == closed
    assert of_kind(applied, "transfer") == moved


def test_no_capacity_changes_in_the_register_so_no_such_application_is_done(made):
    _, known = made
    capacities = (
        known["usage_points"]
        .group_by("usage_point_id")
        .agg(pl.col("contracted_capacity_kva").n_unique().alias("capacities"))
    )
    assert capacities["capacities"].max() == 1
    asked = known["contract_applications"].filter(
        pl.col("kind").is_in(["increase", "decrease", "suspension"])
    )
    assert asked.height > 0
    assert "done" not in set(asked["status"])
    assert {"applied", "approved"} & set(asked["status"])


def test_nothing_that_lies_after_the_last_day_is_known(made):
    _, known = made
    applied = known["contract_applications"]
    assert applied.schema == APPLICATIONS
    assert applied["application_id"].is_unique().all()
    for name in ("applied_on", "approved_on", "energised_on"):
        assert applied[name].max() <= PLAN.last_day, name
    is_open = applied["status"].is_in(["applied", "approved"])
    assert applied.filter(is_open)["energised_on"].null_count() == is_open.sum()
    ordered = applied.filter(pl.col("approved_on") < pl.col("applied_on"))
    assert ordered.is_empty()


def test_equal_plans_apply_equally(made):
    _, known = made
    again = known_tables(district(PLAN))["contract_applications"]
    assert again.equals(known["contract_applications"])
