"""Who makes up an area's load at one hour: a moment that was, or a kind of day."""

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.charts import LIGHT, current_look
from pages.districts import District
from pages.downloads import file_name, later, offer_downloads, offer_tables
from pages.figures import figure, figures
from pages.group_words import group_names
from pages.inputs import Area, in_words, kept_select, pick_area
from pages.market_charts import day_stack
from pages.market_pair import pick_kind_of_day
from pages.reproduce import offer_reproduction
from pages.session import ask
from pages.tables import show_table
from pages.text import t
from queries.market.day_makeup import day_makeup
from queries.market.hour_customers import hour_customers

_BY = ("customer_class", "industry", "region", "feeder", "transformer")
_OF_DAYS, _ONE_DAY = "kind", "day"
_USUAL_HOUR = 18


def show_hour(here: District, group_by: str, year: tuple[date, date]) -> None:
    """An area, a day or kind of day and an hour; who draws how much then."""
    area, by, days = _choices(here, group_by, year)
    asked: dict[str, Any] = {**days, **area.inputs}
    parts = ask(day_makeup, **asked, group_by=by)
    if parts.is_empty():
        st.info(t("load.nothing_read"), icon=":material/inbox:")
        return
    parts = parts.with_columns(group_names(here, by, parts["group_id"]))  # type: ignore[arg-type]
    hour = st.slider(t("market_view.hour"), 0, 23, _USUAL_HOUR, key="makeup_hour")
    at_hour = parts.filter(pl.col("hour") == hour)
    customers = ask(hour_customers, **asked, hour=hour)
    _figures(at_hour, customers, hour)
    title = t("market_view.makeup", area=area.label)
    chart_place, table_place = st.columns([3, 2], gap="large")
    with chart_place:
        st.subheader(title)
        st.altair_chart(day_stack(parts, hour, look=current_look()), theme=None)
    with table_place:
        st.subheader(t("market_view.at_hour", hour=f"{hour:02d}:00"))
        shown = at_hour.sort("load_kw", descending=True).select(
            "name", "load_kw", "load_share", "usage_points"
        )
        show_table(shown, most=340)
    st.subheader(t("market_view.top_customers", hour=f"{hour:02d}:00"))
    table = _in_words(customers)
    show_table(table, most=460)
    st.caption(t("market_view.makeup_note", days=parts["days"][0]))
    with st.container(horizontal=True):
        offer_downloads(
            file_name("market/day-makeup", area.area_id, by),
            later(day_makeup, **asked, group_by=by),
            lambda: day_stack(parts, hour, look=LIGHT),
            title=title,
        )
        offer_tables(
            file_name("market/hour-customers", area.area_id, hour),
            later(hour_customers, **asked, hour=hour),
        )
        offer_reproduction(hour_customers, **asked, hour=hour)


def _choices(
    here: District, group_by: str, year: tuple[date, date]
) -> tuple[Area, str, dict[str, Any]]:
    usual = "industry" if group_by == "industry" else "customer_class"
    offered = [usual, *(one for one in _BY if one != usual)]
    with st.container(border=True):
        kind_place, area_place, by_place = st.columns([2, 3, 2])
        area = pick_area(here, kind_place, area_place)
        with by_place:
            by = kept_select("by", t("groups.by"), offered, lambda one: t(f"area_kind.{one}"))
        which_place, day_place = st.columns([2, 5], vertical_alignment="bottom")
        with which_place:
            which = kept_select(
                "which", t("market_view.which"), (_OF_DAYS, _ONE_DAY),
                lambda one: t(f"market_view.which_{one}"),
            )  # fmt: skip
        days: dict[str, Any] = {"first_day": year[0], "last_day": year[1]}
        with day_place:
            if which == _ONE_DAY:
                chosen = st.date_input(
                    t("market_view.day"),
                    here.last_day,
                    min_value=here.first_day,
                    max_value=here.last_day,
                    format="YYYY-MM-DD",
                )
                days["day"] = chosen if isinstance(chosen, date) else here.last_day
            else:
                days["season"], days["day_kind"] = pick_kind_of_day()
    return area, by, days


def _figures(at_hour: pl.DataFrame, customers: pl.DataFrame, hour: int) -> None:
    first = at_hour.sort("load_kw", descending=True).row(0, named=True)
    own = customers.drop_nulls("rank")
    with figures():
        figure(
            t("market_view.load_at", hour=f"{hour:02d}:00"),
            units.power(float(at_hour["load_kw"].sum())),
            beside=t("market_view.customers", customers=f"{customers['customers'].sum():,}"),
        )
        figure(
            t("market_view.largest_group"), first["name"], beside=units.share(first["load_share"])
        )
        figure(
            t("market_view.top_share", count=own.height),
            units.share(float(own["load_share"].sum()) if own.height else None),
        )


def _in_words(customers: pl.DataFrame) -> pl.DataFrame:
    """The largest customers, and the others as one line, in the reader's words."""
    names = ("rank", "customer", "customer_id", "customer_class", "industry")
    nothing = dict.fromkeys(names, "")
    words = [
        {
            "rank": str(row["rank"]),
            "customer": row["name"] or row["customer_id"],
            "customer_id": row["customer_id"],
            "customer_class": in_words("customer_class", row["customer_class"] or ""),
            "industry": in_words("industry_section", row["industry"] or "-"),
        }
        if row["rank"] is not None
        else nothing | {"customer": t("market_view.others", customers=f"{row['customers']:,}")}
        for row in customers.iter_rows(named=True)
    ]
    named = pl.DataFrame(words, schema={name: pl.String() for name in names})
    return pl.concat([named, customers.select("load_kw", "load_share")], how="horizontal")
