"""Charts of regions and industries: shapes, capacity, who makes up an hour, leads."""

from collections.abc import Sequence

import altair as alt
import polars as pl

from pages.behaviour_charts import group_colors
from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import power_unit
from queries.market.capacity_changes import KINDS

_ROW_PX, _AROUND_PX = 26, 84  # a row of a ranking; its legend and axis
_MOST_COLORS = 6  # that are told apart; smaller groups are drawn as one
_LEGEND_PX = 104  # of a map: the scale of its colours, its axis


def shape_map(shapes: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """The mean day of every group, a row each; from ``group_shapes`` of one kind of day, named."""
    drawn = shapes.drop_nulls("over_mean").with_columns((pl.col("hour") + 1).alias("until"))
    names = drawn["name"].unique(maintain_order=True).to_list()
    cells = (
        alt.Chart(drawn)
        .mark_rect(stroke=look.background, strokeWidth=1)
        .encode(
            x=alt.X(
                "hour:Q",
                title=t("axis.time_of_day"),
                scale=alt.Scale(domain=[0, 24], nice=False),
                axis=alt.Axis(values=[0, 6, 12, 18, 24], grid=False),
            ),
            x2=alt.X2("until:Q"),
            y=alt.Y(
                "name:N",
                title=None,
                sort=names,
                axis=alt.Axis(labelLimit=200, domain=False, ticks=False),
            ),
            color=alt.Color(
                "over_mean:Q",
                scale=alt.Scale(range=[look.grid, look.soft, look.main, look.ink]),
                legend=alt.Legend(title=t("market_view.over_mean"), format=".1f", tickCount=4),
            ),
            tooltip=[
                alt.Tooltip("name:N", title=t("column.name")),
                alt.Tooltip("hour:Q", title=t("column.hour")),
                alt.Tooltip("load_kw:Q", title=f"{t('column.load_kw')} (kW)", format=",.1f"),
                alt.Tooltip("over_mean:Q", title=t("market_view.over_mean"), format=".2f"),
            ],
        )
    )
    height = _ROW_PX * max(len(names), 1) + _LEGEND_PX
    return styled(alt.layer(cells).properties(height=height, width="container"), look)


def shape_pair(shapes: pl.DataFrame, names: Sequence[str], *, look: Look = LIGHT) -> Chart:
    """The mean days of two groups over each other, each over its own mean; named."""
    lines = (
        alt.Chart(shapes.drop_nulls("over_mean"))
        .mark_line(strokeWidth=2.5)
        .encode(
            x=alt.X(
                "hour:Q",
                title=t("axis.time_of_day"),
                scale=alt.Scale(domain=[0, 23], nice=False),
                axis=alt.Axis(values=[0, 6, 12, 18, 23], grid=False),
            ),
            y=alt.Y("over_mean:Q", title=t("market_view.over_mean"), axis=alt.Axis(tickCount=5)),
            color=alt.Color(
                "name:N",
                scale=group_colors(names, look),
                legend=alt.Legend(title=None, symbolType="stroke", labelLimit=260),
            ),
            tooltip=[
                alt.Tooltip("name:N", title=t("column.name")),
                alt.Tooltip("hour:Q", title=t("column.hour")),
                alt.Tooltip("load_kw:Q", title=f"{t('column.load_kw')} (kW)", format=",.1f"),
                alt.Tooltip("over_mean:Q", title=t("market_view.over_mean"), format=".2f"),
            ],
        )
    )
    return styled(alt.layer(lines).properties(height=280, width="container"), look)


def capacity_bars(changes: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """What was connected, extended, reduced and closed by month; from ``capacity_changes``."""
    words = {kind: t(f"capacity_kind.{kind}") for kind in KINDS}
    there = [kind for kind in KINDS if kind in set(changes["kind"])]
    colors: dict[str, str] = dict(
        zip(KINDS, (look.main, look.soft, look.low, look.other, look.faint, look.high), strict=True)
    )
    drawn = (
        changes.group_by("month", "kind")
        .agg(pl.col("change_kva", "usage_points").sum())
        .sort("month", "kind")
        .with_columns(
            pl.col("kind").replace(words),
            pl.col("month").dt.strftime("%Y-%m").alias("label"),
        )
    )
    bars = (
        alt.Chart(drawn)
        .mark_bar()
        .encode(
            x=alt.X(
                "label:O",
                title=None,
                scale=alt.Scale(domain=_every_month(drawn)),
                axis=alt.Axis(labelAngle=-50, ticks=False, labelOverlap=True),
            ),
            y=alt.Y("change_kva:Q", title=t("market_view.capacity_axis")),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(
                    domain=[words[kind] for kind in there], range=[colors[kind] for kind in there]
                ),
                legend=alt.Legend(title=None, symbolType="square"),
            ),
            tooltip=[
                alt.Tooltip("label:N", title=t("column.month")),
                alt.Tooltip("kind:N", title=t("column.kind")),
                alt.Tooltip("change_kva:Q", title=t("market_view.capacity_axis"), format="+,.0f"),
                alt.Tooltip("usage_points:Q", title=t("column.usage_points"), format=","),
            ],
        )
    )
    zero = alt.Chart(pl.DataFrame({"at": [0.0]})).mark_rule(color=look.faint).encode(y="at:Q")
    return styled(alt.layer(bars, zero).properties(height=240, width="container"), look)


def _every_month(drawn: pl.DataFrame) -> list[str]:
    """Also those without any change: an axis of names leaves out what has no row."""
    ends = drawn.select(pl.date_range(pl.col("month").min(), pl.col("month").max(), "1mo"))
    return ends.to_series().dt.strftime("%Y-%m").to_list()


def day_stack(parts: pl.DataFrame, hour: int, *, look: Look = LIGHT) -> Chart:
    """Who makes up the load, hour by hour, with one hour marked; from ``day_makeup``, named."""
    largest = parts.group_by("hour").agg(pl.col("load_kw").sum())["load_kw"].max()
    unit = power_unit(float(largest) if isinstance(largest, int | float) else None)
    names = parts["name"].unique(maintain_order=True).to_list()
    if len(names) > _MOST_COLORS:
        names = [*names[: _MOST_COLORS - 1], t("market_view.rest")]
    is_own = pl.col("name").is_in(names)
    stacked = (
        parts.with_columns(pl.when(is_own).then("name").otherwise(pl.lit(names[-1])).alias("name"))
        .group_by("name", "hour", maintain_order=True)
        .agg(pl.col("load_kw", "load_share").sum())
    )
    drawn = stacked.with_columns(
        (pl.col("load_kw") / unit.size).alias("value"),
        pl.col("name").replace_strict(names, range(len(names))).alias("order"),
        (pl.col("hour") + 1).alias("until"),
        (pl.col("hour") == hour).alias("is_chosen"),
    )
    title = f"{t('chart.load')} ({unit.symbol})"
    bars = (
        alt.Chart(drawn)
        .mark_bar()
        .encode(
            x=alt.X("hour:O", title=t("axis.time_of_day"), axis=alt.Axis(labelAngle=0)),
            y=alt.Y("value:Q", title=title, axis=alt.Axis(format=",~f", tickCount=5)),
            color=alt.Color(
                "name:N",
                scale=group_colors(names, look),
                legend=alt.Legend(title=None, symbolType="square", labelLimit=180, columns=3),
            ),
            opacity=alt.condition("datum.is_chosen", alt.value(1.0), alt.value(0.6)),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("name:N", title=t("column.name")),
                alt.Tooltip("hour:Q", title=t("column.hour")),
                alt.Tooltip("value:Q", title=title, format=unit.number_format),
                alt.Tooltip("load_share:Q", title=t("chart.share"), format=".1%"),
            ],
        )
    )
    return styled(alt.layer(bars).properties(height=320, width="container"), look)


