"""Offers and whom they go to: rules, lots, limits and refusals."""

import json
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from ingest.records.accounts import create_account
from ingest.records.answer_list import Usual, read_answers, text_of
from ingest.records.audit import verify_chain
from ingest.records.consents import ConsentError, record_consent
from ingest.records.contacts import ContactError, record_contact
from ingest.records.engine import SYSTEM, Actor, upgrade
from ingest.records.offer_answers import Answer, record_answers
from ingest.records.offer_campaigns import (
    Sending,
    send_offer,
    take_over_campaign,
)
from ingest.records.offers import OfferRecordError, change_offer, save_offer
from ingest.records.usual_offers import add_usual_offers
from queries.customers.consent import contacts_lately, standing_consents
from queries.customers.offer import OfferError, Value, read_content
from queries.customers.offer_lot import CONTROL, OFFERED, draw_arms, strata
from queries.customers.offer_records import (
    campaign_list,
    latest_answers,
    offer_list,
    stored_campaign,
    stored_offer,
    version_list,
)
from queries.customers.offer_rules import RuleError, eligibility, read_rules
from queries.customers.offer_value import LEARNT, with_value
from queries.records import CONSENTS, TICKETS, audit_lines
from queries.scope import EVERYTHING, Scope
from queries.settings import Settings

MAY = date(2025, 5, 1)
CONTENT = {"text_zh": "夜间充电", "text_en": "Charge at night"}
STAFF = Actor("li", "service_desk")
CUSTOMERS = pl.DataFrame(
    {
        "customer_class": ["residential", "commercial", "residential"],
        "annual_kwh": [1000.0, 50_000.0, None],
        "has_time_of_use": [True, True, False],
    }
)


@pytest.fixture
def records(tmp_path) -> Engine:
    return upgrade(Settings(data=tmp_path, database="", lake=""))


@pytest.fixture
def offer_id(records: Engine) -> str:
    content = CONTENT | {"limits": {"contacts": 1, "days": 30}}
    return save_offer(records, STAFF, kind="policy_benefit", name="夜间", content=content)


def members(count: int = 40) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "usage_point_id": [f"P{n:03d}" for n in range(count)],
            "customer_id": [f"C{n:03d}" for n in range(count)],
            "stratum": [f"s{n % 2}" for n in range(count)],
        }
    )


def rule(column: str, test: str, value: object) -> dict[str, object]:
    return {"column": column, "test": test, "value": value}


def test_who_meets_every_rule_is_eligible_and_who_is_not_known_is_not():
    rules = read_rules(
        [rule("customer_class", "one_of", ["residential"]), rule("annual_kwh", "at_least", 500)],
        CUSTOMERS.schema,
    )
    assert eligibility(CUSTOMERS, rules).to_list() == ["eligible", "customer_class", "unknown"]
    assert eligibility(CUSTOMERS, ()).to_list() == ["eligible"] * 3


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (rule("shoe_size", "at_least", 4), "no column 'shoe_size'"),
        (rule("annual_kwh", "about", 4), "no test 'about'"),
        (rule("annual_kwh", "at_least", "much"), "numbers alone"),
        (rule("annual_kwh", "at_least", value=True), "numbers alone"),
        (rule("customer_class", "one_of", []), "list of words"),
        (rule("has_time_of_use", "is", "yes"), "yes and no"),
        ({"column": "annual_kwh"}, "expected column, test and value"),
    ],
)
def test_a_rule_that_cannot_be_applied_is_refused_by_its_number(wrong: dict, said: str):
    with pytest.raises(RuleError, match="rule 1") as error:
        read_rules([wrong], CUSTOMERS.schema)
    assert said in str(error.value)


@given(
    st.lists(st.sampled_from("abc"), min_size=2, max_size=60),
    st.floats(0.1, 0.9),
    st.integers(0, 1000),
)
def test_every_stratum_is_split_by_the_share_and_the_same_seed_draws_the_same(
    names: list[str], share: float, seed: int
):
    stratum = pl.Series("stratum", names)
    arms = draw_arms(stratum, share, seed)
    assert arms.to_list() == draw_arms(stratum, share, seed).to_list()
    for name in set(names):
        own = [arm for arm, other in zip(arms, names, strict=True) if other == name]
        assert abs(own.count(CONTROL) - share * len(own)) < 1


