"""Charts of behaviour: typical days with bands, the peak by class, heating and cooling shares."""

from collections.abc import Sequence

import altair as alt
import polars as pl

from pages.charts import FONT, LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import power_unit
from queries.day_kinds import DAY_KINDS, SEASONS

_COLORS_OF_GROUPS = ("main", "high", "low", "other", "soft", "faint")
_ROW_PX, _AROUND_PX = 30, 84


def group_colors(names: Sequence[str], look: Look) -> alt.Scale:
    """The same colour for the same group in every chart of a page, the first six told apart."""
    colors = [getattr(look, _COLORS_OF_GROUPS[i % 6]) for i in range(len(names))]
    return alt.Scale(domain=list(names), range=colors)


def typical_day_panels(days: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """Mean days of one class, a panel for every season and kind of day, with their band.

    From ``typical_days``, of one class.
    """
    drawn = days.with_columns(
        pl.col("season").replace({s: t(f"season.{s}") for s in SEASONS}),
        pl.col("day_kind").replace({k: t(f"day_kind.{k}") for k in DAY_KINDS}),
    )
    x = alt.X(
        "hour:Q",
        title=t("axis.time_of_day"),
        scale=alt.Scale(domain=[0, 23], nice=False),
        axis=alt.Axis(values=[0, 6, 12, 18, 23], grid=False),
    )
    axis = alt.Axis(format=",~f", tickCount=4)
    base = alt.Chart(drawn).encode(x=x)
    band = base.mark_area(color=look.main, opacity=0.16).encode(
        y=alt.Y("low_ratio:Q", title=t("axis.over_year_mean"), axis=axis),
        y2=alt.Y2("high_ratio:Q"),
    )
    middle = base.mark_line(color=look.other, strokeDash=[4, 3], strokeWidth=1.5).encode(
        y=alt.Y("median_ratio:Q")
    )
    mean = base.mark_line(color=look.main, strokeWidth=2).encode(
        y=alt.Y("class_ratio:Q"),
        tooltip=[
            alt.Tooltip("season:N", title=t("column.season")),
            alt.Tooltip("day_kind:N", title=t("column.day_kind")),
            alt.Tooltip("hour:Q", title=t("column.hour")),
            alt.Tooltip("mean_kw:Q", title=f"{t('column.mean_kw')} (kW)", format=",.2f"),
            alt.Tooltip("class_ratio:Q", title=t("column.class_ratio"), format=".2f"),
            alt.Tooltip("low_ratio:Q", title=t("column.low_ratio"), format=".2f"),
            alt.Tooltip("median_ratio:Q", title=t("column.median_ratio"), format=".2f"),
            alt.Tooltip("high_ratio:Q", title=t("column.high_ratio"), format=".2f"),
        ],
    )
    header = alt.Header(labelFont=FONT, labelFontSize=12, labelColor=look.ink, labelPadding=4)
    panels = alt.layer(band, middle, mean).properties(width=205, height=160)
    return styled(
        panels.facet(
            column=alt.Column(
                "season:N", title=None, header=header, sort=[t(f"season.{s}") for s in SEASONS]
            ),
            row=alt.Row(
                "day_kind:N",
                title=None,
                header=header,
                sort=[t(f"day_kind.{k}") for k in DAY_KINDS],
            ),
        ),
        look,
    )


def peak_bars(
    hours: pl.DataFrame, names: Sequence[str], *, look: Look = LIGHT, height: int = 300
) -> Chart:
    """The highest hours, stacked by what each group drew; from ``peak_hours`` with ``name``."""
    largest = hours["total_kw"].max()
    unit = power_unit(float(largest) if isinstance(largest, int | float) else None)
    format_ = t("behaviour.hour_format")
    drawn = hours.with_columns(
        (pl.col("load_kw") / unit.size).alias("value"),
        pl.format("{}. {}", pl.col("rank"), pl.col("standard_start").dt.strftime(format_)).alias(
            "label"
        ),
        pl.col("name").replace_strict(list(names), range(len(names))).alias("order"),
    )
    title = f"{t('chart.load')} ({unit.symbol})"
    bars = (
        alt.Chart(drawn)
        .mark_bar()
        .encode(
            x=alt.X(
                "label:N",
                title=None,
                sort=alt.EncodingSortField("rank", order="ascending"),
                axis=alt.Axis(labelAngle=-50, labelLimit=140, ticks=False),
            ),
            y=alt.Y("value:Q", title=title, axis=alt.Axis(format=",~f", tickCount=5)),
            color=alt.Color(
                "name:N",
                scale=group_colors(names, look),
                legend=alt.Legend(title=None, columns=3),
            ),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("label:N", title=t("chart.time")),
                alt.Tooltip("name:N", title=t("column.name")),
                alt.Tooltip("value:Q", title=title, format=unit.number_format),
                alt.Tooltip("load_share:Q", title=t("chart.share"), format=".1%"),
                alt.Tooltip("temperature_c:Q", title=t("column.temperature_c"), format=".1f"),
            ],
        )
    )
    return styled(alt.layer(bars).properties(height=height, width="container"), look)


