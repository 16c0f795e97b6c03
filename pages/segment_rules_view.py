"""A segment drawn by hand: conditions over the portrait, who meets them, kept with the others."""

import json
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.conditions import Fields, edit_conditions
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.field_words import words_of
from pages.figures import figure, figures
from pages.inputs import in_words
from pages.reproduce import offer_reproduction
from pages.session import ask
from pages.tables import show_table
from pages.text import language, t
from queries.customers.portrait_fields import FIELDS
from queries.customers.portrait_fields import RETURNS as RULE_FIELDS
from queries.customers.segment_by_rule import segment_by_rule
from queries.load.areas import areas

REGION = "segment_region"
"""Key of the region's box."""
_FIRST = ("night_share", "evening_share", "valley_share", "annual_kwh", "heating_likelihood")
"""Those by which planners draw most."""
_ORDER = tuple(dict.fromkeys((*_FIRST, *FIELDS)))


def rules_of_page() -> list[dict[str, Any]]:
    """The conditions as they stand on the page."""
    schema = pl.Schema({name: RULE_FIELDS[name] for name in _ORDER})
    return edit_conditions(Fields("segment", schema, words_of()))


def region_of_page(here: District) -> dict[str, Any]:
    """The region that is drawn in, as an input; the whole district unless one is chosen."""
    found = ask(areas, area_kind="region", **here.inputs).filter(
        pl.col("area_id") != (here.district_id or "")
    )
    first, second = ("name_en", "name") if language() == "en" else ("name", "name_en")
    names = {row["area_id"]: row[first] or row[second] for row in found.iter_rows(named=True)}
    if not names:
        return here.inputs
    if st.session_state.get(REGION) not in names:
        st.session_state[REGION] = None  # nothing, or of another district
    chosen = st.selectbox(
        t("area_kind.region"),
        list(names),
        index=None,
        format_func=lambda one: names[one] or one,
        placeholder=t("segment.whole_district"),
        key=REGION,
    )
    return here.inputs if chosen is None else {"region_id": chosen}


def show_rules(here: District, inside: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    """Who meets the conditions."""
    asked = {"rules": json.dumps(rules, ensure_ascii=False), **inside}
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
    show_table(table, most=320)
    with st.container(horizontal=True):
        name = file_name("customers/segment_by_rule", here.file_name)
        offer_tables(name, later(segment_by_rule, **asked))
        offer_reproduction(segment_by_rule, **asked)