def test_small_strata_are_put_together():
    customers = pl.DataFrame(
        {
            "customer_class": ["residential"] * 30 + ["industrial"] * 2,
            "annual_kwh": [float(n) for n in range(32)],
        }
    )
    found = strata(customers).value_counts()
    assert dict(found.iter_rows()) == {
        "residential 0": 10,
        "residential 1": 10,
        "residential 2": 10,
        "rest": 2,
    }


def test_a_refusal_wins_over_every_consent_but_a_later_one_of_the_customer(records: Engine):
    create_account(records, SYSTEM, "wang", role="customer", customer_ids=["C1", "C2"])
    own = Actor("wang", "customer")

    def say(actor: Actor, customer: str, decision: str, day: int) -> None:
        record_consent(
            records, actor, customer_id=customer, decision=decision, said_on=date(2025, 5, day)
        )

    say(own, "C1", "given", 1)
    say(STAFF, "C1", "refused", 2)
    say(STAFF, "C1", "given", 3)
    say(own, "C2", "refused", 2)
    say(own, "C2", "given", 2)
    stands = dict(standing_consents(records).select("customer_id", "decision").iter_rows())
    assert stands == {"C1": "refused", "C2": "refused"}
    say(own, "C2", "given", 3)
    stands = dict(standing_consents(records).select("customer_id", "decision").iter_rows())
    assert stands == {"C1": "refused", "C2": "given"}
    with pytest.raises(ConsentError):
        say(own, "C9", "refused", 4)


def test_a_campaign_keeps_its_lot_its_offer_and_a_contact_for_those_it_went_to(
    records: Engine, offer_id: str
):
    sending = Sending("五月", MAY, 0.25, 7)
    campaign_id = send_offer(records, STAFF, offer_id, members(), sending, lake_version="9")
    change_offer(records, STAFF, offer_id, version=1, content=CONTENT | {"basis": "later"})
    found = stored_campaign(records, campaign_id)
    assert found is not None
    assert found.members.filter(arm=CONTROL).height == 10
    assert found.members.group_by("stratum", "arm").len()["len"].sort().to_list() == [5, 5, 15, 15]
    assert found.content.basis == ""
    written = set(contacts_lately(records, MAY, 1)["customer_id"])
    assert written == set(found.members.filter(arm=OFFERED)["customer_id"])
    assert campaign_list(records, EVERYTHING, offer_id).row(0)[-2:] == (30, 10)
    took = Answer("P003", "C003", "accepted", date(2025, 5, 9))
    assert record_answers(records, STAFF, offer_id, [took]) == 1
    again = stored_campaign(records, campaign_id)
    assert again is not None
    assert again.members.filter(usage_point_id="P003")["accepted_on"].item() == "2025-05-09"
    actions = audit_lines(records)["action"].to_list()
    assert actions == ["offer.answer", "offer.change", "offer.send", "offer.create"]
    assert json.loads(audit_lines(records)["detail"][2])["seed"] == 7
    assert verify_chain(records) is None


def test_who_refused_is_never_sent_anything_whatever_the_list_says(records: Engine, offer_id: str):
    record_consent(records, STAFF, customer_id="C004", decision="refused", said_on=MAY)
    with pytest.raises(OfferRecordError) as error:
        send_offer(records, STAFF, offer_id, members(), Sending("五月", MAY, 0.5, 1))
    assert error.value.reason == "refused"
    assert campaign_list(records, EVERYTHING, offer_id).is_empty()


def test_nobody_is_written_to_more_often_than_the_limit_allows(records: Engine, offer_id: str):
    send_offer(records, STAFF, offer_id, members(), Sending("五月", MAY, 0.5, 1))
    with pytest.raises(OfferRecordError) as error:
        send_offer(records, STAFF, offer_id, members(), Sending("又", date(2025, 5, 20), 0.5, 1))
    assert error.value.reason == "contacts"
    later = Sending("六月", date(2025, 6, 2), 0.5, 1)
    assert send_offer(records, STAFF, offer_id, members(), later)


