"""What the page of orderly use shows of a plan: its terms, its levels, its roster."""

from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.demand_orderly_charts import covered_levels
from pages.demand_orderly_plans import save_box
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.inputs import in_words, kept_select
from pages.reproduce import offer_reproduction
from pages.session import ask
from pages.tables import show_table
from pages.text import language, t
from queries.demand.orderly_levels import orderly_levels
from queries.demand.orderly_terms import LEVELS, Terms, read_terms, usual_terms
from queries.demand.orderly_use import orderly_use
from queries.periods import usual_year, whole_months

_SEASONS = {"year": tuple(range(1, 13)), "summer": (6, 7, 8, 9), "winter": (11, 12, 1, 2)}
_CLASSES = ("residential", "agricultural", "commercial", "industrial", "public")
_IN_PER_CENT = ("avoid_share", "tolerance_share")


def pick_terms(here: District) -> dict[str, Any]:
    """Season, hours and terms of the plan, as the questions take them."""
    usual = usual_terms()
    with st.container(border=True):
        season_place, hours_place = st.columns([2, 5])
        with season_place:
            season = kept_select(
                "orderly_season", t("orderly.months"), list(_SEASONS), lambda s: t(f"orderly.{s}")
            )
        with hours_place:
            begin, end = st.slider(
                t("orderly.hours"),
                0,
                24,
                (usual.hours.start, usual.hours.stop),
                key="orderly_hours",
                format="%d:00",
            )
        with st.expander(t("orderly.terms"), icon=":material/tune:"):
            given = _pick_shares(usual) | _pick_spared(usual)
            source = usual.source_en if language() == "en" else usual.source
            st.caption(t("orderly.source", source=source))
    given |= {"months": _SEASONS[season], "from_minute": begin * 60, "until_minute": end * 60}
    terms = usual.model_copy(update=given).model_dump_json()
    months = whole_months(here.first_day, here.last_day)
    first_day, last_day = usual_year(months) if months else (here.first_day, here.last_day)
    return {"first_day": first_day, "last_day": last_day, "terms": terms, **here.inputs}


def _pick_shares(usual: Terms) -> dict[str, Any]:
    places = st.columns(len(LEVELS))
    shares = {
        level: place.number_input(
            t("orderly.share_of", level=t(f"orderly.level_{level}")),
            0.1,
            100.0,
            usual.level_shares[level] * 100,
            1.0,
            key=f"orderly_share_{level}",
        )
        for level, place in zip(LEVELS, places, strict=True)
    }
    avoid, tolerance, least, _ = st.columns(4)
    in_per_cent = {
        name: place.number_input(
            t(f"orderly.{name}"),
            0.0,
            100.0,
            float(getattr(usual, name)) * 100,
            5.0,
            help=t(f"orderly.{name.replace('tolerance_share', 'tolerance')}_note"),
            key=f"orderly_{name}",
        )
        for name, place in zip(_IN_PER_CENT, (avoid, tolerance), strict=True)
    }
    least_kw = least.number_input(
        t("orderly.least_load_kw"),
        0.0,
        10_000.0,
        usual.least_load_kw,
        5.0,
        help=t("orderly.least_load_note"),
        key="orderly_least_load",
    )
    return {
        "level_shares": {level: share / 100 for level, share in shares.items()},
        **{name: share / 100 for name, share in in_per_cent.items()},
        "least_load_kw": least_kw,
    }


def _pick_spared(usual: Terms) -> dict[str, Any]:
    classes_place, industries_place = st.columns([2, 3])
    classes = classes_place.multiselect(
        t("orderly.spared_classes"),
        _CLASSES,
        usual.spared_classes,
        format_func=lambda name: in_words("customer_class", name),
        key="orderly_spared_classes",
    )
    industries = industries_place.multiselect(
        t("orderly.spared_industries"),
        usual.spared_industries,
        usual.spared_industries,
        accept_new_options=True,
        key="orderly_spared_industries",
    )
    points = st.text_input(
        t("orderly.spared_points"), key="orderly_points", help=t("orderly.spared_points_note")
    )
    named = points.replace("，", ",").replace("、", ",").split(",")
    return {
        "spared_classes": tuple(classes),
        "spared_industries": tuple(industries),
        "spared_points": tuple(one.strip() for one in named if one.strip()),
    }


