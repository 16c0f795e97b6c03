"""An event from its readings to the bill: what is settled, kept, posted and taken back."""

import json
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from ingest.records.audit import verify_chain
from ingest.records.engine import SYSTEM, Actor
from ingest.records.response_events import record_answer
from ingest.records.response_programmes import ResponseError
from ingest.records.response_settlements import post, settle
from queries.billing.bill import bill
from queries.billing.bill_change import bill_change
from queries.billing.bill_explanation import bill_explanation
from queries.billing.bill_groups import grouped
from queries.billing.bill_head import bill_head
from queries.billing.bill_history import bill_history
from queries.billing.postings import postings
from queries.demand.event_curve import event_curve
from queries.demand.event_rules import event_rules
from queries.demand.event_settled import event_settled
from queries.demand.event_settlement import event_settlement
from queries.demand.response_records import events
from queries.demand.settlement_totals import open_month, posting_totals, settlement_totals
from queries.lake import open_lake
from queries.run import QuestionError
from queries.scope import EVERYTHING, Scope
from tests.demand.planted_event import BEGIN, EVENT_DAY, day_kw, planted_event

CLERK = Actor("wang", "billing_clerk")
SHANGHAI = ZoneInfo("Asia/Shanghai")
JUNE, JULY, AUGUST = date(2025, 6, 1), date(2025, 7, 1), date(2025, 8, 1)
ANNA = Scope(user="anna", role="customer", customer_ids=frozenset({"A"}))
NORTH = Scope(user="li", role="planner", regions=frozenset({"north"}))
ALL = ("PA", "PB", "PC", "PD")


@pytest.fixture
def made(new_lake):
    return new_lake()


@pytest.fixture
def plant(made, register, take, day_row):
    """The event; PC has opted out."""

    def planted(**given):
        engine, event_id = planted_event(made, register, take, day_row, **given)
        record_answer(
            engine,
            SYSTEM,
            event_id,
            "PC",
            answer="opt_out",
            answered_at=BEGIN - timedelta(hours=3),
            answered_by="C",
        )
        return engine, event_id

    return planted


def asked(made, question, scope=EVERYTHING, **inputs):
    with closing(open_lake(made, scope, reads=())) as lake:
        return question(lake, **inputs)


def settled_and_posted(made, engine, event_id, month=JULY, points=ALL):
    lines = asked(made, event_settlement, event_id=event_id)
    changed = settle(engine, CLERK, event_id, lines, lake_version="1")
    done = post(engine, CLERK, event_id, month=month, usage_point_ids=points, zone=SHANGHAI)
    return changed, done


def test_each_of_those_called_gets_what_its_readings_earn(made, plant):
    """A reduces 10 kW of 10 for two hours at 3 CNY/kWh; B 4 kW, below 80 %; C opted out."""
    _, event_id = plant()
    found = asked(made, event_settlement, event_id=event_id)
    assert found.select("usage_point_id", "outcome", "reduction_kw", "amount_cny").rows() == [
        ("PA", "paid", 10.0, Decimal("60.00")),
        ("PB", "too_small", 4.0, Decimal("0.00")),
        ("PC", "opted_out", 10.0, Decimal("0.00")),
        ("PD", "paid", 10.0, Decimal("60.00")),
    ]
    first = found.row(0, named=True)
    assert first["confirmed_kw"] * first["unit_price_cny_per_kw"] == first["amount_cny"]
    detail = json.loads(first["detail"])
    assert (detail["baseline_kw"], detail["load_kw"]) == ([20.0] * 8, [10.0] * 8)
    assert [one["code"] for one in detail["checks"]][-1] == "too_small"


def test_a_planner_settles_its_region_and_a_customer_sees_itself(made, plant):
    _, event_id = plant()
    points = {
        scope.user: asked(made, event_settlement, scope, event_id=event_id)["usage_point_id"]
        for scope in (NORTH, ANNA)
    }
    assert points["li"].to_list() == ["PA", "PB", "PC"]
    assert points["anna"].to_list() == ["PA"]
    stranger = Scope(user="x", role="customer", customer_ids=frozenset({"X"}))
    with pytest.raises(QuestionError, match="no event"):
        asked(made, event_settlement, stranger, event_id=event_id)


def test_readings_that_come_late_are_settled_then_and_the_rest_does_not_change(
    made, plant, take, day_row
):
    engine, event_id = plant(without=("PD",))
    changed, done = settled_and_posted(made, engine, event_id)
    assert (changed, done.posted, done.amount_cny) == (4, 1, Decimal("-60.00"))
    assert asked(made, _states)["state"].to_list() == ["called"], "one waits for readings"
    rows = [1000 * kw for kw in day_kw("PD", EVENT_DAY)]
    take(made, day_row(rows, point="PD", day=EVENT_DAY))
    changed, done = settled_and_posted(made, engine, event_id, AUGUST)
    assert (changed, done.posted, done.taken_back) == (1, 1, 0)
    assert asked(made, _states)["state"].to_list() == ["settled"]
    # and once more changes nothing at all
    changed, done = settled_and_posted(made, engine, event_id, AUGUST)
    assert (changed, done.posted, done.taken_back, done.amount_cny) == (0, 0, 0, 0)
    assert verify_chain(engine) is None


