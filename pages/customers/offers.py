"""What to offer to whom, and what did it bring?"""

from datetime import UTC, datetime

import streamlit as st

from pages.districts import District, district_or_stop
from pages.offer_sending import begin_catalogue, consent_box, say, send_box, take_over_box
from pages.offer_view import pick_offer, show_offer, show_results, show_targets
from pages.session import settings
from pages.text import t
from queries.periods import usual_year, whole_months

st.title(t("customers.offers_question"))
here = district_or_stop()
say()


def offers_page(here: District) -> None:
    offer = pick_offer()
    if offer is None:
        begin_catalogue()
        return
    show_offer(offer)
    months = whole_months(here.first_day, here.last_day)
    if not months:
        st.info(t("choice.no_month"), icon=":material/inbox:")
        return
    first_day, last_day = usual_year(months)
    now = datetime.now(UTC).astimezone(settings().zone).date()
    asked = {"send_on": now, "first_day": first_day, "last_day": last_day, **here.inputs}
    with st.spinner(t("offer.loading")):
        chosen = show_targets(offer, asked, here)
    with st.container(horizontal=True):
        send_box(offer, chosen, now)
        take_over_box(offer, here.inputs)
        consent_box(now)
    show_results(offer)


offers_page(here)
