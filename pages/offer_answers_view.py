"""What customers answered to an offer: written down for one or from a list, and told."""

from datetime import date

import polars as pl
import streamlit as st

from ingest.records.answer_list import Problem, Usual, read_answers, text_of
from ingest.records.consents import CHANNELS
from ingest.records.offer_answers import ANSWERS, Answer, record_answers
from ingest.records.offers import OfferRecordError
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.offer_sending import SAID
from pages.self_service_place import local_text
from pages.session import actor, ask, records
from pages.tables import show_table
from pages.text import t
from queries.customers.offer_answers import offer_answers
from queries.customers.offer_candidate_ids import offer_candidate_ids
from queries.customers.offer_records import StoredOffer

_SHOWN_PROBLEMS = 50
_ROUND = "answer_round"


def answer_box(offer: StoredOffer, here: District, today: date) -> None:
    """Answers of one customer or many, a line each, checked before they are recorded."""
    with st.popover(t("answer.record"), icon=":material/rate_review:"):
        st.caption(t("answer.note"))
        # Keys of a new round: what was recorded is gone from the box.
        turn = st.session_state.setdefault(_ROUND, 0)
        text = st.text_area(t("answer.lines"), key=f"answer_text_{turn}", height=120)
        file = st.file_uploader(t("answer.file"), type=["csv", "txt"], key=f"answer_file_{turn}")
        answer_place, day_place, channel_place = st.columns(3)
        with answer_place:
            answer = st.selectbox(
                t("answer.usual"),
                ANSWERS,
                format_func=lambda one: t(f"answer.{one}"),
                key="answer_usual",
            )
        with day_place:
            said_on = st.date_input(
                t("offer.said_on"), today, max_value=today, key="answer_day", format="YYYY-MM-DD"
            )
        with channel_place:
            channel = st.selectbox(
                t("consent.channel"),
                [one for one in CHANNELS if one != "account"],
                format_func=lambda one: t(f"channel_of.{one}"),
                key="answer_channel",
            )
        given = "\n".join([text, text_of(file.getvalue()) if file else ""]).strip("\n")
        if not given or not isinstance(said_on, date):
            return
        accounts = ask(offer_candidate_ids, **here.inputs)
        answers, problems = read_answers(given, accounts, Usual(answer, said_on, channel), today)
        _show_problems(problems)
        label = t("answer.record_these", count=f"{len(answers):,}")
        if answers and st.button(label, type="primary", key="answer_record"):
            _record(offer, answers, len(problems))


def _show_problems(problems: list[Problem]) -> None:
    if not problems:
        return
    lines = [
        t(
            "answer.problem",
            line=one.line,
            what=t(f"answer_problem.{one.code}", value=one.value or "–"),
        )
        for one in problems[:_SHOWN_PROBLEMS]
    ]
    st.warning("\n".join(lines), icon=":material/error:")
    if len(problems) > _SHOWN_PROBLEMS:
        st.caption(t("answer.more_problems", count=f"{len(problems) - _SHOWN_PROBLEMS:,}"))


def _record(offer: StoredOffer, answers: list[Answer], left: int) -> None:
    try:
        count = record_answers(records(), actor(), offer.id, answers)
    except OfferRecordError as error:
        st.session_state[SAID] = "warning", t(f"offer_error.{error.reason}")
    else:
        key = "answer.recorded_but" if left else "answer.recorded"
        st.session_state[SAID] = "success", t(key, count=f"{count:,}", left=f"{left:,}")
        st.session_state[_ROUND] += 1
    st.rerun()


def show_answers(offer: StoredOffer) -> None:
    """How many accepted, declined and complained, and each answer with who wrote it down."""
    found = ask(offer_answers, offer_id=offer.id)
    if found.is_empty():
        return
    st.subheader(t("answer.title"))
    latest = found.filter("is_latest")["answer"]
    with figures("_answers"):
        for name in ANSWERS:
            figure(t(f"answer.{name}"), f"{(latest == name).sum():,}")
    table = found.select(
        "usage_point_id",
        "customer_id",
        pl.Series("answer", [t(f"answer.{one}") for one in found["answer"]]),
        "said_on",
        pl.Series("said_by_way", [t(f"channel_of.{one}") for one in found["channel"]]),
        "recorded_by",
        pl.Series("recorded_at", [local_text(one) for one in found["recorded_at"]]),
        "note",
    )
    with st.expander(t("answer.each", count=f"{found.height:,}")):
        show_table(table)
        offer_tables(
            file_name("customers/offer_answers", offer.id), later(offer_answers, offer_id=offer.id)
        )
