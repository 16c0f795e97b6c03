"""Where everybody begins."""

import streamlit as st

from pages.text import t

st.title(t("home.start"))
st.write(t("home.empty"))
