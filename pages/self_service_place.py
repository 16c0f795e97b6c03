"""Whose own pages are shown: the customer's own account, or one the service desk has chosen."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import polars as pl
import streamlit as st

from pages.bill_choice import ChosenBill
from pages.districts import District
from pages.session import ask, settings
from pages.text import language, t
from queries.billing.bill_accounts import bill_accounts
from queries.customers.account_points import account_points
from queries.local_time import standard_offset
from queries.periods import whole_months


@dataclass(frozen=True, slots=True)
class Own:
    """One account, its usage points, and the days there are readings of.

    Attributes:
        customer_id: The account.
        name: As the register has it; masked as the scope says, or None.
        points: Its usage points, the largest first.
        here: The district with its days.
        month: The last whole month: first and last day; None: there is none.
    """

    customer_id: str
    name: str | None
    points: tuple[str, ...]
    here: District
    month: tuple[date, date] | None

    @property
    def last_day(self) -> date:
        """The last day with readings."""
        return self.here.last_day

    def link(self, path: str) -> str:
        """Address of another page about this account: bills go by account, the rest by point."""
        is_by_point = path != "billing-bill" and self.points
        asked = f"point={self.points[0]}" if is_by_point else f"customer={self.customer_id}"
        place = "" if self.here.district_id is None else f"&district={self.here.district_id}"
        return f"/{path}?{asked}{place}"

    @property
    def chosen_bill(self) -> ChosenBill | None:
        """The last whole month's bill, as the questions of bills take it."""
        return ChosenBill(self.customer_id, *self.month, 1) if self.month else None


def pick_own(here: District) -> Own | None:
    """The account: the only one, or chosen among those in sight; None where there is none."""
    found = ask(bill_accounts, first_day=here.first_day, last_day=here.last_day, **here.inputs)
    names = {row["customer_id"]: row["name"] for row in found.iter_rows(named=True)}
    if not names:
        st.info(t("bill.nobody"), icon=":material/inbox:")
        return None
    ids = list(names)
    chosen = ids[0]
    if len(ids) > 1:
        chosen = _kept(ids, names)
    points = ask(account_points, customer_id=chosen)["usage_point_id"].to_list()
    months = whole_months(here.first_day, here.last_day)
    return Own(chosen, names[chosen], tuple(points), here, months[-1] if months else None)


def _kept(ids: list[str], names: dict[str, str | None]) -> str:
    """A select box whose choice always stands in the address, as on the page of bills."""
    # A box keeps the words of its choice as long as it has its key: a language has its own.
    box = f"customer_{language()}"
    if st.session_state.get(box) not in ids:
        asked = st.query_params.get("customer")
        st.session_state[box] = asked if asked in ids else ids[0]
    chosen = st.selectbox(
        t("bill.customer"), ids, format_func=lambda one: _named(one, names[one]), key=box
    )
    st.query_params["customer"] = chosen
    return chosen


def _named(customer_id: str, name: str | None) -> str:
    return " · ".join(filter(None, (customer_id, name)))


def at_local(day: date, moment: time) -> datetime:
    """An instant from the service territory's standard time."""
    local = datetime.combine(day, moment, tzinfo=UTC)
    return local - standard_offset(settings().zone, day.year)


def local_of(moment: datetime | None) -> datetime | None:
    """An instant in the service territory's standard time, as pages show it."""
    if moment is None:
        return None
    return moment.astimezone(UTC) + standard_offset(settings().zone, moment.year)


def local_text(instant: str) -> str:
    """An instant of the operational database as ``2025-07-01 09:15``, standard time."""
    local = local_of(datetime.fromisoformat(instant))
    return f"{local:%Y-%m-%d %H:%M}"


def only(frame: pl.DataFrame) -> dict | None:
    """The only row of an answer, or None."""
    return frame.row(0, named=True) if frame.height else None
