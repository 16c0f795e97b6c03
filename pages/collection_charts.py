"""Charts of the collection: success by day, completeness of curves by day and place."""

from datetime import datetime

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t

_SOUND, _POOR = 0.98, 0.80
"""Completeness at which a cell of the map looks sound, and at which it cannot look worse."""


def success_lines(days: pl.DataFrame, *, look: Look = LIGHT, height: int = 260) -> Chart:
    """Success by the cut-off and after back-fill, day by day; from ``collection_success``."""
    names = {
        "success_share": t("collection.by_cut_off"),
        "backfilled_share": t("collection.backfilled"),
    }
    colors = [look.main, look.other]
    drawn = (
        days.select(day_instant(), "due_meters", *names)
        .unpivot(list(names), index=["at", "due_meters"], variable_name="series")
        .with_columns(pl.col("series").replace(names))
    )
    base = alt.Chart(drawn).encode(
        x=days_axis(),
        y=alt.Y(
            "value:Q",
            title=t("collection.success"),
            axis=alt.Axis(format=".1~%", tickCount=5),
            scale=alt.Scale(zero=False, nice=True),
        ),
        color=alt.Color(
            "series:N",
            scale=alt.Scale(domain=list(names.values()), range=colors),
            legend=alt.Legend(title=None, symbolType="stroke"),
        ),
        tooltip=[
            day_told(),
            alt.Tooltip("series:N", title=t("collection.measure")),
            alt.Tooltip("value:Q", title=t("chart.share"), format=".1%"),
            alt.Tooltip("due_meters:Q", title=t("column.due_meters"), format=","),
        ],
    )
    lines = base.mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=28))
    return styled(alt.layer(lines).properties(height=height, width="container"), look)


_AROUND_MAP = 120  # px: its legend above, its days below


def curve_map(places: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """Completeness of curves, a cell for every day and place.

    Args:
        places: From ``curve_completeness``, with the place in words as ``place``.
        look: Colours.
    """
    drawn = places.select(
        day_instant(),
        day_noon(),
        day_end(),
        "place",
        "curve_share",
        "due_points",
        "silent_points",
        "group_id",
    )
    cells = (
        alt.Chart(drawn)
        .mark_rect(stroke=look.background, strokeWidth=1)
        .encode(
            x=days_axis(drawn["noon"]),
            x2=alt.X2("until:T"),
            y=alt.Y(
                "place:N",
                title=None,
                sort=alt.EncodingSortField("curve_share", op="mean", order="ascending"),
                axis=alt.Axis(labelLimit=220, domain=False, ticks=False),
            ),
            color=alt.Color(
                "curve_share:Q",
                scale=alt.Scale(
                    domain=[_POOR, _SOUND, 1.0],
                    range=[look.high, look.grid, look.soft],
                    clamp=True,
                    interpolate="rgb",
                ),
                legend=alt.Legend(
                    title=t("collection.curve"),
                    format=".0%",
                    gradientLength=160,
                    values=[0.8, 0.9, 1],
                ),
            ),
            tooltip=[
                day_told(),
                alt.Tooltip("place:N", title=t("collection.place")),
                alt.Tooltip("curve_share:Q", title=t("collection.curve"), format=".1%"),
                alt.Tooltip("due_points:Q", title=t("column.usage_points"), format=","),
                alt.Tooltip("silent_points:Q", title=t("collection.silent"), format=","),
            ],
        )
    )
    height = 20 * drawn["place"].n_unique() + _AROUND_MAP
    return styled(alt.layer(cells).properties(height=height, width="container"), look)


def days_axis(noons: pl.Series | None = None) -> alt.X:
    """Days along a line, or across a map, where each is named in its middle.

    A scale of time: days without anything keep their room.
    """
    named = alt.Undefined if noons is None else [_moment(noon) for noon in noons.unique().sort()]
    return alt.X(
        "at:T",
        title=None,
        scale=alt.Scale(type="utc", nice=False),
        axis=alt.Axis(
            format=t("chart.format_day"), grid=False, tickCount=9, labelOverlap=True, values=named
        ),
    )


def _moment(instant: datetime) -> alt.DateTime:
    day = {"year": instant.year, "month": instant.month, "date": instant.day}
    return alt.DateTime(**day, hours=instant.hour, utc=True)


def day_instant() -> pl.Expr:
    """``service_date`` as ``at``."""
    # Given as UTC and drawn on a UTC scale, a day stays what it is in every browser.
    return pl.col("service_date").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC").alias("at")


def day_noon() -> pl.Expr:
    """The middle of the cell of ``service_date``, as ``noon``."""
    return day_instant().dt.offset_by("12h").alias("noon")


def day_end() -> pl.Expr:
    """Where the cell of ``service_date`` ends, as ``until``."""
    return day_instant().dt.offset_by("1d").alias("until")


def day_told() -> alt.Tooltip:
    """The day in a tooltip."""
    return alt.Tooltip(
        "utcyearmonthdate(at):T", title=t("chart.day"), format=t("chart.format_date")
    )
