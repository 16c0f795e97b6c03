"""A segment drawn by hand: conditions over the portrait, who meets them, kept with the others."""

import json
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.columns import columns
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.inputs import in_words
from pages.session import ask
from pages.text import t
from queries.customers.segment_axes import POPULATIONS
from queries.customers.segment_by_rule import segment_by_rule

MOST_RULES = 4
COLUMNS = (
    "night_share",
    "evening_share",
    "midday_share",
    "valley_share",
    "peak_period_share",
    "annual_kwh",
    "peak_kw",
    "load_factor_share",
    "summer_ratio",
    "winter_ratio",
    "festival_ratio",
    "trend_share_per_year",
    "flexible_kwh_per_day",
    "heating_likelihood",
    "vehicle_likelihood",
    "solar_likelihood",
    "capacity_use_share",
    "power_factor",
)
"""Of a portrait, those by which planners draw."""
CLASSES = tuple(name for classes in POPULATIONS.values() if classes for name in classes)
_TESTS = ("at_least", "at_most")


def rules_of_page() -> list[dict[str, Any]]:
    """The conditions as they stand on the page."""
    rules: list[dict[str, Any]] = []
    chosen = st.multiselect(
        t("segment.classes"),
        CLASSES,
        format_func=lambda name: in_words("customer_class", name),
        key="segment_classes",
        placeholder=t("segment.all_classes"),
    )
    if chosen:
        rules.append({"column": "customer_class", "test": "one_of", "value": list(chosen)})
    count = st.number_input(t("segment.conditions"), 1, MOST_RULES, 1, key="segment_conditions")
    for number in range(int(count)):
        column_place, test_place, value_place = st.columns([3, 2, 2], vertical_alignment="bottom")
        with column_place:
            column = st.selectbox(
                t("segment.condition", number=number + 1),
                COLUMNS,
                index=number,
                format_func=lambda name: t(f"segment_feature.{name}"),
                key=f"segment_column_{number}",
            )
        with test_place:
            test = st.selectbox(
                t("segment.test"),
                _TESTS,
                format_func=lambda name: t(f"segment.{name}"),
                key=f"segment_test_{number}",
            )
        with value_place:
            unit = 100.0 if column.endswith(("_share", "_likelihood")) else 1.0
            value = st.number_input(
                t("segment.value", unit="%" if unit > 1 else ""),
                value=30.0 if unit > 1 else 1.0,
                key=f"segment_value_{number}",
            )
        rules.append({"column": column, "test": test, "value": value / unit})
    return rules


def show_rules(here: District, rules: list[dict[str, Any]]) -> None:
    """Who meets the conditions."""
    asked = {"rules": json.dumps(rules, ensure_ascii=False), **here.inputs}
    found = ask(segment_by_rule, **asked)
    members = found.filter(pl.col("is_member"))
    with figures("rules"):
        figure(
            t("segment.members"),
            f"{members.height:,}",
            beside=t("segment.of", number=f"{found.height:,}"),
        )
        figure(t("segment.annual_energy"), units.energy(float(members["annual_kwh"].sum())))
        figure(t("segment.unknown"), f"{found['is_member'].null_count():,}")
    if members.is_empty():
        st.info(t("segment.no_members"), icon=":material/inbox:")
        return
    table = members.drop("is_member").sort("annual_kwh", descending=True, nulls_last=True)
    table = table.rename({"annual_kwh": "energy_kwh"}).with_columns(
        pl.col("customer_class").map_elements(
            lambda name: in_words("customer_class", name), return_dtype=pl.String
        )
    )
    st.dataframe(table, column_config=columns(table), hide_index=True, height=320)
    offer_tables(
        file_name("customers/segment_by_rule", here.file_name), later(segment_by_rule, **asked)
    )
