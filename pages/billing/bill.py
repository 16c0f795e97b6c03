"""What does this customer owe, and why?"""

import streamlit as st

from pages.bill_choice import pick_bill
from pages.bill_view import (
    head_or_say_why,
    show_changes,
    show_energy,
    show_head,
    show_history,
    show_lines,
    show_month,
)
from pages.districts import district_or_stop
from pages.downloads import file_name, later, offer_tables
from pages.reproduce import offer_reproduction
from pages.titles import show_title
from queries.billing.bill import bill

show_title("billing.bill")
here = district_or_stop()


@st.fragment
def bill_page() -> None:
    chosen = pick_bill(here)
    head = head_or_say_why(chosen) if chosen else None
    if chosen is None or head is None:
        return
    show_head(head)
    show_lines(chosen, head)
    with st.container(horizontal=True):
        name = file_name("billing/bill", chosen.customer_id, f"{chosen.month:%Y-%m}")
        offer_tables(name, later(bill, **chosen.inputs))
        offer_reproduction(bill, **chosen.inputs)
    show_energy(chosen)
    show_changes(chosen)
    show_month(chosen)
    show_history(chosen)


bill_page()
