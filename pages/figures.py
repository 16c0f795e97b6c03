"""Figures in tiles, and plain sentences about what they rest on."""

from datetime import date

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages import units
from pages.session import settings
from pages.text import t
from queries.local_time import has_daylight_saving
from queries.periods import change_share

# Streamlit has no setting for the size of a metric; its own cuts six tiles' values short.
_STYLE = """<style>
[class*="st-key-figures"] {
  display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fit, minmax(9.6rem, 1fr));
}
[class*="st-key-figures"] > * { width: auto; min-width: 0; }
/* What a value was stands below its change where both do not fit beside each other. */
[data-testid="stMetric"] div:has(> [data-testid="stMetricDelta"]) { flex-wrap: wrap; }
/* A long label, a value in words, and what stands under a value may take two lines. */
[data-testid="stMetric"] :is([data-testid^="stMetric"], [data-testid^="stMetric"] *) {
  white-space: normal; overflow: visible;
}
[data-testid="stMetricValue"] { font-size: 1.3rem; font-variant-numeric: tabular-nums; }
</style>"""


def figures(row: str = "") -> DeltaGenerator:
    """A row of tiles, in as many lines as the screen needs; a second one has a ``row`` name."""
    st.html(_STYLE)
    return st.container(key=f"figures{row}")


def figure(  # noqa: PLR0913 - what a tile can say
    label: str,
    value: str,
    *,
    change: float | None = None,
    compared: str = "",
    beside: str | None = None,
    help_text: str | None = None,
) -> None:
    """One tile: a value, and under it how it changed, or a plain word on it.

    More or less energy is neither good nor bad: changes have no colour.
    """
    shown = units.change(change)
    st.metric(
        label,
        value,
        delta=shown or beside,
        delta_color="off",
        delta_arrow="auto" if change is not None and units.is_change(change) else "off",
        delta_description=compared if shown and compared else None,
        help=help_text,
        border=True,
        height="stretch",
    )


def completeness(label: str, summary: dict, glance: dict | None = None) -> None:
    """The tile of how much of what was due is there, and how much of that is estimated."""
    if glance is not None:
        beside = t(
            "metric.points",
            reading=f"{glance['reading_points']:,}",
            registered=f"{glance['registered_points']:,}",
        )
    elif summary["estimated_share"]:
        beside = t("metric.estimated", share=units.share(summary["estimated_share"]))
    else:
        beside = t("metric.all_actual")
    figure(
        label,
        units.share(summary["readings_share"]),
        beside=beside,
        help_text=t("metric.completeness_note"),
    )


def load_figures(summary: dict, other: dict | None, days: tuple[date, date], channel: str) -> None:
    """The tiles of ``load_summary``; with another period's summary and its ``days``, the change."""
    with figures():
        figure(
            t("load.energy"),
            units.energy(summary["energy_kwh"], channel),
            change=None
            if other is None
            else change_share(summary["energy_kwh"], other["energy_kwh"]),
            beside=units.day_count(*days),
            help_text=t("load.versus", days=other["days"]) if other else None,
        )
        for name in ("peak", "valley"):
            figure(
                t(f"load.{name}"),
                units.power(summary[f"{name}_kw"], channel),
                beside=units.moment(summary[f"{name}_at"]),
                help_text=t("load.quarter_hours"),
            )
        figure(
            t("load.load_factor"),
            units.share(summary["load_factor_share"]),
            beside=t("load.mean", load=units.power(summary["mean_kw"], channel)),
            help_text=t("load.load_factor_note"),
        )
        figure(
            t("load.peak_valley"),
            units.share(summary["peak_valley_share"]),
            beside=t("load.difference", load=units.power(summary["peak_valley_kw"], channel)),
            help_text=t("load.peak_valley_note"),
        )
        completeness(t("metric.completeness"), summary)


def data_notes(summary: dict, other: dict | None, first_day: date) -> None:
    """Sentences where readings are missing, estimated or spread, and where clocks change."""
    notes = []
    if (summary["readings_share"] or 0) < 1:
        notes.append(t("note.missing", readings=units.share(summary["readings_share"])))
    if summary["estimated_share"]:
        notes.append(t("note.estimated", estimated=units.share(summary["estimated_share"])))
    if summary["spread_share"]:
        notes.append(t("note.spread", spread=units.share(summary["spread_share"])))
    if other is not None and other["energy_kwh"] is None:
        notes.append(t("note.nothing_to_compare"))
    if notes:
        st.warning(" ".join(notes), icon=":material/info:")
    if has_daylight_saving(settings().zone, first_day.year):
        st.caption(t("load.standard_time"))
