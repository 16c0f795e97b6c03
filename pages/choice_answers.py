"""Answers of the page of best choices: what all would save, and one customer's choices."""

import polars as pl
import streamlit as st

from pages import units
from pages.charts import LIGHT, current_look
from pages.choice_charts import demand_bars, owed_bars, saving_bars
from pages.choice_words import (
    choice_in_words,
    customers_in_words,
    point_in_words,
    quarters_in_words,
)
from pages.districts import District
from pages.downloads import file_name, later, offer_downloads
from pages.figures import figure, figures
from pages.flat_tables import with_lists_joined
from pages.inputs import kept_select
from pages.reproduce import offer_reproduction
from pages.session import ask
from pages.tables import show_table
from pages.text import t
from queries.billing.best_choice import best_choice
from queries.billing.choice_savings import savings_by_choice
from queries.billing.choice_summary import summary_of_choices
from queries.billing.contract_months import contract_months


def everyone(
    every: pl.DataFrame, choices: pl.DataFrame, known: dict, asked: dict, here: District
) -> None:
    """Tiles, what each choice would save, and a table of customers.

    Args:
        every: The answer of ``best_choice``.
        choices: Those of it that count.
        known: Tariffs by code.
        asked: The question's inputs.
        here: The district.
    """
    summary = summary_of_choices(choices).row(0, named=True)
    with figures():
        figure(
            t("choice.better_off"),
            f"{summary['better_off_accounts']:,}",
            beside=t("choice.of_accounts", accounts=f"{summary['accounts']:,}"),
            help_text=t("choice.better_off_note"),
        )
        figure(
            t("choice.saved_together"),
            units.money(summary["saving_cny"]),
            beside=t("choice.of_bills", money=units.money(summary["now_cny"])),
            help_text=t("choice.saved_note"),
        )
        figure(
            t("choice.at_stake"),
            units.money(summary["published_saving_cny"]),
            beside=units.share(summary["published_saving_share"]),
            help_text=t("choice.at_stake_note"),
        )
    savings = savings_by_choice(every)
    if savings.is_empty():
        return
    words = [choice_in_words(row, known) for row in savings.iter_rows(named=True)]
    title = t("choice.by_choice")
    st.subheader(title)
    st.caption(t("choice.by_choice_note"))
    st.altair_chart(saving_bars(savings, words, look=current_look()), theme=None)
    with st.container(horizontal=True):
        question = later(best_choice, **asked)
        offer_downloads(
            file_name("billing/best_choice", here.file_name, asked["first_day"], asked["last_day"]),
            lambda: with_lists_joined(question()),
            lambda: saving_bars(savings, words, look=LIGHT),
            title=f"{title} · {here.label}",
        )
        offer_reproduction(best_choice, **asked)
    table = customers_in_words(choices, known)
    st.subheader(t("choice.customers"))
    show_table(table)


def one_customer(choices: pl.DataFrame, known: dict, asked: dict) -> None:
    """Every choice of a usage point of ``choices``, its demand, and what lets it choose."""
    best = choices.filter("is_best").sort("saving_cny", descending=True)
    rows = {row["usage_point_id"]: row for row in best.iter_rows(named=True)}
    if not rows:
        st.info(t("choice.nothing"), icon=":material/inbox:")
        return
    st.subheader(t("choice.one_customer"))
    point = kept_select(
        "point", t("area_kind.usage_point_id"), list(rows), lambda one: point_in_words(rows[one])
    )
    own = choices.filter(usage_point_id=point)
    words = [choice_in_words(row, known) for row in own.iter_rows(named=True)]
    st.markdown(f"**{t('choice.bills_of_choices')}**")
    st.altair_chart(owed_bars(own, words, look=current_look()), theme=None)
    demand = ask(contract_months, usage_point_id=point, **asked)
    if demand.is_empty():
        st.caption(t("choice.no_contract"))
    else:
        st.markdown(f"**{t('choice.demand_and_contract')}**")
        st.altair_chart(demand_bars(demand, look=current_look()), theme=None)
        st.caption(t("choice.demand_note"))
    _in_words(own, rows[point], known)


def what_is_left_out(choices: pl.DataFrame) -> None:
    """How many of the accounts owe more or less than these bills say, for what they leave out."""
    accounts = choices.unique("usage_point_id")
    for note in ("other_terms", "own_contract"):
        those = accounts.filter(f"has_{note}")
        if not those.is_empty():
            energy = units.energy(sum(those["energy_kwh"]))
            st.caption(t(f"lab.note_{note}", accounts=f"{those.height:,}", energy=energy))


def _in_words(own: pl.DataFrame, best: dict, known: dict) -> None:
    """What lets this customer choose, each policy once, and how certain packages are."""
    if quarters := quarters_in_words(best):
        st.markdown(t("choice.best_by_quarter", quarters=quarters))
    for policy, notice in (
        own.filter(~pl.col("is_now")).select("policy", "notice").unique(maintain_order=True).rows()
    ):
        st.markdown(f"**{t(f'policy.{policy}')}**: {t(f'policy_note.{policy}')}")
        if notice:
            st.text(t("billing.notice", notice=notice))
    for code in own.filter(policy="retail")["tariff_code"].unique(maintain_order=True):
        st.markdown(f"- {known[code]['name']}: {known[code]['certainty']}")