def lead_dots(leads: pl.DataFrame, axis: str, *, look: Look = LIGHT) -> Chart:
    """Correlation by lead with intervals; from ``leading_load`` or ``application_lead``."""
    base = alt.Chart(leads.drop_nulls("correlation")).encode(
        x=alt.X("lead_months:O", title=axis, axis=alt.Axis(labelAngle=0)),
        tooltip=[
            alt.Tooltip("lead_months:Q", title=axis),
            alt.Tooltip("correlation:Q", title=t("column.correlation"), format="+.2f"),
            alt.Tooltip("low:Q", title=t("column.low"), format="+.2f"),
            alt.Tooltip("high:Q", title=t("column.high"), format="+.2f"),
            alt.Tooltip("months:Q", title=t("column.months")),
        ],
    )
    spans = base.mark_rule(color=look.main, strokeWidth=2, opacity=0.55).encode(
        y=alt.Y("low:Q", title=t("column.correlation"), scale=alt.Scale(domain=[-1, 1])),
        y2=alt.Y2("high:Q"),
    )
    dots = base.mark_point(filled=True, size=80, color=look.main, opacity=1).encode(
        y=alt.Y("correlation:Q")
    )
    zero = alt.Chart(pl.DataFrame({"at": [0.0]})).mark_rule(color=look.faint).encode(y="at:Q")
    return styled(alt.layer(zero, spans, dots).properties(height=280, width="container"), look)
