"""Charts of a scenario: the day of the system before and after."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import power_unit

_EVERY_THIRD = list(range(0, 25, 3))


def days_before_and_after(days: pl.DataFrame, *, look: Look = LIGHT, height: int = 300) -> Chart:
    """One ``day`` of ``what_if_days``: as measured, and as supposed."""
    unit = power_unit(days.select(pl.max_horizontal("load_kw", "load_after_kw").max()).item())
    names = {"load_kw": t("what_if.as_measured"), "load_after_kw": t("what_if.as_supposed")}
    drawn = pl.concat(
        days.select(
            pl.lit(name).alias("state"),
            (pl.col("slot_minute") / 60).alias("hour"),
            (pl.col(column) / unit.size).alias("load"),
        )
        for column, name in names.items()
    )
    # the last quarter of an hour lasts until midnight
    drawn = pl.concat([drawn, drawn.filter(hour=23.75).with_columns(hour=pl.lit(24.0))])
    title = f"{t('chart.load')} ({unit.symbol})"
    lines = (
        alt.Chart(drawn)
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=alt.X(
                "hour:Q",
                title=t("axis.time_of_day"),
                scale=alt.Scale(domain=[0, 24], nice=False),
                axis=alt.Axis(values=_EVERY_THIRD, grid=False),
            ),
            y=alt.Y("load:Q", title=title, axis=alt.Axis(format=",~f", tickCount=6)),
            color=alt.Color(
                "state:N",
                scale=alt.Scale(domain=list(names.values()), range=[look.other, look.main]),
                legend=alt.Legend(title=None, symbolType="stroke", orient="top"),
            ),
            tooltip=[
                alt.Tooltip("state:N", title=" "),
                alt.Tooltip("hour:Q", title=t("column.hour"), format=".2~f"),
                alt.Tooltip("load:Q", title=title, format=unit.number_format),
            ],
        )
    )
    return styled(alt.layer(lines).properties(height=height, width="container"), look)
