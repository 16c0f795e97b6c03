"""What the page of a portrait shows first: who it is, five figures, a sentence."""

from datetime import timedelta

import polars as pl
import streamlit as st

from pages import units
from pages.districts import District
from pages.figures import figure, figures
from pages.inputs import in_words, kept_select
from pages.portrait_words import in_a_sentence, value_in_words
from pages.session import ask, settings
from pages.text import t
from queries.customers.portrait_holders import portrait_holders
from queries.local_time import standard_offset

KEY_FEATURES = ("annual_kwh", "peak_kw", "base_kw", "load_factor_share", "valley_share")


def pick_customer(here: District) -> str | None:
    """A usage point by account number, name or its own number; None where there is none."""
    found = ask(portrait_holders, **here.inputs)
    if found.is_empty():
        st.info(t("portrait.none"), icon=":material/inbox:")
        st.code("python -m ingest portraits", language="bash")
        return None
    rows = {row["usage_point_id"]: row for row in found.iter_rows(named=True)}

    def name(point: str) -> str:
        row = rows[point]
        return " · ".join(filter(None, (row["customer_id"], row["name"], point)))

    with st.container(border=True):
        return kept_select("point", t("portrait.search"), list(rows), name)


def show_head(row: dict, compared: pl.DataFrame) -> None:
    """Who it is, and the sentence made of the figures by rules."""
    known = (
        row["customer_id"],
        t("bill.point", point=row["usage_point_id"]),
        in_words("customer_class", row["customer_class"] or ""),
        value_in_words("capacity_kva", row["capacity_kva"]) if row["capacity_kva"] else None,
        row["address"],
    )
    st.markdown(
        f"**{row['name'] or row['customer_id'] or row['usage_point_id']}**  \n"
        + " · ".join(one for one in known if one)
    )
    st.markdown(in_a_sentence(row, compared))


def show_figures(row: dict, compared: pl.DataFrame) -> None:
    """The five key figures beside the median of the class."""
    medians = dict(compared.select("feature", "median").iter_rows())
    with figures():
        for feature in KEY_FEATURES:
            figure(
                t(f"portrait_feature.{feature}"),
                value_in_words(feature, row[feature]),
                beside=_beside(feature, medians[feature]),
                help_text=t(f"portrait_definition.{feature}"),
            )
    st.caption(_rests_on(row, compared))


def _beside(feature: str, median: float | None) -> str:
    if median is None:
        return t("portrait.no_peers")
    return t("portrait.median", value=value_in_words(feature, median))


def standard_moment(row: dict) -> str | None:
    """When the highest load was, in standard time."""
    if row["peak_at"] is None:
        return None
    at = row["peak_at"]
    local = at.replace(tzinfo=None) + standard_offset(settings().zone, at.year)
    return units.moment(local, with_year=True)


def _rests_on(row: dict, compared: pl.DataFrame) -> str:
    peers = compared.filter(pl.col("feature") == "daily_kwh")["usage_points"].max()
    text = t(
        "portrait.rests_on",
        days=units.days(row["first_day"], row["last_day"]),
        known=f"{row['known_days']:,}",
        of=f"{(row['last_day'] - row['first_day'] + timedelta(days=1)).days:,}",
    )
    if isinstance(peers, int):
        named = in_words("customer_class", row["customer_class"] or "")
        text += " " + t("portrait.peers", kind=named, points=f"{peers:,}")
    return text
