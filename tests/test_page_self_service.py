"""A customer's own pages and the service desk: what they say, to whom, in both languages."""

import re
from datetime import date

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from ingest.records.consents import record_consent
from ingest.records.engine import SYSTEM, Actor
from ingest.records.offer_campaigns import take_over_campaign
from ingest.records.offers import change_offer, save_offer
from ingest.records.tickets import open_ticket
from pages.text import LANGUAGES, t_in
from queries.customers.assistant_phrases import INTENTS
from queries.customers.offer_records import latest_answers
from queries.customers.own_offers import READS as OFFER_READS
from queries.customers.own_offers import own_offers
from queries.lake import open_lake
from queries.records import audit_lines, open_records
from queries.scope import EVERYTHING
from tests.customers.service_street import service_street
from tests.page_visits import HAN, Visit, accounts_of, visiting

MINE, DESK = "customers/my_use", "customers/service"


@pytest.fixture(scope="module")
def street(new_lake, register, take, day_row):
    return service_street(new_lake(tariff_area="liaoning"), register, take, day_row)


@pytest.fixture(scope="module")
def accounts(street):
    return accounts_of(
        street,
        home={"role": "customer", "customer_ids": ["C-H00"]},
        owing={"role": "customer", "customer_ids": ["C-H01"]},
        desk={"role": "service_desk", "sees_every_region": True, "sees_identity": True},
        blind={"role": "service_desk", "sees_every_region": True},
    )


@pytest.fixture
def visit(street, accounts, monkeypatch: pytest.MonkeyPatch) -> Visit:
    monkeypatch.setenv("FENGGU_TARIFF_AREA", "liaoning")
    return visiting(monkeypatch, street, accounts)


def said(app: AppTest) -> str:
    parts = (*app.title, *app.subheader, *app.markdown, *app.caption, *app.info, *app.warning)
    boxes = [f"{one.label} {one.value}" for one in app.metric]
    return "\n".join([*(one.value for one in (*parts, *app.success, *app.text)), *boxes])


def asking(visit: Visit, intent: str, user: str = "home", language: str = "en") -> str:
    app = visit(MINE, user, language, in_session={"own_section": "assistant"})
    app.button(key=f"ask_{intent}").click().run()
    assert not app.exception
    return said(app)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_customer_finds_bill_forecast_and_use_beside_neighbours(visit: Visit, language: str):
    app = visit(MINE, "home", language)
    tiles = {one.label: one.value for one in app.metric}
    assert t_in(language, "self_service.forecast") in tiles
    # 20 days of 5.2 kWh: 2 at noon, 1 in the evening, 22 hours of 0.1.
    assert tiles[t_in(language, "self_service.so_far")].startswith("104")
    assert tiles[t_in(language, "self_service.owed")].startswith("0.00")
    assert t_in(language, "self_service.level_station") in said(app)
    if language == "en":
        assert not HAN.search(said(app).replace("镇", ""))


@pytest.mark.parametrize("intent", INTENTS)
def test_the_assistant_answers_each_question_without_failing(visit: Visit, intent: str):
    text = asking(visit, intent)
    assert t_in("en", f"assistant.ask_{intent}") in text
    assert "C-H01" not in text


def test_the_assistant_says_what_is_owed_and_what_the_month_will_be(visit: Visit):
    assert "200.00" in asking(visit, "payments", "owing")
    # 31 days of 5.2 kWh.
    assert "161" in asking(visit, "this_month")
    assert "12–13" in asking(visit, "when_most")
    said = asking(visit, "payments")
    assert t_in("en", "assistant.nothing_owed") in said
    assert t_in("en", "self_service.payments_note") in said, "the bill's page may say another sum"


def test_what_is_not_understood_goes_to_a_person_word_for_word(visit: Visit):
    app = visit(MINE, "home", "en", in_session={"own_section": "assistant"})
    app.text_input(key="assistant_text").set_value("Can you paint my meter green?")
    app.button(key="FormSubmitter:assistant_form-Ask").click().run()
    assert t_in("en", "assistant.unknown") in said(app)
    hand = [one for one in app.button if one.label == t_in("en", "assistant.hand_over")]
    hand[0].click().run()
    shown = visit(MINE, "home", "en", in_session={"own_section": "report"})
    assert "Can you paint my meter green?" in said(shown)


def test_a_link_to_another_account_shows_the_own_one(visit: Visit):
    for section in ("use", "payments", "report", "data", "assistant"):
        app = visit(MINE, "home", "en", in_session={"own_section": section}, customer="C-H01")
        assert "C-H01" not in said(app)
        assert not app.selectbox or app.selectbox[0].value != "C-H01"


def test_links_from_a_customers_pages_lead_to_that_customer(visit: Visit):
    text = said(visit(MINE, "desk", "en", customer="C-H01"))
    assert "(/billing-bill?customer=C-H01" in text
    assert "(/customers-advice?point=H01" in text


