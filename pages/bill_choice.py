"""Whose bill, and of which month. The address keeps both, so that a link reopens the bill."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from pages.bill_words import month_name
from pages.districts import District
from pages.session import ask
from pages.text import language, t
from queries.billing.bill_accounts import bill_accounts
from queries.periods import whole_months

_HISTORY_MONTHS = 24


@dataclass(frozen=True, slots=True)
class ChosenBill:
    """One account and one month.

    Attributes:
        customer_id: The account.
        month: First day of the month.
        last_day: Last day of it.
        months: How many months of bills there may be up to it, at most 24.
    """

    customer_id: str
    month: date
    last_day: date
    months: int

    @property
    def inputs(self) -> dict[str, Any]:
        """For every question of a bill."""
        return {"month": self.month, "customer_id": self.customer_id}


def pick_bill(here: District) -> ChosenBill | None:
    """The account and the month; None, and a word, where there is nobody or no whole month."""
    found = ask(bill_accounts, first_day=here.first_day, last_day=here.last_day, **here.inputs)
    names = {row["customer_id"]: row["name"] for row in found.iter_rows(named=True)}
    months = dict(whole_months(here.first_day, here.last_day))
    if not names or not months:
        st.info(t("bill.nobody" if not names else "bill.no_month"), icon=":material/inbox:")
        return None
    spans = {f"{first:%Y-%m}": (first, last) for first, last in reversed(months.items())}
    with st.container(border=True):
        customer_place, month_place = st.columns([3, 1.3])
        with customer_place:
            customer = _kept(
                "customer", t("bill.customer"), list(names), lambda i: _named(i, names)
            )
        with month_place:
            month = _kept("month", t("bill.month"), list(spans), lambda m: month_name(spans[m][0]))
    first, last = spans[month]
    earlier = [one for one in months if one <= first]
    return ChosenBill(customer, first, last, min(_HISTORY_MONTHS, len(earlier)))


def _named(customer_id: str, names: dict[str, str | None]) -> str:
    return " · ".join(filter(None, (customer_id, names[customer_id])))


def _kept(key: str, label: str, options: Sequence[str], name: Callable[[str], str]) -> str:
    """A select box whose choice always stands in the address: another may come first tomorrow."""
    # A box keeps the words of its choice as long as it has its key: a language has its own.
    box = f"{key}_{language()}"
    if st.session_state.get(box) not in options:
        asked = st.query_params.get(key)
        st.session_state[box] = asked if asked in options else options[0]
        if asked is not None and asked not in options:
            st.warning(t(f"bill.{key}_not_here", asked=asked), icon=":material/link_off:")
    chosen = st.selectbox(label, options, format_func=name, key=box)
    st.query_params[key] = chosen
    return chosen