def _states(lake):
    return events(lake)


def test_the_credit_stands_on_the_bill_with_its_explanation_and_in_every_total(made, plant):
    engine, event_id = plant()
    who = {"customer_id": "A"}
    before = asked(made, bill_head, month=JULY, **who).row(0, named=True)
    settled_and_posted(made, engine, event_id)
    lines = asked(made, bill, month=JULY, **who)
    last = lines.row(-1, named=True)
    assert (last["kind"], last["charge"], last["unit"]) == ("demand_response",) * 2 + ("kW",)
    assert (last["quantity"], last["unit_price"], last["amount_cny"]) == (10, -6, -60)
    head = asked(made, bill_head, month=JULY, **who).row(0, named=True)
    assert head["total_cny"] == before["total_cny"] - 60 == lines["amount_cny"].sum()
    assert head["total_price_cny_per_kwh"] == before["total_price_cny_per_kwh"]
    assert grouped(lines)["group"].to_list()[-1] == "demand_response"
    history = asked(made, bill_history, month=JULY, months=2, **who)
    assert history["amount_cny"].to_list()[-1] == head["total_cny"]
    change = asked(made, bill_change, month=JULY, **who)
    assert dict(change.select("step", "amount_cny").rows())["other"] == -60
    assert change["amount_cny"].sum() == change["after_cny"][0] - change["before_cny"][0]
    told = asked(made, bill_explanation, month=JULY, **who).filter(pl.col("line") == last["line"])
    assert told["code"].unique(maintain_order=True).to_list() == [
        "response_event",
        "response_price",
        "amount",
    ]
    facts = {row["name"]: row for row in told.iter_rows(named=True)}
    assert (facts["day"]["day"], facts["from"]["word"]) == (EVENT_DAY, "15:00")
    assert facts["confirmed_kw"]["value"] == 10


def test_a_bill_shows_no_other_customers_credit_and_no_other_months(made, plant):
    engine, event_id = plant()
    settled_and_posted(made, engine, event_id)
    own = asked(made, bill, ANNA, month=JULY, customer_id="A")
    assert own.filter(pl.col("kind") == "demand_response").height == 1
    for inputs in ({"month": JUNE, "customer_id": "A"}, {"month": JULY, "customer_id": "B"}):
        found = asked(made, bill, **inputs)
        assert found.filter(pl.col("kind") == "demand_response").is_empty()


def test_a_planner_of_another_region_sees_no_credit_of_a_usage_point_outside(made, plant, register):
    """A has a second usage point in the south: who sees only that one does not see A's credit."""
    engine, event_id = plant()
    second = {
        "usage_point_id": "PE",
        "customer_id": "A",
        "region_id": "south",
        "customer_class": "residential",
        "status": "operating",
        "voltage_kv": 0.22,
    }
    agreement = {
        "agreement_id": "aPE",
        "usage_point_id": "PE",
        "tariff_code": "residential",
        "has_time_of_use": False,
        "settlement_basis": "interval",
    }
    register(made, usage_points=[second], agreements=[agreement])
    settled_and_posted(made, engine, event_id)
    south = Scope(user="he", role="planner", regions=frozenset({"south"}))
    found = {
        scope.user: asked(made, postings_of_july, scope) for scope in (EVERYTHING, NORTH, south)
    }
    assert found == {"system": ["PA", "PD"], "li": ["PA"], "he": ["PD"]}


def postings_of_july(lake):
    return sorted(one.usage_point_id for one in postings(lake, ["A", "B", "C", "D"], JULY, JULY))


def test_a_wrong_credit_is_taken_back_on_the_open_bill_and_the_old_bill_stays(
    made, plant, take, day_row
):
    """A's reading was too low: corrected, it reduced 8 kW: 48 CNY instead of 60."""
    engine, event_id = plant()
    settled_and_posted(made, engine, event_id)
    july = asked(made, bill, month=JULY, customer_id="A")
    corrected = [12_000 if hour in {15, 16} else 20_000 for hour in range(24)]
    later = datetime(2025, 8, 5, tzinfo=UTC)
    august = [day_row([20_000] * 24, point="PA", day=AUGUST + timedelta(days=n)) for n in range(31)]
    late = day_row(corrected, point="PA", day=EVENT_DAY, issued=later)
    take(made, pl.concat([late, *august]))
    changed, done = settled_and_posted(made, engine, event_id, AUGUST)
    assert (changed, done.posted, done.taken_back, done.amount_cny) == (1, 1, 1, 12)
    posted = asked(made, bill, month=AUGUST, customer_id="A").filter(rule="posted")
    assert posted.select("charge", "quantity", "amount_cny").rows() == [
        ("demand_response_taken_back", -10, 60),
        ("demand_response", 8, -48),
    ]
    assert (posted["quantity"] * posted["unit_price"]).to_list() == posted["amount_cny"].to_list()
    again = asked(made, bill, month=JULY, customer_id="A").filter(rule="posted")
    assert again.equals(july.filter(rule="posted"))