def test_an_outage_is_answered_with_the_moment_of_the_reading_and_a_way_to_report(visit: Visit):
    text = asking(visit, "no_power")
    assert re.search(r"By the reading of \d+ \w+ \d{4} \d\d:\d\d:", text)
    assert t_in("en", "self_service.section_report") in text


def test_consent_is_kept_as_it_was_said(visit: Visit):
    app = visit(MINE, "home", "en", in_session={"own_section": "data"})
    assert t_in("en", "self_service.consent_unsaid") in said(app)
    app.button(key="consent_given").click().run()
    assert t_in("en", "self_service.consent_given") in said(
        visit(MINE, "home", "en", in_session={"own_section": "data"})
    )


def test_a_customer_that_agreed_finds_its_offers_and_answers_them(visit: Visit, street):
    engine = open_records(street)
    text = {"text_zh": "谷段用电", "text_en": "Use the valley", "name_en": "Valley"}
    offer_id = save_offer(engine, SYSTEM, kind="policy_benefit", name="谷段", content=text)
    high = text | {"rules": [{"column": "annual_kwh", "test": "at_least", "value": 1e6}]}
    save_offer(engine, SYSTEM, kind="policy_benefit", name="高", content=high)

    def offers() -> AppTest:
        return visit(MINE, "owing", "en", in_session={"own_section": "offers"})

    assert t_in("en", "own_offer.needs_consent") in said(offers())
    own = Actor("owing", "customer")
    record_consent(engine, own, customer_id="C-H01", decision="given", said_on=date(2025, 1, 2))
    app = offers()
    assert "Use the valley" in said(app)
    # Whoever uses little is not shown what is for large customers.
    assert [one.key for one in app.button if str(one.key).startswith("accept_")] == [
        f"accept_{offer_id}_H01"
    ]
    app.button(key=f"accept_{offer_id}_H01").click().run()
    assert not app.exception
    assert latest_answers(engine, offer_id).rows() == [("H01", "accepted")]
    assert "You accepted it" in said(offers())
    change_offer(engine, SYSTEM, offer_id, version=1, is_closed=True)
    assert t_in("en", "own_offer.none") in said(offers())


def test_who_was_left_out_by_lot_is_not_shown_the_offer_on_its_own_pages(street):
    engine = open_records(street)
    text = {"text_zh": "x", "text_en": "x"}
    offer_id = save_offer(engine, SYSTEM, kind="policy_benefit", name="抽签", content=text)
    for home in ("C-H02", "C-H03"):
        record_consent(engine, SYSTEM, customer_id=home, decision="given", said_on=date(2025, 1, 2))
    sent = date(2025, 6, 1)
    rows = pl.DataFrame(
        {
            "usage_point_id": ["H02", "H03"],
            "customer_id": ["C-H02", "C-H03"],
            "arm": ["offered", "control"],
            "first_day": [sent, sent],
            "accepted_on": pl.Series([None, None], dtype=pl.Date),
        }
    )
    take_over_campaign(engine, SYSTEM, offer_id, rows, "六月")
    lake = open_lake(street, EVERYTHING, reads=OFFER_READS)
    days = {"first_day": date(2025, 4, 1), "last_day": date(2025, 4, 30)}

    def shown(customer: str, on: date) -> list[str]:
        found = own_offers(lake, customer_id=customer, on=on, **days)
        return found.filter(offer_id=offer_id)["usage_point_id"].to_list()

    soon, later = date(2025, 9, 1), date(2026, 7, 1)
    assert (shown("C-H02", soon), shown("C-H03", soon)) == (["H02"], [])
    assert shown("C-H03", later) == ["H03"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_desk_finds_a_caller_and_answers_why_there_is_no_power(
    visit: Visit, language: str, street
):
    app = visit(DESK, "desk", language, search="Resident H01")
    text = said(app)
    assert "C-H01 · Resident H01" in text
    assert "200.00" in text
    assert t_in(language, "no_power.cause_power_is_there") in text
    lines = audit_lines(open_records(street), last=30)
    assert ("ask customers/no_power", "H01") in lines.select("action", "subject_id").rows()


def test_masked_names_are_not_found_by_what_is_hidden(visit: Visit):
    assert t_in("en", "service.nobody") in said(visit(DESK, "blind", "en", search="Resident H01"))
    assert "C-H01 · R**" in said(visit(DESK, "blind", "en", search="C-H01"))


def test_open_tickets_wait_in_the_desks_queue(visit: Visit, street):
    anna = Actor("owing", "customer")
    open_ticket(
        open_records(street), anna, kind="fault", customer_id="C-H01", text="the lights flicker"
    )
    app = visit(DESK, "desk", "en")
    assert "the lights flicker" in app.dataframe[0].value.to_string()