def show_plan(here: District, asked: dict[str, Any]) -> None:
    """What covers each level, and the roster of one of them."""
    levels = ask(orderly_levels, **asked)
    if levels.is_empty():
        st.info(t("orderly.nothing"), icon=":material/inbox:")
        return
    level = pick_level("orderly_level")
    found = ask(orderly_use, **asked, level=level)
    _tiles(levels.row(by_predicate=pl.col("level") == level, named=True), found)
    st.subheader(t("orderly.levels"))
    st.altair_chart(covered_levels(levels, look=current_look()), theme=None)
    _roster(level, levels, found, asked)
    with st.container(horizontal=True):
        save_box(asked, levels)
        inputs = {**asked, "level": level}
        offer_tables(file_name("orderly-use", here.file_name, level), later(orderly_use, **inputs))
        offer_reproduction(orderly_use, **inputs)
    _spared(found)
    with st.expander(t("orderly.how"), icon=":material/help:"):
        st.markdown(t("orderly.how_text"))


def pick_level(key: str) -> Any:  # noqa: ANN401 - one of LEVELS
    """One of the four levels, the mildest first."""
    return st.segmented_control(
        t("orderly.level"),
        LEVELS,
        default=None if key in st.session_state else LEVELS[0],
        format_func=lambda one: t(f"orderly.level_{one}"),
        key=key,
        required=True,
    )


def _tiles(row: dict[str, Any], found: pl.DataFrame) -> None:
    with figures():
        figure(
            t("orderly.shortage", level=t(f"orderly.level_{row['level']}")),
            units.power(row["shortage_kw"]),
            beside=t(
                "orderly.of_maximum",
                share=units.share(row["level_share"]),
                maximum=units.power(row["maximum_kw"]),
            ),
            help_text=t("orderly.maximum_note"),
        )
        figure(
            t("orderly.agreed"),
            units.power(row["agreed_kw"]),
            beside=None if row["agreed_kw"] else t("orderly.no_agreed"),
            help_text=t("orderly.agreed_note"),
        )
        figure(
            t("orderly.called"),
            f"{row['customers']:,}",
            beside=t("orderly.of_points", points=f"{found.height:,}"),
        )
        figure(
            t("orderly.uncovered"),
            units.power(row["uncovered_kw"]),
            beside=None if row["uncovered_kw"] else t("orderly.covered_all"),
            help_text=t("orderly.uncovered_note"),
        )


def _roster(level: str, levels: pl.DataFrame, found: pl.DataFrame, asked: dict[str, Any]) -> None:
    st.subheader(t("orderly.roster", level=t(f"orderly.level_{level}")))
    called = found.filter(status="called")
    if called.is_empty():
        st.success(t("orderly.nobody"), icon=":material/check:")
        return
    terms, days = read_terms(asked["terms"]), levels["reference_days"][0].to_list()
    st.caption(
        t(
            "orderly.roster_note",
            hours=f"{terms.hours.start}:00–{terms.hours.stop}:00",
            days=len(days),
            dates=" · ".join(units.day(day) for day in days),
        )
    )
    show_roster(called, "called_days", "first_level")


def show_roster(called: pl.DataFrame, *more: str) -> None:
    """One row a customer: whom to call, for how much, by which measure, what is left."""
    shown = called.with_columns(
        pl.col("measure").replace({one: t(f"orderly_measure.{one}") for one in _measures(called)})
    ).select(
        "name",
        "phone",
        "usage_point_id",
        "measure",
        "quota_kw",
        "reference_kw",
        "allowed_kw",
        "shift_kw",
        "avoid_kw",
        "limit_kw",
        "base_kw",
        *more,
    )
    show_table(shown, most=520)


def _measures(called: pl.DataFrame) -> list[str]:
    return called["measure"].drop_nulls().unique().to_list()


def _spared(found: pl.DataFrame) -> None:
    others = found.filter(pl.col("status") != "called")
    counts = others["status"].value_counts(sort=True).rows()
    with st.expander(t("orderly.spared", points=f"{others.height:,}"), icon=":material/shield:"):
        st.markdown(
            "\n".join(f"- {t(f'orderly_status.{status}')}: {count:,}" for status, count in counts)
        )