def test_as_of_before_it_was_posted_the_bill_has_no_credit(made, plant):
    engine, event_id = plant()
    settled_and_posted(made, engine, event_id)
    with closing(
        open_lake(made, EVERYTHING, known_at=datetime(2026, 1, 1, tzinfo=UTC), reads=())
    ) as lake:
        # the lake of these tests was published at the present instant
        assert bill(lake, month=JULY, customer_id="A").filter(rule="posted").is_empty()


def test_what_cannot_be_settled_or_posted_is_refused(made, plant):
    engine, event_id = plant()
    lines = asked(made, event_settlement, event_id=event_id)

    def reason(call, *given, **named):
        with pytest.raises(ResponseError) as caught:
            call(*given, **named)
        return caught.value.reason

    customer = Actor("anna", "customer")
    usual = {"month": JULY, "usage_point_ids": ALL, "zone": SHANGHAI}
    assert reason(settle, engine, customer, event_id, lines, lake_version="1") == "not_yours"
    assert reason(post, engine, CLERK, event_id, **usual) == "unsettled"
    foreign = lines.with_columns(usage_point_id=pl.lit("PX"))
    assert reason(settle, engine, CLERK, event_id, foreign, lake_version="1") == "member"
    settle(engine, CLERK, event_id, lines, lake_version="1")
    assert reason(post, engine, CLERK, event_id, **(usual | {"month": JUNE})) == "month"
    assert reason(post, engine, customer, event_id, **usual) == "not_yours"


def test_where_every_day_is_alike_every_rule_measures_what_was_reduced(made, plant):
    """A, B and D took part and reduced 10, 4 and 10 kW."""
    _, event_id = plant()
    found = asked(made, event_rules, event_id=event_id)
    answered = found.filter(pl.col("measured_kw").is_not_null())
    # nobody was not called, so that nobody can be matched
    assert set(found["rule"]) - set(answered["rule"]) == {"matched_control"}
    assert answered["measured_kw"].to_list() == pytest.approx([24.0] * answered.height)
    assert (found["rule"][0], found["is_used"].sum()) == ("china_2", 1)


def test_the_curve_of_all_is_of_those_that_took_part(made, plant):
    """A, B and D: 60 kW without the event, and 36 in it."""
    _, event_id = plant()
    curve = asked(made, event_curve, event_id=event_id)
    assert curve.filter("is_event").select("baseline_kw", "load_kw").unique().rows() == [(60, 36)]
    assert (curve["is_event"].sum(), curve["customers"][0]) == (8, 3)
    own = asked(made, event_curve, event_id=event_id, usage_point_id="PC")
    assert own.filter("is_event")["load_kw"].unique().to_list() == [10]


def test_what_is_settled_says_what_posting_would_do_and_then_that_it_is_done(made, plant):
    engine, event_id = plant()
    lines = asked(made, event_settlement, event_id=event_id)
    settle(engine, CLERK, event_id, lines, lake_version="1")
    kept = asked(made, event_settled, event_id=event_id)
    assert kept["to_post_cny"].to_list() == [60, 0, 0, 60]
    assert posting_totals(kept) == {
        "post_count": 2,
        "post_cny": Decimal("120.00"),
        "back_count": 0,
        "back_cny": Decimal(0),
    }
    post(engine, CLERK, event_id, month=JULY, usage_point_ids=ALL, zone=SHANGHAI)
    after = asked(made, event_settled, NORTH, event_id=event_id)
    assert after["to_post_cny"].to_list() == [0, 0, 0]
    assert after["posted_month"].to_list() == ["2025-07", None, None]


def test_totals_count_what_was_measured_of_those_that_took_part(made, plant):
    _, event_id = plant()
    found = settlement_totals(asked(made, event_settlement, event_id=event_id))
    assert (found["called"], found["took_part"], found["paid"]) == (4, 3, 2)
    assert (found["measured_kw"], found["confirmed_kw"], found["amount_cny"]) == (24, 20, 120)
    # every day is alike, so that the rule was never wrong
    assert (found["error_kw"], found["waits"]) == (0.0, 0)


def test_the_open_month_is_that_of_the_latest_readings_but_never_before_the_event():
    assert open_month(date(2025, 12, 31), EVENT_DAY) == date(2025, 12, 1)
    assert open_month(date(2025, 6, 30), EVENT_DAY) == JULY
