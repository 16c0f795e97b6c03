"""Charts of a planned event: the district's day with and without it, and who brings how much."""

from datetime import timedelta

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import power_unit
from queries.schema import SLOT_MINUTES

_MOST_BARS = 15
_ROW_PX, _AROUND_PX = 22, 60


def planned_day(curve: pl.DataFrame, *, look: Look = LIGHT, height: int = 300) -> Chart:
    """The load of the day without and with the event; an answer of ``event_plan_curve``."""
    unit = power_unit(curve["load_kw"].max())  # type: ignore[arg-type] - of floats
    names = {
        "load_kw": t("event_plan.without"),
        "load_with_event_kw": t("event_plan.with_event"),
    }
    title = f"{t('chart.load')} ({unit.symbol})"
    drawn = pl.concat(
        curve.select(
            pl.col("standard_start").alias("at"),
            pl.lit(word).alias("series"),
            (pl.col(column) / unit.size).alias("value"),
        )
        for column, word in names.items()
    )
    parts = {"event": t("event_plan.part_event"), "after": t("event_plan.part_after")}
    step = timedelta(minutes=SLOT_MINUTES)
    shades = (
        curve.filter(pl.col("part").is_in(list(parts)))
        .group_by("part", maintain_order=True)
        .agg(
            pl.col("standard_start").min().alias("begin"),
            (pl.col("standard_start").max() + step).alias("end"),
        )
        .with_columns(pl.col("part").replace_strict(parts))
    )
    shade = (
        alt.Chart(shades)
        .mark_rect(opacity=0.12)
        .encode(
            x=alt.X("begin:T", title=None),
            x2="end:T",
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=list(parts.values()), range=[look.high, look.other]),
                legend=alt.Legend(title=None, orient="top", symbolType="square"),
            ),
        )
    )
    lines = (
        alt.Chart(drawn)
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=alt.X("at:T", title=None, axis=alt.Axis(format="%H:%M", grid=False, tickCount=8)),
            y=alt.Y(
                "value:Q",
                title=title,
                scale=alt.Scale(zero=False),
                axis=alt.Axis(format=",~f", tickCount=6),
            ),
            color=alt.Color(
                "series:N",
                scale=alt.Scale(domain=list(names.values()), range=[look.soft, look.main]),
                legend=alt.Legend(title=None, orient="top", symbolType="stroke"),
            ),
            tooltip=[
                alt.Tooltip("at:T", title=t("axis.time_of_day"), format="%H:%M"),
                alt.Tooltip("series:N", title=" "),
                alt.Tooltip("value:Q", title=title, format=unit.number_format),
            ],
        )
    )
    layers = alt.layer(shade, lines).resolve_scale(color="independent")
    return styled(layers.properties(height=height, width="container"), look)


def largest_reductions(called: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """What those called are expected to reduce, give or take one standard deviation.

    ``called`` is an answer of ``event_plan``; the largest are drawn.
    """
    drawn = called.head(_MOST_BARS).select(
        "usage_point_id",
        "expected_kw",
        low=pl.col("expected_kw") - pl.col("spread_kw"),
        high=pl.col("expected_kw") + pl.col("spread_kw"),
    )
    title = f"{t('column.expected_kw')} (kW)"
    names = alt.Y(
        "usage_point_id:N", title=None, sort=None, axis=alt.Axis(domain=False, ticks=False)
    )
    bars = (
        alt.Chart(drawn)
        .mark_bar(color=look.main, cornerRadius=2)
        .encode(
            y=names,
            x=alt.X("expected_kw:Q", title=title, axis=alt.Axis(format=",~f", tickCount=6)),
            tooltip=[
                alt.Tooltip("usage_point_id:N", title=t("column.usage_point_id")),
                alt.Tooltip("expected_kw:Q", title=title, format=",.1f"),
                alt.Tooltip("low:Q", title=t("event_plan.low"), format=",.1f"),
                alt.Tooltip("high:Q", title=t("event_plan.high"), format=",.1f"),
            ],
        )
    )
    spreads = alt.Chart(drawn).mark_rule(color=look.other).encode(y=names, x="low:Q", x2="high:Q")
    height = _ROW_PX * drawn.height + _AROUND_PX
    return styled(alt.layer(bars, spreads).properties(height=height, width="container"), look)
