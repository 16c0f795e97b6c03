"""Charts of data quality: findings by rule and day, estimates by region, one curve slot by slot."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.collection_charts import day_end, day_instant, day_noon, day_told, days_axis
from pages.text import t
from pages.units import power_unit

_FEW_DAYS = 45  # up to which a cell is wide enough for its number


def finding_map(days: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """How many subjects each rule doubts on each day.

    Args:
        days: From ``finding_days``, added up over regions, with the rule in words as ``named``.
        look: Colours.
    """
    drawn = days.select(
        day_instant(),
        day_end(),
        day_noon(),
        "named",
        "subjects",
        "began",
    )
    base = alt.Chart(drawn).encode(
        x=days_axis(drawn["noon"]),
        y=alt.Y(
            "named:N",
            title=None,
            sort=alt.EncodingSortField("subjects", op="sum", order="descending"),
            axis=alt.Axis(labelLimit=320, domain=False, ticks=False),
        ),
        tooltip=[
            day_told(),
            alt.Tooltip("named:N", title=t("column.rule")),
            alt.Tooltip("subjects:Q", title=t("quality.subjects"), format=","),
            alt.Tooltip("began:Q", title=t("quality.began"), format=","),
        ],
    )
    cells = base.mark_rect(stroke=look.background, strokeWidth=1).encode(
        x2=alt.X2("until:T"),
        color=alt.Color(
            "subjects:Q",
            scale=alt.Scale(type="sqrt", range=[look.grid, look.high], interpolate="rgb"),
            legend=None,
        ),
    )
    layers: list[alt.Chart] = [cells]
    if _span(drawn) <= _FEW_DAYS:
        layers.append(
            base.mark_text(fontSize=11, color=look.ink).encode(
                x=alt.X("noon:T"), text=alt.Text("subjects:Q")
            )
        )
    height = 24 * drawn["named"].n_unique() + 50
    return styled(alt.layer(*layers).properties(height=height, width="container"), look)


def _span(drawn: pl.DataFrame) -> int:
    first, last = drawn["at"].min(), drawn["until"].max()
    return (last - first).days  # type: ignore[operator, union-attr]


def estimate_lines(places: pl.DataFrame, *, look: Look = LIGHT, height: int = 260) -> Chart:
    """Share of points estimated (solid) and missing (dashed) by day and region.

    Args:
        places: From ``curve_completeness``, with the region in words as ``place``.
        look: Colours.
        height: Of the drawing [px].
    """
    names = {"estimated_share": t("quality.estimated"), "missing_share": t("quality.missing")}
    regions = places["place"].unique(maintain_order=True).to_list()
    colors = [look.main, look.high, look.low, look.other]
    drawn = (
        places.select(day_instant(), "place", *names)
        .unpivot(list(names), index=["at", "place"], variable_name="measure")
        .with_columns(pl.col("measure").replace(names))
    )
    lines = (
        alt.Chart(drawn)
        .mark_line(strokeWidth=1.75)
        .encode(
            x=days_axis(),
            y=alt.Y(
                "value:Q", title=t("quality.of_due"), axis=alt.Axis(format=".1~%", tickCount=5)
            ),
            color=alt.Color(
                "place:N",
                scale=alt.Scale(domain=regions, range=[colors[i % 4] for i in range(len(regions))]),
                legend=alt.Legend(title=None, symbolType="stroke", labelLimit=0),
            ),
            strokeDash=alt.StrokeDash(
                "measure:N",
                scale=alt.Scale(domain=list(names.values()), range=[[1, 0], [4, 3]]),
                legend=alt.Legend(title=None, symbolType="stroke", symbolStrokeColor=look.faint),
            ),
            tooltip=[
                day_told(),
                alt.Tooltip("place:N", title=t("collection.place")),
                alt.Tooltip("measure:N", title=t("collection.measure")),
                alt.Tooltip("value:Q", title=t("chart.share"), format=".2%"),
            ],
        )
    )
    return styled(alt.layer(lines).properties(height=height, width="container"), look)


def quality_curve(
    curve: pl.DataFrame, *, channel: str = "import", look: Look = LIGHT, height: int = 320
) -> Chart:
    """One usage point's curve with read, estimated, substituted and missing intervals told apart.

    From ``curve_quality``. A missing interval is a gap in the line and a mark on the axis; what an
    estimate or a correction replaced stays as a hollow point.
    """
    qualities = [quality for quality in "AESN" if quality in set(curve["quality"])]
    names = {quality: t(f"quality_letter.{quality}") for quality in qualities}
    colors = {"A": look.main, "E": look.high, "S": look.low, "N": look.other}
    shapes = {"A": "circle", "E": "circle", "S": "square", "N": "triangle-up"}
    largest = curve["load_kw"].abs().max()
    unit = power_unit(float(largest) if isinstance(largest, int | float) else None, channel)
    methods = curve["method"].drop_nulls().unique()
    drawn = curve.select(
        pl.col("local_start").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC").alias("at"),
        (pl.col("load_kw") / unit.size).alias("value"),
        pl.when(pl.col("quality") == "N").then(0.0).alias("gap"),
        (pl.col("replaced_kwh") * 60 / pl.col("interval_minutes") / unit.size).alias("replaced"),
        pl.col("quality").replace(names),
        pl.col("method")
        .replace({method: t(f"estimation_method.{method}") for method in methods})
        .fill_null("–"),
    )
    title = f"{t('chart.load')} ({unit.symbol})"
    color = alt.Color(
        "quality:N",
        scale=alt.Scale(domain=list(names.values()), range=[colors[q] for q in qualities]),
        legend=alt.Legend(title=None, symbolOpacity=1, symbolStrokeWidth=0, symbolSize=70),
    )
    base = alt.Chart(drawn).encode(
        x=alt.X(
            "at:T",
            title=None,
            scale=alt.Scale(type="utc"),
            axis=alt.Axis(
                format=t("chart.format_day_time"), grid=False, tickCount=7, labelOverlap=True
            ),
        )
    )
    told = [
        alt.Tooltip(
            "utcyearmonthdatehoursminutes(at):T",
            title=t("chart.time"),
            format=t("chart.format_moment"),
        ),
        alt.Tooltip("value:Q", title=title, format=unit.number_format),
        alt.Tooltip("quality:N", title=t("column.quality")),
        alt.Tooltip("method:N", title=t("quality.method")),
        alt.Tooltip("replaced:Q", title=t("quality.replaced"), format=unit.number_format),
    ]
    y = alt.Y("value:Q", title=title, axis=alt.Axis(format=",~f", tickCount=5))
    shape = alt.Shape(
        "quality:N",
        scale=alt.Scale(domain=list(names.values()), range=[shapes[q] for q in qualities]),
        legend=alt.Legend(title=None),
    )
    line = base.mark_line(strokeWidth=1.25, color=look.main, opacity=0.45).encode(y=y)
    points = base.mark_point(filled=True, opacity=1, size=22).encode(
        y=y, color=color, shape=shape, tooltip=told
    )
    gaps = (
        base.transform_filter("isValid(datum.gap)")
        .mark_point(filled=True, opacity=1, size=26)
        .encode(y=alt.Y("gap:Q"), color=color, shape=shape, tooltip=told)
    )
    replaced = (
        base.transform_filter("isValid(datum.replaced)")
        .mark_point(filled=False, size=34, strokeWidth=1, color=look.faint)
        .encode(y=alt.Y("replaced:Q"), tooltip=told)
    )
    chart = alt.layer(line, replaced, points, gaps).properties(height=height, width="container")
    return styled(chart, look)
