"""Programmes of demand response: their terms, who takes part, open or closed."""

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from ingest.records.answer_list import Problem, text_of
from ingest.records.response_enrolments import end_enrolment, enrol
from ingest.records.response_files import (
    ENROLMENT_COLUMNS,
    read_enrolments,
    read_past_events,
)
from ingest.records.response_past_events import take_over_events
from ingest.records.response_programmes import (
    change_programme,
    create_programme,
)
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.event_actions import done, is_maker
from pages.event_terms_form import terms_form
from pages.session import actor, ask, records, settings
from pages.tables import show_table
from pages.text import t
from queries.customers.offer_candidate_ids import offer_candidate_ids
from queries.demand.response_enrolments import response_enrolments
from queries.demand.response_programme import Terms, read_terms

_SHOWN_PROBLEMS = 30
_SHOWN = (
    "usage_point_id",
    "customer_id",
    "first_day",
    "last_day",
    "agreed_reduction_kw",
    "accepted_on",
    "channel",
    "address",
    "workday_hours",
    "rest_day_hours",
)


def new_programme() -> None:
    """A form of a new programme, with the usual terms to begin with."""
    if not is_maker():
        return
    with st.popover(t("event_programme.new"), icon=":material/add:"), st.form("programme_new"):
        name = st.text_input(t("event_programme.name"), max_chars=80, key="programme_name_new")
        terms = terms_form("new", Terms())
        if st.form_submit_button(t("event_programme.create"), type="primary") and terms:
            done(
                lambda: create_programme(records(), actor(), name=name, terms=terms),
                t("event_programme.created", name=name),
            )


def programme_section(here: District, programme: dict[str, Any]) -> None:
    """Its terms in a form, then those who take part."""
    st.subheader(t("event_programme.terms"))
    identifier, version = programme["programme_id"], programme["version"]
    with st.form(f"programme_{identifier}_{version}"):
        name = st.text_input(
            t("event_programme.name"),
            programme["name"],
            max_chars=80,
            key=f"programme_name_{identifier}_{version}",
        )
        terms = terms_form(f"{identifier}_{version}", read_terms(programme["terms"]))
        is_saved = st.form_submit_button(
            t("event_programme.save"), icon=":material/save:", disabled=not is_maker()
        )
        if is_saved and terms:
            done(
                lambda: change_programme(
                    records(), actor(), identifier, version=version, name=name, terms=terms
                ),
                t("event_programme.saved", version=version + 1),
            )
    st.caption(t("event_programme.version", version=version, user=programme["changed_by"]))
    if is_maker():
        _open_or_close(programme)
    else:
        st.caption(t("event_plan.not_maker"))
    _enrolments(here, programme)


def _open_or_close(programme: dict[str, Any]) -> None:
    is_open = programme["state"] == "open"
    label = t("event_programme.close" if is_open else "event_programme.reopen")
    icon = ":material/lock:" if is_open else ":material/lock_open:"
    with st.container(horizontal=True):
        if st.button(label, icon=icon, key="programme_close", help=t("event_programme.close_note")):
            said = "event_programme.was_closed" if is_open else "event_programme.was_reopened"
            done(
                lambda: change_programme(
                    records(),
                    actor(),
                    programme["programme_id"],
                    version=programme["version"],
                    is_closed=is_open,
                ),
                t(said, name=programme["name"]),
            )
        _import_events(programme)


def _enrolments(here: District, programme: dict[str, Any]) -> None:
    st.subheader(t("event_programme.enrolments"))
    asked = {"programme_id": programme["programme_id"]}
    found = ask(response_enrolments, **asked)
    if found.is_empty():
        st.info(t("event_programme.nobody"), icon=":material/inbox:")
    else:
        table = found.select(_SHOWN).with_columns(
            pl.Series("channel", [t(f"response_channel.{one}") for one in found["channel"]]),
            pl.col("address").fill_null(""),
        )
        show_table(table, most=320)
    with st.container(horizontal=True):
        if programme["state"] == "open" and is_maker():
            _import(here, programme)
        if not found.is_empty() and is_maker():
            _end(found)
        if not found.is_empty():
            offer_tables(
                file_name("enrolments", programme["name"]), later(response_enrolments, **asked)
            )
            _list_again(found, programme["name"])


def _import(here: District, programme: dict[str, Any]) -> None:
    with st.popover(t("event_programme.import"), icon=":material/upload_file:"):
        st.caption(t("event_programme.import_note"))
        st.code(",".join(ENROLMENT_COLUMNS), language=None)
        file = st.file_uploader(t("event_programme.file"), type=["csv"], key="enrolment_file")
        if file is None:
            return
        points = ask(offer_candidate_ids, **here.inputs)
        members, problems = read_enrolments(text_of(file.getvalue()), points)
        show_problems(problems)
        label = t("event_programme.enrol_these", count=f"{len(members):,}")
        if members and st.button(label, type="primary", key="enrolment_record"):
            done(
                lambda: enrol(records(), actor(), programme["programme_id"], members),
                t("event_programme.enrolled", count=f"{len(members):,}", left=len(problems)),
            )


def _end(found: pl.DataFrame) -> None:
    """End one enrolment after a day."""
    rows = {row["enrolment_id"]: row for row in found.iter_rows(named=True)}
    with st.popover(t("event_programme.end"), icon=":material/person_remove:"):
        chosen = st.selectbox(
            t("column.usage_point_id"),
            list(rows),
            format_func=lambda one: rows[one]["usage_point_id"],
            key="enrolment_end_which",
        )
        day = st.date_input(t("column.last_day"), key="enrolment_end_day", format="YYYY-MM-DD")
        if chosen is None or not isinstance(day, date):
            return
        if st.button(t("event_programme.end_it"), key="enrolment_end"):
            done(
                lambda: end_enrolment(records(), actor(), chosen, last_day=day),
                t("event_programme.ended", point=rows[chosen]["usage_point_id"], day=day),
            )


def _list_again(found: pl.DataFrame, name: str) -> None:
    """The list with the columns it is read by, to be changed elsewhere and read again."""
    st.download_button(
        t("event_programme.list"),
        lambda: found.select(ENROLMENT_COLUMNS).write_csv().encode("utf-8-sig"),
        f"{file_name('enrolment-list', name)}.csv",
        "text/csv",
        icon=":material/download:",
        key="enrolment_list",
    )


def _import_events(programme: dict[str, Any]) -> None:
    """Past events from a file."""
    with st.popover(t("event_programme.past_events"), icon=":material/history:"):
        st.caption(t("event_programme.past_note"))
        file = st.file_uploader(t("event_programme.file"), type=["csv"], key="past_events_file")
        if file is None:
            return
        events, problems = read_past_events(text_of(file.getvalue()))
        show_problems(problems)
        label = t("event_programme.take_these", count=f"{len(events):,}")
        if events and st.button(label, type="primary", key="past_events_record"):
            done(
                lambda: take_over_events(
                    records(), actor(), programme["programme_id"], events, settings().zone
                ),
                t("event_programme.taken", count=f"{len(events):,}"),
            )


def show_problems(problems: list[Problem]) -> None:
    """Lines of a list that cannot be read, and why."""
    if not problems:
        return
    lines = [
        t(
            "answer.problem",
            line=one.line,
            what=t(f"response_problem.{one.code}", value=one.value or "–"),
        )
        for one in problems[:_SHOWN_PROBLEMS]
    ]
    st.warning("\n".join(lines), icon=":material/error:")
    if len(problems) > _SHOWN_PROBLEMS:
        st.caption(t("answer.more_problems", count=f"{len(problems) - _SHOWN_PROBLEMS:,}"))
