"""The money of a portrait: bill, best choice, revenue to come, arrears, and what they rest on."""

from typing import Any
from urllib.parse import urlencode

import polars as pl
import streamlit as st

from pages import units
from pages.choice_words import choice_in_words, known_by_code
from pages.districts import District
from pages.figures import figure, figures
from pages.portrait_words import about, definitions, value_in_words
from pages.session import ask, who
from pages.tables import show_table
from pages.text import t
from queries.customers.portrait_fields import FIELDS
from queries.customers.portrait_money import portrait_money

_WHOLE_YEAR = 12
_EVERY_ROW = 2_000  # px
_NOW = "now"
_CHOICE_PARTS = ("policy", "tariff_code", "basic_charge", "has_time_of_use")
_EXPECTED = ("next_year_cny", "growth_share", "late_probability_share", "expected_late_cny")
"""What the utility expects of a customer, who is not told it."""


def money_of(row: dict) -> dict[str, Any] | None:
    """The money of the account that a portrait's usage point belongs to; None: none is known."""
    if row["customer_id"] is None:
        return None
    found = ask(portrait_money, customer_id=row["customer_id"])
    return None if found.is_empty() else found.row(0, named=True)


def show_money(row: dict, money: dict[str, Any], here: District) -> None:
    """A line of tiles, what they rest on, and where more is to be seen."""
    is_staff = who().role != "customer"
    with figures("_money"):
        _bill_tile(money)
        _choice_tile(money)
        if is_staff:
            _revenue_tile(money)
            _late_tile(money)
        _contract_tile(row)
    st.caption(_rests_on(money, is_staff=is_staff))
    st.markdown(_links(row, money, here, is_staff=is_staff))


def _bill_tile(money: dict[str, Any]) -> None:
    months = money["bill_months"]
    is_whole = months in {0, _WHOLE_YEAR}
    price = money["price_cny_per_kwh"]
    beside = t("portrait_money.price", price=units.bare_price(price)) if price else None
    figure(
        t("portrait_money.bill") if is_whole else t("portrait_money.bill_of", months=months),
        units.money(money["bill_cny"]),
        beside=_why(money["bill_why"]) or beside,
        help_text=t("portrait_definition.bill_cny"),
    )


def _choice_tile(money: dict[str, Any]) -> None:
    saving, policy = money["choice_saving_cny"], money["choice_policy"]
    value, beside = "–", _why(money["choice_why"])
    if policy == _NOW or (policy and not saving):
        value, beside = t("portrait_money.is_best"), None
    elif policy:
        value = t("portrait_money.a_year", money=units.money(saving))
        beside = choice_in_words(
            {name: money[f"choice_{name}"] for name in _CHOICE_PARTS}, known_by_code()
        )
    figure(
        t("portrait_money.choice"),
        value,
        beside=beside,
        help_text=t("portrait_definition.choice_saving_cny"),
    )


def _revenue_tile(money: dict[str, Any]) -> None:
    low, high = money["next_year_low_cny"], money["next_year_high_cny"]
    if low is not None:
        beside = t("portrait_money.interval", range=about(low, high))
    else:
        beside = _why(money["next_year_why"]) or t("portrait_money.no_interval")
    figure(
        t("portrait_feature.next_year_cny"),
        about(money["next_year_cny"]),
        beside=beside,
        help_text=t("portrait_definition.next_year_cny"),
    )


def _late_tile(money: dict[str, Any]) -> None:
    share = money["late_probability_share"]
    if share is None:
        beside = _why(money["late_why"] or "no_bills")
    else:
        beside = t(
            "portrait_money.of_bills",
            bills=money["bills_before"],
            share=units.share(money["on_time_share"]),
        )
    figure(
        t("portrait_feature.late_probability_share"),
        units.share(share),
        beside=beside,
        help_text=t("portrait_definition.late_probability_share"),
    )


def _contract_tile(row: dict) -> None:
    """Use of the contracted demand where there is one, else of the capacity."""
    has_demand = row["demand_use_share"] is not None
    feature = "demand_use_share" if has_demand else "capacity_use_share"
    if row[feature] is None:
        return
    factor = row["power_factor"]
    capacity = value_in_words("capacity_kva", row["capacity_kva"])
    beside = t("portrait_money.of_capacity", capacity=capacity)
    if factor is not None:
        beside = t("portrait_money.factor", factor=value_in_words("power_factor", factor))
    figure(
        t(f"portrait_feature.{feature}"),
        units.share(row[feature]),
        beside=beside,
        help_text=t(f"portrait_definition.{feature}"),
    )


def _why(code: str | None) -> str | None:
    return None if code is None else t(f"portrait_money.why_{code}")


def _rests_on(money: dict[str, Any], *, is_staff: bool) -> str:
    """Which months, which terms, and what the estimates are made of."""
    said = [t("portrait_money.rests_on", day=units.day(money["last_day"]))]
    if money["usage_points"] > 1:
        said.append(t("portrait_money.points", points=money["usage_points"]))
    notes = ("is_assumed", "has_other_terms", "has_own_contract")
    said += [t(f"portrait_money.{name}") for name in notes if money[name]]
    if is_staff and money["next_year_low_cny"] is not None:
        growth = units.change(money["growth_share"]) or "–"
        said.append(t(f"portrait_money.{money['next_year_basis']}", growth=growth))
    if is_staff and money["late_probability_share"] is not None:
        said.append(t("portrait_money.calibrated"))
    return " ".join(said)


def _links(row: dict, money: dict[str, Any], here: District, *, is_staff: bool) -> str:
    """Bill, best choice and, for staff, risk and advice: each on its own page."""
    place = {} if here.district_id is None else {"district": here.district_id}
    point = row["usage_point_id"]
    pages = {
        "billing.bill": ("/billing-bill", {"customer": money["customer_id"]}),
        "billing.best_choice": ("/billing-best-choice", {"point": point}),
        "customers.advice": ("/customers-advice", {"point": point}),
    }
    if is_staff:
        pages["market.risk"] = ("/market-risk", {})
    return " · ".join(
        f"[{t(name)}]({path}?{urlencode(asked | place)})" for name, (path, asked) in pages.items()
    )


def show_all_money(money: dict[str, Any]) -> None:
    """Every figure of money, and what each means."""
    is_staff = who().role != "customer"
    names = [
        name
        for name, field in FIELDS.items()
        if field.is_of_account and field.kind == "number" and (is_staff or name not in _EXPECTED)
    ]
    st.subheader(t("portrait_money.all"))
    shown = [
        {
            t("portrait.feature"): t(f"portrait_feature.{name}"),
            t("portrait.value"): value_in_words(name, money[name]),
        }
        for name in names
    ]
    show_table(pl.DataFrame(shown), most=_EVERY_ROW, heads={})
    with st.expander(t("portrait_money.definitions"), icon=":material/menu_book:"):
        st.markdown(definitions(names))
