"""Charts of orderly use: what covers a shortage, and a roster's day against its limit."""

from datetime import timedelta

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import power_unit
from queries.schema import SLOT_MINUTES

COVERS = ("agreed", "shift", "avoid", "limit", "uncovered")
_ROW_PX, _AROUND_PX = 34, 74


def covered_levels(levels: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """What covers the shortage of each level, one bar a level; an answer of ``orderly_levels``."""
    unit = power_unit(levels["shortage_kw"].max())  # type: ignore[arg-type] - of floats
    words = [t(f"orderly_measure.{one}") for one in COVERS]
    drawn = pl.concat(
        levels.select(
            pl.col("level").replace({one: t(f"orderly.level_{one}") for one in levels["level"]}),
            pl.lit(word).alias("cover"),
            (pl.col(f"{name}_kw") / unit.size).alias("value"),
            pl.lit(number).alias("order"),
        )
        for number, (name, word) in enumerate(zip(COVERS, words, strict=True))
    )
    title = f"{t('column.shortage_kw')} ({unit.symbol})"
    bars = (
        alt.Chart(drawn)
        .mark_bar()
        .encode(
            y=alt.Y("level:N", title=None, sort=None, axis=alt.Axis(domain=False, ticks=False)),
            x=alt.X("value:Q", title=title, axis=alt.Axis(format=unit.number_format, tickCount=6)),
            color=alt.Color(
                "cover:N",
                sort=words,
                scale=alt.Scale(
                    domain=words, range=[look.low, look.soft, look.main, look.other, look.high]
                ),
                legend=alt.Legend(title=None, columns=3),
            ),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("level:N", title=t("column.level")),
                alt.Tooltip("cover:N", title=t("column.measure")),
                alt.Tooltip("value:Q", title=title, format=unit.number_format),
            ],
        )
    )
    height = _ROW_PX * levels.height + _AROUND_PX
    return styled(alt.layer(bars).properties(height=height, width="container"), look)


def kept_day(curve: pl.DataFrame, *, look: Look = LIGHT, height: int = 300) -> Chart:
    """The load of a roster, its reference and its limit; an answer of ``orderly_curve``."""
    unit = power_unit(curve.select(pl.max_horizontal("load_kw", "reference_kw").max()).item())
    names = {
        "load_kw": t("orderly.load"),
        "reference_kw": t("orderly.reference"),
        "limit_kw": t("orderly.limit"),
    }
    title = t("orderly.axis", unit=unit.symbol)
    drawn = pl.concat(
        curve.select(
            pl.col("standard_start").alias("at"),
            pl.lit(word).alias("series"),
            (pl.col(column) / unit.size).alias("value"),
        )
        for column, word in names.items()
    )
    asked = curve.filter(pl.col("limit_kw").is_not_null()).select(
        pl.col("standard_start").min().alias("begin"),
        (pl.col("standard_start").max() + timedelta(minutes=SLOT_MINUTES)).alias("end"),
    )
    shade = (
        alt.Chart(asked)
        .mark_rect(color=look.high, opacity=0.1)
        .encode(x=alt.X("begin:T"), x2="end:T")
    )
    lines = (
        alt.Chart(drawn)
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=alt.X("at:T", title=t("axis.time_of_day"), axis=alt.Axis(format="%H:%M", grid=False)),
            y=alt.Y("value:Q", title=title, axis=alt.Axis(format=",~f", tickCount=5)),
            color=alt.Color(
                "series:N",
                scale=alt.Scale(
                    domain=list(names.values()), range=[look.main, look.other, look.high]
                ),
                legend=alt.Legend(title=None, symbolType="stroke"),
            ),
            tooltip=[
                alt.Tooltip("at:T", title=t("axis.time_of_day"), format="%H:%M"),
                alt.Tooltip("series:N", title=t("chart.series")),
                alt.Tooltip("value:Q", title=title, format=unit.number_format),
            ],
        )
    )
    return styled(alt.layer(shade, lines).properties(height=height, width="container"), look)
