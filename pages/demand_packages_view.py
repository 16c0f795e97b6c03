"""What the page of packages shows: choices by class, a package in the making, what it brings."""

import json
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.choice_input import pick_choice
from pages.choice_words import known_by_code
from pages.conditions import Fields, edit_conditions
from pages.demand_packages_charts import package_account
from pages.demand_packages_offer import hand_over_box
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.field_words import words_of
from pages.figures import figure, figures
from pages.inputs import in_words
from pages.offer_words import status_in_words
from pages.reproduce import offer_reproduction
from pages.session import ask, waiting
from pages.tables import show_table
from pages.text import t
from queries.customers.offer import Value
from queries.customers.offer_known import FIELDS, SAVING
from queries.demand.package_choices import package_choices
from queries.demand.package_customers import package_customers
from queries.demand.package_summary import package_summary
from queries.run import QuestionError

_SHOWN = 200
_FIRST = ("annual_kwh", "capacity_kva", "evening_share", "night_share", "readings_share")
_SUPPOSED = {
    "uptake_share": 30.0,
    "unasked_share": 10.0,
    "change_share": 0.0,
    "peak_cut_share": 10.0,
    "contact_cny": 20.0,
    "taker_cny": 0.0,
    "supply_cny_per_kwh": Value().supply_cny_per_kwh,
    "peak_cny_per_kw": 330.0,
}
"""What the page begins with; a kW of the peak is worth what a kW of coal plant is paid a year
(发改价格〔2023〕1501号, recalled)."""
_REBATES = {"yearly_cny": 0.0, "cny_per_kwh": 0.0, "cny_per_cut_kw": 100.0}


def show_choices(asked: dict[str, Any]) -> None:
    """What a package could be built on, class by class."""
    st.subheader(t("package.choices"))
    found = ask(package_choices, **asked)
    if found.is_empty():
        st.info(t("package.no_choices"), icon=":material/inbox:")
        return
    shown = found.select(
        pl.Series(
            "customer_class", [in_words("customer_class", one) for one in found["customer_class"]]
        ),
        pl.Series("choice", [_choice_name(row) for row in found.iter_rows(named=True)]),
        "accounts",
        "winners",
        "winners_cny",
        "losers",
        "losers_cny",
        "median_saving_cny",
        "is_best",
    )
    show_table(shown, most=300)
    st.caption(t("package.choices_note"))


def _choice_name(row: dict[str, Any]) -> str:
    parts = [t(f"policy.{row['policy']}")]
    if row["tariff_code"]:
        parts.append(known_by_code()[row["tariff_code"]]["name"])
    elif row["basic_charge"] != "as_now":
        parts.append(t(f"basic_charge.{row['basic_charge']}"))
    return " · ".join(parts)


@st.fragment
def design_package(here: District, asked: dict[str, Any]) -> None:
    """Conditions, choice, rebate and what is supposed; below, what comes of it."""
    st.subheader(t("package.design"))
    with st.container(border=True):
        st.markdown(f"**{t('package.who')}**")
        rules = edit_conditions(_fields())
        st.markdown(f"**{t('package.choice')}**")
        choice = pick_choice("package_{}")
        st.markdown(f"**{t('package.rebate')}**")
        rebate = _pick_numbers(_REBATES, 4)
        st.caption(t("package.rebate_note"))
        with st.expander(t("package.assume"), icon=":material/tune:"):
            value = _pick_numbers(_SUPPOSED, 4)
            st.caption(t("package.peak_note"))
    content = json.dumps({"rules": rules, "choice": choice, "rebate": rebate, "value": value})
    with waiting():
        try:
            _outcome(here, content, asked)
        except QuestionError as error:
            st.error(str(error), icon=":material/error:")


def _fields() -> Fields:
    names = dict.fromkeys((*_FIRST, *FIELDS))
    schema = pl.Schema({name: FIELDS[name] for name in names})
    called = {SAVING: t("offer.own_saving")}
    return Fields("package_rule", schema, words_of(), begins_with=0, called=called)


