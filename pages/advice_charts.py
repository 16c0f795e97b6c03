"""Charts of saving advice: the mean day with and without it."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import power_unit

_HEIGHT = 220


def day_lines(curve: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """Mean load of a day before and after; from ``customers/advice_curve``, of one kind of day."""
    largest = max((float(one) for one in curve["mean_before_kw"]), default=0.0)
    unit = power_unit(largest)
    words = {"mean_before_kw": t("advice.before"), "mean_after_kw": t("advice.after")}
    drawn = curve.unpivot(
        on=list(words), index="slot", variable_name="which", value_name="value"
    ).with_columns(
        hour=pl.col("slot") / 4,
        value=pl.col("value") / unit.size,
        which=pl.col("which").replace_strict(words, return_dtype=pl.String),
    )
    title = f"{t('chart.load')} ({unit.symbol})"
    lines = (
        alt.Chart(drawn)
        .mark_line(strokeWidth=2, interpolate="step-after")
        .encode(
            x=alt.X(
                "hour:Q",
                title=t("axis.time_of_day"),
                scale=alt.Scale(domain=[0, 24], nice=False),
                axis=alt.Axis(values=[0, 6, 12, 18, 24], grid=False),
            ),
            y=alt.Y("value:Q", title=title, axis=alt.Axis(format=",~f", tickCount=5)),
            color=alt.Color(
                "which:N",
                scale=alt.Scale(domain=list(words.values()), range=[look.other, look.main]),
                legend=alt.Legend(title=None, symbolType="stroke"),
            ),
            tooltip=[
                alt.Tooltip("which:N", title=" "),
                alt.Tooltip("hour:Q", title=t("column.hour")),
                alt.Tooltip("value:Q", title=title, format=unit.number_format),
            ],
        )
    )
    return styled(alt.layer(lines).properties(height=_HEIGHT), look)