def test_a_retail_package_goes_only_to_those_who_agreed(records: Engine):
    package = save_offer(records, STAFF, kind="retail_package", name="套餐", content=CONTENT)
    with pytest.raises(OfferRecordError) as error:
        send_offer(records, STAFF, package, members(4), Sending("五月", MAY, 0.5, 1))
    assert error.value.reason == "refused"
    for one in members(4)["customer_id"]:
        record_consent(records, STAFF, customer_id=one, decision="given", said_on=MAY)
    assert send_offer(records, STAFF, package, members(4), Sending("五月", MAY, 0.5, 1))


def test_offers_are_named_once_changed_in_turn_and_closed(records: Engine, offer_id: str):
    with pytest.raises(OfferRecordError) as taken:
        save_offer(records, STAFF, kind="tariff_choice", name=" 夜间 ", content=CONTENT)
    assert taken.value.reason == "taken"
    assert change_offer(records, STAFF, offer_id, version=1, is_closed=True) == 2
    with pytest.raises(OfferRecordError) as stale:
        change_offer(records, STAFF, offer_id, version=1, name="夜")
    assert stale.value.reason == "changed"
    with pytest.raises(OfferRecordError) as closed:
        send_offer(records, STAFF, offer_id, members(), Sending("五月", MAY, 0.5, 1))
    assert closed.value.reason == "closed"
    with pytest.raises(OfferRecordError) as own:
        save_offer(records, Actor("wang", "customer"), kind="tariff_choice", name="x", content={})
    assert own.value.reason == "not_yours"


def test_a_campaign_of_the_past_is_taken_over_as_it_was(records: Engine, offer_id: str):
    rows = (
        members(6)
        .drop("stratum")
        .with_columns(
            arm=pl.Series([OFFERED, CONTROL] * 3),
            first_day=pl.lit(MAY),
            accepted_on=pl.Series([date(2025, 5, 3), None] * 3),
        )
    )
    campaign_id = take_over_campaign(records, STAFF, offer_id, rows, "试点")
    found = stored_campaign(records, campaign_id)
    assert found is not None
    assert found.members["accepted_on"].to_list() == ["2025-05-03", None] * 3
    with pytest.raises(OfferRecordError) as error:
        take_over_campaign(records, STAFF, offer_id, rows.filter(arm=OFFERED), "半")
    assert error.value.reason == "member"


def test_a_customer_sees_no_offer_of_the_catalogue(records: Engine, offer_id: str):
    own = Scope("wang", "customer", customer_ids=frozenset({"C001"}))
    assert offer_list(records, own).is_empty()
    assert campaign_list(records, own, offer_id).is_empty()
    assert offer_list(records, EVERYTHING)["id"].to_list() == [offer_id]


def test_the_usual_offers_can_be_read_and_are_added_once(records: Engine):
    added = add_usual_offers(records, STAFF)
    assert len(added) == 4
    assert add_usual_offers(records, STAFF) == []
    kinds = {offer.kind for one in added if (offer := stored_offer(records, one))}
    assert kinds == {"tariff_choice", "policy_benefit", "retail_package"}


def test_what_cannot_be_an_offer_is_refused():
    for wrong in (
        {"text_zh": "x"},
        CONTENT | {"colour": "red"},
        CONTENT | {"text_en": " "},
        CONTENT | {"value": {"uptake_share": 2}},
        CONTENT | {"choice": {"policy": "magic"}},
        CONTENT | {"limits": {"contacts": 0}},
    ):
        with pytest.raises(OfferError):
            read_content(wrong)


def test_only_who_would_not_have_done_it_anyway_counts():
    customers = pl.DataFrame(
        {
            "annual_kwh": [1000.0],
            "annual_bill_cny": [500.0],
            "choice_saving_cny": [100.0],
            **dict.fromkeys(LEARNT),
        },
        schema_overrides=dict.fromkeys(LEARNT, pl.Float64),
    )
    value = Value(0.5, 0.3, -0.1, contact_cny=2, taker_cny=10, supply_cny_per_kwh=0.4)
    row = with_value(customers, value).row(0, named=True)
    # A fifth do it because of the offer, each 100 kWh less at 0.5, and 100 CNY by the choice.
    assert row["uplift_share"] == pytest.approx(0.2)
    assert row["expected_kwh"] == pytest.approx(-20)
    assert row["customer_cny"] == pytest.approx(20 + 10)
    # Avoided 20 kWh at 0.4; given up 30; one contact, half a taker.
    assert row["utility_cny"] == pytest.approx(8 - 30 - 2 - 5)