def _pick_numbers(usual: dict[str, float], per_line: int) -> dict[str, float]:
    """Numbers by name: shares are typed in per cent."""
    given: dict[str, float] = {}
    names = list(usual)
    for first in range(0, len(names), per_line):
        line = names[first : first + per_line]
        for name, place in zip(line, st.columns(per_line)[: len(line)], strict=True):
            is_share = name.endswith("_share")
            typed = place.number_input(
                t(f"offer_edit.{name}"),
                min_value=-100.0 if name == "change_share" else 0.0,
                max_value=100.0 if is_share else None,
                value=float(usual[name]),
                step=1.0 if is_share else None,
                format="%.4f" if name.endswith("_per_kwh") else "%.1f",
                key=f"package_{name}",
            )
            given[name] = (typed or 0.0) / (100 if is_share else 1)
    return given


def _outcome(here: District, content: str, asked: dict[str, Any]) -> None:
    st.subheader(t("package.outcome"))
    found = ask(package_summary, content=content, **asked)
    if found.is_empty():
        st.info(t("package.nothing"), icon=":material/inbox:")
        return
    whole = found.row(0, named=True)
    if not whole["customers"]:
        losers = f"{whole['no_gain_customers']:,}"
        st.info(t("package.nobody", losers=losers), icon=":material/inbox:")
        return
    _tiles(whole)
    if whole["is_given_away"]:
        told = {name: units.money(whole[f"{name}_cny"]) for name in ("given", "brought")}
        lost = units.money(whole["cannibalised_cny"])
        st.warning(t("package.cannibal", lost=lost, **told), icon=":material/money_off:")
    st.markdown(f"**{t('package.account')}**")
    st.altair_chart(package_account(found.head(1), look=current_look()), theme=None)
    _classes(found)
    _customers(here, content, asked)


def _tiles(whole: dict[str, Any]) -> None:
    with figures():
        figure(
            t("package.asked"),
            f"{whole['customers']:,}",
            help_text=t("package.sendable", customers=f"{whole['sendable_customers']:,}"),
        )
        figure(
            t("package.takers"),
            f"{whole['takers']:,.1f}",
            beside=t("package.takers_gain", gain=units.money(whole["mean_gain_cny"])),
        )
        figure(
            t("package.riders"),
            f"{whole['free_riders']:,}",
            beside=t("package.nothing_given")
            if whole["cannibalised_share"] is None
            else t("package.riders_share", share=units.share(whole["cannibalised_share"])),
            help_text=t("package.riders_note"),
        )
        figure(
            t("package.net"),
            units.money(whole["utility_cny"], with_sign=True),
            help_text=t("package.net_note"),
        )
    st.caption(
        " ".join(
            [
                t("package.basis", basis=t(f"offer_basis.{whole['basis']}")),
                t("package.losers", losers=f"{whole['no_gain_customers']:,}"),
            ]
        )
    )


def _classes(found: pl.DataFrame) -> None:
    st.markdown(f"**{t('package.classes')}**")
    named = [
        t("input.everything") if one is None else in_words("customer_class", one)
        for one in found["customer_class"]
    ]
    shown = found.with_columns(pl.Series("customer_class", named)).select(
        "customer_class",
        "customers",
        "takers",
        "free_riders",
        "no_gain_customers",
        "customer_cny",
        "given_cny",
        "cannibalised_cny",
        "utility_cny",
    )
    show_table(shown, most=300)


def _customers(here: District, content: str, asked: dict[str, Any]) -> None:
    st.markdown(f"**{t('package.customers')}**")
    found = ask(package_customers, content=content, **asked)
    first = found.head(_SHOWN)
    riders = [t("package.rider" if one else "package.changer") for one in first["is_free_rider"]]
    shown = first.with_columns(
        pl.Series(
            "customer_class",
            [in_words("customer_class", one or "-") for one in first["customer_class"]],
        ),
        pl.Series("status", [status_in_words(one) for one in first["status"]]),
        pl.Series("is_free_rider", riders),
    ).select(
        "name",
        "usage_point_id",
        "customer_class",
        "annual_bill_cny",
        "choice_saving_cny",
        "rebate_cny",
        "taker_gain_cny",
        "is_free_rider",
        "uptake_share",
        "customer_cny",
        "utility_cny",
        "status",
    )
    show_table(shown, most=420)
    st.caption(t("package.first", shown=f"{first.height:,}", customers=f"{found.height:,}"))
    with st.container(horizontal=True):
        hand_over_box(content)
        inputs = {"content": content, **asked}
        offer_tables(
            file_name("packages", here.file_name or ""), later(package_customers, **inputs)
        )
        offer_reproduction(package_customers, **inputs)
