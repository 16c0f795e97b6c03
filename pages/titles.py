"""What a page asks."""

import streamlit as st

from pages.menu import PAGES
from pages.session import who
from pages.text import t


def show_title(key: str) -> None:
    """The question of the page ``key``, such as ``billing.bill``, as this reader asks it."""
    [page] = [one for one in PAGES if one.key == key]
    st.title(t(page.question_key(who().role)))