def test_what_a_trial_has_shown_stands_for_what_was_supposed():
    customers = pl.DataFrame(
        {
            "annual_kwh": [1000.0],
            "annual_bill_cny": [500.0],
            "choice_saving_cny": [100.0],
            "change_kwh": [-60.0],
            "change_low_kwh": [-90.0],
            "change_high_kwh": [-30.0],
            "taken_share": [0.4],
            "taken_for_it_share": [0.3],
        }
    )
    value = Value(0.5, 0.3, -0.1, contact_cny=2, taker_cny=10, supply_cny_per_kwh=0.4)
    row = with_value(customers, value).row(0, named=True)
    assert (row["expected_kwh"], row["expected_low_kwh"]) == (-60, -90)
    # 60 kWh at 0.5, and three in ten take the choice because of it.
    assert row["customer_cny"] == pytest.approx(30 + 30)
    assert row["utility_cny"] == pytest.approx(24 - 60 - 2 - 4)


def test_every_version_of_an_offer_is_kept_with_who_and_when(records: Engine, offer_id: str):
    change_offer(records, Actor("wang", "planner"), offer_id, version=1, content=CONTENT)
    change_offer(records, STAFF, offer_id, version=2, is_closed=True)
    found = version_list(records, EVERYTHING, offer_id)
    assert found.select("version", "state", "changed_by").rows() == [
        (3, "closed", "li"),
        (2, "open", "wang"),
        (1, "open", "li"),
    ]
    limits = [json.loads(one)["limits"]["days"] for one in found["content"]]
    assert limits == [90, 90, 30]
    own = Scope("wang", "customer", customer_ids=frozenset({"C001"}))
    assert version_list(records, own, offer_id).is_empty()


def test_a_campaign_says_which_version_it_was_sent_as(records: Engine, offer_id: str):
    change_offer(records, STAFF, offer_id, version=1, name="夜间二")
    send_offer(records, STAFF, offer_id, members(), Sending("五月", MAY, 0.25, 7))
    change_offer(records, STAFF, offer_id, version=2, content=CONTENT | {"basis": "later"})
    assert campaign_list(records, EVERYTHING, offer_id)["offer_version"].to_list() == [2]


def test_the_last_answer_stands_and_a_complaint_becomes_a_ticket(records: Engine, offer_id: str):
    campaign_id = send_offer(records, STAFF, offer_id, members(), Sending("五月", MAY, 0.25, 7))
    said = [
        Answer("P001", "C001", "accepted", date(2025, 5, 3)),
        Answer("P002", "C002", "declined", date(2025, 5, 3)),
        Answer("P009", "C009", "complaint", date(2025, 5, 3), "counter", "too loud"),
    ]
    assert record_answers(records, STAFF, offer_id, said) == 3
    record_answers(records, STAFF, offer_id, [Answer("P001", "C001", "declined", date(2025, 5, 6))])
    stands = dict(latest_answers(records, offer_id).iter_rows())
    assert stands == {"P001": "declined", "P002": "declined", "P009": "complaint"}
    found = stored_campaign(records, campaign_id)
    assert found is not None
    assert found.members["accepted_on"].null_count() == 40
    with records.connect() as connection:
        tickets = list(connection.execute(select(TICKETS.c.kind, TICKETS.c.subject)))
    assert tickets == [("complaint", "夜间: too loud")]
    assert verify_chain(records) is None


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (Answer("P001", "C001", "perhaps", MAY), "answer"),
        (Answer("P001", "C001", "accepted", MAY, "pigeon"), "answer"),
        (Answer("P001", "C001", "complaint", MAY), "note"),
        (Answer("P001", "C001", "accepted", date(2999, 1, 1)), "day"),
    ],
)
def test_an_answer_that_is_none_is_refused_and_nothing_of_the_list_is_kept(
    records: Engine, offer_id: str, wrong: Answer, reason: str
):
    with pytest.raises(OfferRecordError) as error:
        record_answers(records, STAFF, offer_id, [Answer("P002", "C002", "accepted", MAY), wrong])
    assert error.value.reason == reason
    assert latest_answers(records, offer_id).is_empty()


