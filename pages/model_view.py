"""What the model laboratory shows: the leaderboard, a backtest on demand, Prophet's parts."""

from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.forecast_charts import component_lines
from pages.forecast_words import series_name, served_words
from pages.reproduce import offer_reproduction
from pages.session import ask
from pages.tables import show_table
from pages.text import t
from queries.forecasting.choice import DOUBT, MARGIN, WINDOW_DAYS
from queries.forecasting.prophet_view import LEAST_DAYS
from queries.load.model_backtest import MODELS, model_backtest
from queries.load.model_effects import model_effects
from queries.load.model_scores import model_scores
from queries.load.prophet_components import SHORT, prophet_components

_WINDOWS = (14, 28, 56)
_QUICK = ("production", "naive_24h", "naive_168h", "vanilla")


def show_leaderboard(here: District, series: dict[str, Any]) -> None:
    """The candidates for this load, which one serves and why; and those of every other load."""
    found = ask(model_scores, **here.inputs)
    own = found.filter(pl.col("series_id") == series["series_id"])
    if own.is_empty():
        return
    st.markdown(served_words(own))
    shown = _candidates(own)
    show_table(shown)
    st.caption(
        t(
            "lab_models.rule",
            days=WINDOW_DAYS,
            margin=units.share(MARGIN),
            doubt=units.share(DOUBT),
        )
    )
    every = _candidates(found).with_columns(
        pl.Series("name", [series_name(row) for row in found.iter_rows(named=True)])
    )
    wide = every.select("name", pl.exclude("name"))
    with st.expander(t("lab_models.every_series"), icon=":material/leaderboard:"):
        show_table(wide, most=420)


def _candidates(scores: pl.DataFrame) -> pl.DataFrame:
    """Rows of ``model_scores`` as a table to read."""
    return scores.select(
        pl.Series("model", [t(f"model.{name}") for name in scores["model"]], dtype=pl.String),
        pl.col("is_chosen").alias("is_served"),
        "mape_share",
        "error_kw",
        "lead_share",
        "doubt_share",
        "rmse_kw",
        "pinball_kw",
        "coverage_share",
    )


def show_backtest(series: dict[str, Any]) -> None:
    """A rolling backtest of chosen models over a chosen window, run when asked for."""
    st.subheader(t("lab_models.backtest"))
    models_place, days_place, button_place = st.columns([5, 2, 2], vertical_alignment="bottom")
    with models_place:
        chosen = st.multiselect(
            t("lab_models.models"),
            MODELS,
            default=_QUICK,
            format_func=lambda name: t(f"model.{name}"),
            key="lab_model_names",
        )
    with days_place:
        days = st.selectbox(
            t("lab_models.days"),
            _WINDOWS,
            index=1,
            format_func=lambda count: t("date.count", count=count),
            key="lab_model_days",
        )
    asked = {"series_id": series["series_id"], "days": days, "models": ",".join(chosen)}
    with button_place:
        if st.button(t("lab_models.run"), type="primary", disabled=not chosen, width="stretch"):
            st.session_state["lab_model_asked"] = asked
    if st.session_state.get("lab_model_asked") != asked:
        st.caption(t("lab_models.run_note"))
        return
    with st.spinner(t("lab_models.running")):
        found = ask(model_backtest, **asked)
    if found.is_empty():
        st.info(t("lab_models.too_short"), icon=":material/hourglass_empty:")
        return
    best = found.row(0, named=True)
    st.success(
        t(
            "lab_models.best",
            model=t(f"model.{best['model']}"),
            error=units.share(best["mape_share"]),
            better=units.share(best["better_share"]),
        ),
        icon=":material/emoji_events:",
    )
    shown = found.select(
        pl.Series("model", [t(f"model.{name}") for name in found["model"]]),
        "is_chosen",
        "mape_share",
        "error_kw",
        "rmse_kw",
        "pinball_kw",
        "coverage_share",
        "better_share",
        pl.Series(
            "why_not",
            [t(f"lab_models.{why}") if why else None for why in found["why_not"]],
            dtype=pl.String,
        ),
    )
    if shown["why_not"].count() == 0:
        shown = shown.drop("why_not")
    show_table(shown)
    st.caption(t("lab_models.backtest_note", days=units.days(best["first_day"], best["last_day"])))
    with st.container(horizontal=True):
        offer_tables(file_name("load/backtest", series["area_id"]), later(model_backtest, **asked))
        offer_reproduction(model_backtest, **asked)


def show_effects(series: dict[str, Any]) -> None:
    """What holidays and weather do to the load, with confidence intervals, when asked for."""
    st.subheader(t("lab_models.effects"))
    st.caption(t("lab_models.effects_note"))
    asked = {"series_id": series["series_id"]}
    if st.button(t("lab_models.fit_effects")):
        st.session_state["lab_effects_asked"] = asked
    if st.session_state.get("lab_effects_asked") != asked:
        return
    with st.spinner(t("lab_models.running")):
        found = ask(model_effects, **asked)
    if found.is_empty():
        st.info(t("lab_models.too_short"), icon=":material/hourglass_empty:")
        return
    shown = found.select(
        pl.Series("term", [t(f"model_term.{name}") for name in found["term"]]),
        pl.exclude("term", "learnt_days"),
    )
    show_table(shown)
    st.caption(t("lab_models.effects_fitted", days=found["learnt_days"][0]))
    with st.container(horizontal=True):
        offer_tables(file_name("load/effects", series["area_id"]), later(model_effects, **asked))
        offer_reproduction(model_effects, **asked)


def show_prophet(series: dict[str, Any]) -> None:
    """The parts of Prophet's forecast, fitted when asked for; or why it is not."""
    st.subheader(t("lab_models.prophet"))
    st.caption(t("lab_models.prophet_note"))
    asked = {"series_id": series["series_id"]}
    if st.button(t("lab_models.fit_prophet")):
        st.session_state["lab_prophet_asked"] = asked
    if st.session_state.get("lab_prophet_asked") != asked:
        return
    with st.spinner(t("lab_models.running")):
        found = ask(prophet_components, **asked)
    first = found.row(0, named=True)
    if first["status"] == SHORT:
        st.info(
            t("lab_models.prophet_short", days=first["history_days"], needed=LEAST_DAYS),
            icon=":material/hourglass_empty:",
        )
        return
    st.altair_chart(component_lines(found, look=current_look()), theme=None)
    st.caption(t("lab_models.prophet_fitted", days=first["history_days"]))
    with st.container(horizontal=True):
        offer_tables(
            file_name("load/prophet", series["area_id"]), later(prophet_components, **asked)
        )
        offer_reproduction(prophet_components, **asked)
