"""Who is this customer?"""

from typing import Any

import streamlit as st

from pages.districts import district_or_stop
from pages.downloads import file_name, later, offer_tables
from pages.portrait_details import show_all, show_contract, show_habits, show_year
from pages.portrait_money_view import money_of, show_all_money, show_money
from pages.portrait_view import pick_customer, show_figures, show_head
from pages.reproduce import offer_reproduction
from pages.session import ask, waiting
from pages.titles import show_title
from queries.customers.portrait import portrait
from queries.customers.portrait_compared import portrait_compared

show_title("customers.portrait")
here = district_or_stop()


@st.fragment
def portrait_page() -> None:
    point = pick_customer(here)
    if point is None:
        return
    asked: dict[str, Any] = {"usage_point_id": point}
    with waiting():
        row = ask(portrait, **asked).row(0, named=True)
        compared = ask(portrait_compared, **asked)
        show_head(row, compared)
        show_figures(row, compared)
        money = money_of(row)
        if money is not None:
            show_money(row, money, here)
        show_habits(point)
        show_year(point, row)
        show_contract(row)
        show_all(compared)
        if money is not None:
            show_all_money(money)
        with st.container(horizontal=True):
            offer_tables(file_name("customers/portrait", point), later(portrait, **asked))
            offer_reproduction(portrait, **asked)


portrait_page()
