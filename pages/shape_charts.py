"""Charts of daily shapes: the shapes themselves, who uses them, one customer's days."""

from collections.abc import Sequence

import altair as alt
import polars as pl

from pages.charts import FONT, LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import share

_HOURS = 24
_ROW_PX, _AROUND_PX = 26, 104
_TOLD_APART = 5
_FLAT = 1.25
"""Highest hour over the mean below which a day is called even."""
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def shape_name(number: int) -> str:
    """``形态 3``: shapes count from 1 where people read them."""
    return t("shape.name", number=number + 1)


def shape_panels(shapes: pl.DataFrame, *, columns: int = 4, look: Look = LIGHT) -> Chart:
    """The mean hours of every shape over its day's mean, a panel each; from ``day_shapes``."""
    titles = {
        row["shape"]: t(
            "shape.panel_flat" if _is_flat(row["hour_shares"]) else "shape.panel",
            name=shape_name(row["shape"]),
            share=share(row["days_share"]),
            hour=row["highest_hour"],
        )
        for row in shapes.iter_rows(named=True)
    }
    drawn = (
        shapes.select(
            panel=pl.col("shape").replace_strict(titles, return_dtype=pl.String),
            hour=pl.lit(list(range(_HOURS))),
            over_mean=pl.col("hour_shares").list.eval(pl.element() * _HOURS),
        )
        .explode("hour", "over_mean")
        .with_columns(mean=pl.lit(1.0))
    )
    base = alt.Chart(drawn).encode(
        x=alt.X(
            "hour:Q",
            title=t("axis.time_of_day"),
            scale=alt.Scale(domain=[0, 23], nice=False),
            axis=alt.Axis(values=[0, 6, 12, 18, 23], grid=False),
        )
    )
    area = base.mark_area(color=look.soft, opacity=0.5, line={"color": look.main}).encode(
        y=alt.Y("over_mean:Q", title=None, axis=alt.Axis(tickCount=3)),
        tooltip=[
            alt.Tooltip("panel:N", title=t("column.shape")),
            alt.Tooltip("hour:Q", title=t("column.hour")),
            alt.Tooltip("over_mean:Q", title=t("axis.over_day_mean"), format=".2f"),
        ],
    )
    mean = base.mark_line(color=look.faint, strokeDash=[3, 3]).encode(y="mean:Q")
    header = alt.Header(labelFont=FONT, labelFontSize=12, labelColor=look.ink, labelLimit=240)
    facet = alt.Facet("panel:N", title=None, header=header, sort=list(titles.values()))  # type: ignore[arg-type]
    panels = alt.layer(area, mean).properties(width=190, height=90)
    # A rare day with all of its energy in an hour would flatten the others on one scale.
    return styled(panels.facet(facet, columns=columns).resolve_scale(y="independent"), look)


def _is_flat(hour_shares: Sequence[float]) -> bool:
    """Whether no hour stands out, so that naming the highest would say nothing."""
    return max(hour_shares) < _FLAT * sum(hour_shares) / len(hour_shares)


def shape_use_map(use: pl.DataFrame, names: Sequence[str], *, look: Look = LIGHT) -> Chart:
    """Share of the days of every group that have a shape; from ``shape_use`` with ``name``."""
    drawn = use.with_columns((pl.col("shape") + 1).alias("number"))
    cells = (
        alt.Chart(drawn)
        .mark_rect(stroke=look.background, strokeWidth=1)
        .encode(
            x=alt.X(
                "number:O", title=t("column.shape"), axis=alt.Axis(labelAngle=0, labelOverlap=True)
            ),
            y=alt.Y(
                "name:N",
                title=None,
                sort=list(names),
                axis=alt.Axis(labelLimit=240, domain=False, ticks=False),
            ),
            color=alt.Color(
                "days_share:Q",
                scale=alt.Scale(domainMin=0, range=[look.grid, look.soft, look.main, look.ink]),
                legend=alt.Legend(title=t("column.days_share"), format=".0%", tickCount=4),
            ),
            tooltip=[
                alt.Tooltip("name:N", title=t("column.name")),
                alt.Tooltip("number:O", title=t("column.shape")),
                alt.Tooltip("days_share:Q", title=t("column.days_share"), format=".1%"),
                alt.Tooltip("usage_points:Q", title=t("column.usage_points"), format=","),
            ],
        )
    )
    height = _ROW_PX * max(len(names), 1) + _AROUND_PX
    return styled(alt.layer(cells).properties(height=height, width="container"), look)


def own_days_map(days: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """One customer's days as a calendar, a column a week; from ``own_shapes``.

    The five shapes it has most are told apart; days beyond the error bound are pale.
    """
    most = days["shape"].value_counts(sort=True)["shape"].head(_TOLD_APART).to_list()
    names = {number: shape_name(number) for number in most}
    rest = t("shape.others")
    colors = dict(zip(most, (look.main, look.high, look.low, look.soft, look.ink), strict=False))
    legend = sorted(most)
    drawn = days.with_columns(
        pl.col("service_date").dt.truncate("1w").alias("week"),
        pl.col("service_date").dt.weekday().alias("weekday"),
        pl.col("shape").replace_strict(names, default=rest, return_dtype=pl.String).alias("word"),
        (pl.col("shape") + 1).alias("number"),
        pl.col("service_date").dt.strftime("%Y-%m-%d").alias("label"),
        pl.when(pl.col("is_within"))
        .then(pl.lit(t("shape.within")))
        .otherwise(pl.lit(t("shape.beyond")))
        .alias("verdict"),
    ).with_columns(pl.col("week").dt.strftime("%Y-%m-%d").alias("week_label"))
    weekdays = {number: t(f"weekday.{day}") for number, day in enumerate(_WEEKDAYS, 1)}
    drawn = drawn.with_columns(
        pl.col("weekday").replace_strict(weekdays, return_dtype=pl.String).alias("day_name")
    )
    cells = (
        alt.Chart(drawn)
        .mark_rect(stroke=look.background, strokeWidth=1)
        .encode(
            x=alt.X(
                "week_label:O",
                title=t("shape.week_axis"),
                axis=alt.Axis(
                    labelAngle=0,
                    labelOverlap="greedy",
                    labelExpr="slice(datum.value, 0, 7)",
                    labelSeparation=12,
                    ticks=False,
                ),
            ),
            y=alt.Y(
                "day_name:O",
                title=None,
                sort=list(weekdays.values()),
                axis=alt.Axis(domain=False, ticks=False),
            ),
            color=alt.Color(
                "word:N",
                scale=alt.Scale(
                    domain=[*(names[number] for number in legend), rest],
                    range=[*(colors[number] for number in legend), look.faint],
                ),
                legend=alt.Legend(title=None, symbolType="square", columns=3),
            ),
            opacity=alt.condition("datum.is_within", alt.value(1.0), alt.value(0.35)),
            tooltip=[
                alt.Tooltip("label:N", title=t("column.service_date")),
                alt.Tooltip("number:O", title=t("column.shape")),
                alt.Tooltip("verdict:N", title=t("shape.bound")),
                alt.Tooltip("distance_share:Q", title=t("column.distance_share"), format=".0%"),
                alt.Tooltip("energy_kwh:Q", title=f"{t('column.energy_kwh')} (kWh)", format=",.1f"),
                alt.Tooltip("highest_hour:Q", title=t("column.highest_hour")),
            ],
        )
    )
    return styled(alt.layer(cells).properties(height=230, width="container"), look)
