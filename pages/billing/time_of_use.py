"""When is electricity dear, and when cheap?"""

import streamlit as st

from pages.charts import current_look
from pages.dials import dials, hours_in_words
from pages.inputs import pick_calendar
from pages.readiness import readings_or_stop
from pages.session import ask
from pages.tables import show_table
from pages.text import t
from queries.billing.calendars import calendars
from queries.billing.time_of_use import time_of_use

st.title(t("billing.time_of_use_question"))
readings_or_stop()
calendar = pick_calendar(ask(calendars))
hours = ask(time_of_use, calendar_code=calendar["calendar_code"])

st.text(t("billing.notice", notice=calendar["notice"]))
st.altair_chart(dials(hours, look=current_look()), theme=None)
show_table(hours_in_words(hours), heads={})
with st.expander(t("billing.how_certain"), icon=":material/help:"):
    st.markdown("\n".join(f"- {text}" for text in (calendar["certainty"], *calendar["doubts"])))
