"""What to offer to whom, and what did it bring?"""

from datetime import UTC, datetime

import streamlit as st

from pages.districts import District, district_or_stop
from pages.offer_answers_view import answer_box, show_answers
from pages.offer_consent import consent_box, say_consent
from pages.offer_editor import edit_offer, leave_editor
from pages.offer_sending import begin_catalogue, end_button, say, send_box, take_over_box
from pages.offer_view import (
    begin_others,
    begin_results,
    pick_offer,
    show_offer,
    show_results,
    show_targets,
    show_versions,
)
from pages.session import settings
from pages.text import t
from queries.periods import usual_year, whole_months

MODES = ("view", "edit", "new")

st.title(t("customers.offers_question"))
here = district_or_stop()
say()
say_consent()


def offers_page(here: District) -> None:
    offer = pick_offer()
    mode = st.segmented_control(
        t("offer_edit.mode"),
        MODES if offer else ("view", "new"),
        default=None if "offer_mode" in st.session_state else "view",
        format_func=lambda one: t(f"offer_edit.{one}"),
        key="offer_mode",
        label_visibility="collapsed",
    )
    months = whole_months(here.first_day, here.last_day)
    if not months:
        st.info(t("choice.no_month"), icon=":material/inbox:")
        return
    first_day, last_day = usual_year(months)
    now = datetime.now(UTC).astimezone(settings().zone).date()
    asked = {"send_on": now, "first_day": first_day, "last_day": last_day, **here.inputs}
    if mode in {"edit", "new"}:
        edit_offer(offer if mode == "edit" else None, asked)
        return
    leave_editor()
    if offer is None:
        begin_catalogue()
        return
    begin_results(offer.id)
    show_offer(offer)
    with st.spinner(t("offer.loading")):
        chosen = show_targets(offer, asked, here)
    with st.container(horizontal=True):
        send_box(offer, chosen, now)
        answer_box(offer, here, now)
        consent_box(now)
        take_over_box(offer, here.inputs)
        end_button(offer)
    show_answers(offer)
    show_results(offer)
    show_versions(offer)
    begin_others(offer, asked)


offers_page(here)