def test_a_customer_answers_for_itself_once_it_agreed_and_while_the_offer_is_open(
    records: Engine, offer_id: str
):
    create_account(records, SYSTEM, "wang", role="customer", customer_ids=["C1"])
    own = Actor("wang", "customer")
    mine, other = (Answer(f"P{n}", f"C{n}", "accepted", MAY, "account") for n in (1, 2))

    def refused(answer: Answer) -> str:
        with pytest.raises(OfferRecordError) as error:
            record_answers(records, own, offer_id, [answer])
        return error.value.reason

    assert refused(mine) == "refused"
    record_consent(records, own, customer_id="C1", decision="given", said_on=MAY)
    assert refused(other) == "not_yours"
    assert record_answers(records, own, offer_id, [mine]) == 1
    change_offer(records, STAFF, offer_id, version=1, is_closed=True)
    assert refused(mine) == "closed"


def test_what_is_told_beside_campaigns_counts_for_the_same_limit(records: Engine, offer_id: str):
    def tell(customer: str, day: int) -> None:
        record_contact(
            records,
            STAFF,
            customer_id=customer,
            contacted_on=date(2025, 5, day),
            reason="advice",
            subject_id="P001",
        )

    tell("C001", 1)
    # The offer allows one contact in 30 days, whatever it was about.
    with pytest.raises(OfferRecordError) as sent:
        send_offer(records, STAFF, offer_id, members(), Sending("五月", MAY, 0.5, 1))
    assert sent.value.reason == "contacts"
    tell("C001", 2)
    with pytest.raises(ContactError) as often:
        tell("C001", 3)
    assert often.value.reason == "contacts"
    record_consent(records, STAFF, customer_id="C002", decision="refused", said_on=MAY)
    with pytest.raises(ContactError) as refused:
        tell("C002", 3)
    assert refused.value.reason == "refused"


def test_a_consent_says_by_which_channel_it_was_given(records: Engine):
    record_consent(
        records, STAFF, customer_id="C1", decision="given", said_on=MAY, channel="counter"
    )
    with records.connect() as connection:
        assert connection.scalar(select(CONSENTS.c.channel)) == "counter"
    assert json.loads(audit_lines(records)["detail"][0])["channel"] == "counter"
    for wrong in ({"channel": "pigeon"}, {"customer_id": " "}, {"decision": "perhaps"}):
        given = {"customer_id": "C1", "decision": "given"} | wrong
        with pytest.raises(ConsentError):
            record_consent(records, STAFF, said_on=MAY, **given)


def test_an_offer_whose_rules_cannot_be_read_is_not_kept(records: Engine, offer_id: str):
    wrong = CONTENT | {"rules": [rule("shoe_size", "at_least", 4)]}
    with pytest.raises(RuleError, match="shoe_size"):
        save_offer(records, STAFF, kind="tariff_choice", name="鞋", content=wrong)
    with pytest.raises(RuleError) as error:
        change_offer(records, STAFF, offer_id, version=1, content=wrong)
    assert error.value.number == 1
    assert version_list(records, EVERYTHING, offer_id).height == 1


ACCOUNTS = pl.DataFrame(
    {
        "usage_point_id": ["P1", "P2", "P3", "P4"],
        "customer_id": ["C1", "C2", "C3", "C3"],
    }
)
USUAL = Usual("accepted", MAY, "phone")


def test_a_list_is_read_line_by_line_and_says_what_is_wrong_where():
    text = "户号,答复,日期,备注\nC1\nP2，拒绝，2025/4/30\n\nC9\nC3,接受\nP3;yes;2025-05-09"
    text += "\nP4\tperhaps\nP4,投诉\nC1\nP4,接受,2025年4月31日"
    answers, problems = read_answers(text, ACCOUNTS, USUAL, date(2025, 5, 8))
    assert answers == [
        Answer("P1", "C1", "accepted", MAY, "phone"),
        Answer("P2", "C2", "declined", date(2025, 4, 30), "phone"),
    ]
    assert [(one.line, one.code) for one in problems] == [
        (5, "unknown"),
        (6, "several"),
        (7, "future"),
        (8, "answer"),
        (9, "note"),
        (10, "twice"),
        (11, "day"),
    ]


def test_a_spreadsheets_chinese_is_read():
    assert text_of("户号,接受".encode("gb18030")) == "户号,接受"
    assert text_of("\ufeff户号".encode()) == "户号"
