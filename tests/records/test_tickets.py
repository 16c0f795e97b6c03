"""Tickets: opened by customers and staff, taken step by step, seen by their own customer only."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.records.accounts import create_account
from ingest.records.audit import verify_chain
from ingest.records.engine import SYSTEM, Actor, upgrade
from ingest.records.tickets import (
    MOST_OPEN,
    STEPS,
    TicketError,
    end_work_order,
    open_ticket,
    open_work_order,
    take_step,
)
from queries.customers.ticket_steps import ticket_steps
from queries.customers.tickets import tickets
from queries.lake import open_lake
from queries.records import audit_lines, version
from queries.scope import EVERYTHING, Scope

DESK = Actor("desk", "service_desk", "10.0.0.7")
ANNA, BERT = Actor("anna", "customer"), Actor("bert", "customer")


@pytest.fixture(scope="module")
def place(new_lake, register):
    made = new_lake()
    register(
        made,
        regions=[{"region_id": "north"}, {"region_id": "south"}],
        customers=[{"customer_id": "A"}, {"customer_id": "B"}],
        usage_points=[
            {"usage_point_id": "PA", "customer_id": "A", "region_id": "north"},
            {"usage_point_id": "PB", "customer_id": "B", "region_id": "south"},
        ],
    )
    engine = upgrade(made)
    create_account(engine, SYSTEM, "desk", role="service_desk")
    create_account(engine, SYSTEM, "anna", role="customer", customer_ids=["A"])
    create_account(engine, SYSTEM, "bert", role="customer", customer_ids=["B"])
    return made, engine


def _open(engine, actor=ANNA, customer="A", text="家里没电", kind="fault"):
    return open_ticket(engine, actor, kind=kind, customer_id=customer, text=text)


def reason_of(call, *arguments, **named):
    with pytest.raises(TicketError) as caught:
        call(*arguments, **named)
    return caught.value.reason


def test_a_ticket_keeps_every_step_with_who_and_when_and_leaves_its_trace(place):
    made, engine = place
    before = version(engine)
    ticket = _open(engine)
    assert take_step(engine, DESK, ticket, version=1, text="已派人", state="in_progress") == 2
    assert take_step(engine, ANNA, ticket, version=2, text="谢谢") == 3
    assert version(engine) == before + 3
    steps = ticket_steps(open_lake(made, EVERYTHING), ticket_id=ticket)
    assert steps.select("user_name", "said_by", "state", "text").rows() == [
        ("anna", "customer", "open", "家里没电"),
        ("desk", "staff", "in_progress", "已派人"),
        ("anna", "customer", "in_progress", "谢谢"),
    ]
    assert steps["at"].is_sorted()
    actions = audit_lines(engine, last=3)["action"].to_list()
    assert actions == ["ticket.step", "ticket.step", "ticket.open"]
    assert verify_chain(engine) is None


def test_a_work_order_comes_of_a_ticket_and_ends_with_a_result(place):
    made, engine = place
    ticket = _open(engine)
    order = open_work_order(engine, DESK, ticket, task="换熔断器")
    lake = open_lake(made, EVERYTHING)
    row = tickets(lake, customer_id="A").row(0, named=True)
    assert (row["state"], row["open_work_orders"]) == ("in_progress", 1)
    end_work_order(engine, DESK, order, result="已换")
    orders = ticket_steps(lake, ticket_id=ticket)
    told = orders.filter(orders["what"] == "work_order").row(0, named=True)
    assert (told["state"], told["result"]) == ("done", "已换")
    assert reason_of(end_work_order, engine, DESK, order, result="x") == "state"
    assert reason_of(open_work_order, engine, ANNA, ticket, task="x") == "not_yours"


def test_a_customer_touches_and_sees_the_own_tickets_only(place):
    made, engine = place
    ticket = _open(engine)
    assert reason_of(_open, engine, BERT, "A") == "not_yours"
    assert reason_of(take_step, engine, BERT, ticket, version=1, text="x") == "not_yours"
    mine = Scope("bert", "customer", customer_ids=frozenset({"B"}))
    lake = open_lake(made, mine)
    assert "A" not in tickets(lake)["customer_id"].to_list()
    assert tickets(lake, customer_id="A").is_empty()
    assert ticket_steps(lake, ticket_id=ticket).is_empty()


def test_a_region_sees_the_tickets_of_its_own_customers(place):
    made, engine = place
    _open(engine)
    _open(engine, BERT, "B")
    south = open_lake(made, Scope("s", "service_desk", regions=frozenset({"south"})))
    assert set(tickets(south)["customer_id"]) == {"B"}


def test_nobodys_later_step_is_passed_over_unseen(place):
    _, engine = place
    ticket = _open(engine)
    take_step(engine, DESK, ticket, version=1, text="看过", state="resolved")
    assert reason_of(take_step, engine, DESK, ticket, version=1, text="x") == "changed"


def test_a_customer_reopens_or_closes_what_is_said_to_be_resolved_and_no_more(place):
    _, engine = place
    ticket = _open(engine)
    resolved = {"version": 1, "text": "x", "state": "resolved"}
    assert reason_of(take_step, engine, ANNA, ticket, **resolved) == "state"
    take_step(engine, DESK, ticket, **resolved)
    assert take_step(engine, ANNA, ticket, version=2, text="还是没电", state="open") == 3


def test_a_customer_has_so_many_open_tickets_and_texts_have_an_end(place):
    _, engine = place
    for _ in range(MOST_OPEN):
        if reason_is_many(engine):
            break
    assert reason_of(_open, engine, BERT, "B") == "many"
    assert reason_of(_open, engine, DESK, "A", " ") == "text"
    assert reason_of(_open, engine, DESK, "A", "x" * 2001) == "text"
    assert reason_of(_open, engine, DESK, "A", "x", "praise") == "kind"


def reason_is_many(engine):
    try:
        _open(engine, BERT, "B")
    except TicketError as error:
        return error.reason == "many"
    return False


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from([None, *STEPS]), max_size=6))
def test_a_ticket_only_ever_goes_where_its_state_allows(place, wishes):
    _, engine = place
    ticket, now, number = _open(engine, DESK), "open", 1
    for wish in wishes:
        allowed = now != "closed" if wish is None else wish in STEPS[now]
        if allowed:
            number = take_step(engine, DESK, ticket, version=number, text="x", state=wish)
            now = wish or now
        else:
            change = {"version": number, "text": "x", "state": wish}
            assert reason_of(take_step, engine, DESK, ticket, **change) == "state"