def share_bars(groups: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """Each group's part of the energy beside its part of the peak; from ``peak_contribution``."""
    names = {"energy_share": t("behaviour.of_energy"), "peak_share": t("behaviour.of_peak")}
    drawn = (
        groups.select("name", *names)
        .unpivot(list(names), index="name", variable_name="measure")
        .with_columns(pl.col("measure").replace(names))
    )
    order = list(names.values())
    bars = (
        alt.Chart(drawn)
        .mark_bar(cornerRadius=2)
        .encode(
            y=alt.Y(
                "name:N",
                title=None,
                sort=groups["name"].to_list(),
                axis=alt.Axis(labelLimit=200, domain=False, ticks=False),
            ),
            yOffset=alt.YOffset("measure:N", sort=order),
            x=alt.X("value:Q", title=t("chart.share"), axis=alt.Axis(format=".0%", tickCount=5)),
            color=alt.Color(
                "measure:N",
                scale=alt.Scale(domain=order, range=[look.soft, look.high]),
                legend=alt.Legend(title=None, symbolType="square"),
            ),
            tooltip=[
                alt.Tooltip("name:N", title=t("column.name")),
                alt.Tooltip("measure:N", title=t("collection.measure")),
                alt.Tooltip("value:Q", title=t("chart.share"), format=".1%"),
            ],
        )
    )
    height = _ROW_PX * groups.height + _AROUND_PX
    return styled(alt.layer(bars).properties(height=height, width="container"), look)


def temperature_bars(groups: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """Heating and cooling share of every group with intervals; from ``temperature_shares``."""
    names = {"heating": t("behaviour.heating"), "cooling": t("behaviour.cooling")}
    drawn = pl.concat(
        groups.select(
            "name",
            pl.lit(word).alias("measure"),
            pl.col(f"{part}_share").alias("value"),
            pl.col(f"{part}_low_share").alias("low"),
            pl.col(f"{part}_high_share").alias("high"),
        )
        for part, word in names.items()
    )
    order = list(names.values())
    base = alt.Chart(drawn).encode(
        y=alt.Y(
            "name:N",
            title=None,
            sort=groups["name"].to_list(),
            axis=alt.Axis(labelLimit=200, domain=False, ticks=False),
        ),
        yOffset=alt.YOffset("measure:N", sort=order),
        tooltip=[
            alt.Tooltip("name:N", title=t("column.name")),
            alt.Tooltip("measure:N", title=t("collection.measure")),
            alt.Tooltip("value:Q", title=t("chart.share"), format=".1%"),
            alt.Tooltip("low:Q", title=t("column.growth_low_share"), format=".1%"),
            alt.Tooltip("high:Q", title=t("column.growth_high_share"), format=".1%"),
        ],
    )
    axis = alt.Axis(format=".0%", tickCount=6)
    bars = base.mark_bar(cornerRadius=2).encode(
        x=alt.X("value:Q", title=t("behaviour.of_year"), axis=axis),
        color=alt.Color(
            "measure:N",
            scale=alt.Scale(domain=order, range=[look.high, look.low]),
            legend=alt.Legend(title=None, symbolType="square"),
        ),
    )
    spans = base.mark_rule(color=look.ink, strokeWidth=1.25).encode(
        x=alt.X("low:Q"), x2=alt.X2("high:Q")
    )
    height = _ROW_PX * groups.height + _AROUND_PX
    return styled(alt.layer(bars, spans).properties(height=height, width="container"), look)
