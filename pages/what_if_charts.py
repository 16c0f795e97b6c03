"""Charts of scenarios: the day of the system before and after, how long its load lasts."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import Unit, power_unit

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
    colors = dict(zip(names.values(), (look.other, look.main), strict=True))
    return _day_lines(drawn, colors, unit, look, height)


def days_side_by_side(days: pl.DataFrame, *, look: Look = LIGHT, height: int = 320) -> Chart:
    """One day in several states: ``state``, ``slot_minute``, ``load_kw``; as measured first."""
    unit = power_unit(days["load_kw"].max())  # type: ignore[arg-type]
    states = days["state"].unique(maintain_order=True).to_list()
    drawn = days.select(
        "state",
        (pl.col("slot_minute") / 60).alias("hour"),
        (pl.col("load_kw") / unit.size).alias("load"),
    )
    palette = (look.other, look.main, look.high, look.low, look.ink)
    return _day_lines(drawn, dict(zip(states, palette, strict=False)), unit, look, height)


def _day_lines(
    drawn: pl.DataFrame, colors: dict[str, str], unit: Unit, look: Look, height: int
) -> Chart:
    """Steps over a day: ``state``, ``hour``, ``load``."""
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
                scale=alt.Scale(domain=list(colors), range=list(colors.values())),
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


def duration_before_and_after(
    curve: pl.DataFrame, *, look: Look = LIGHT, height: int = 300
) -> Chart:
    """The duration curve of ``what_if_duration``: so many hours the load is at least so high."""
    unit = power_unit(curve.select(pl.max_horizontal("load_kw", "load_after_kw").max()).item())
    names = {"load_kw": t("what_if.as_measured"), "load_after_kw": t("what_if.as_supposed")}
    drawn = pl.concat(
        curve.select(
            pl.lit(name).alias("state"), "hours", (pl.col(column) / unit.size).alias("load")
        )
        for column, name in names.items()
    )
    title = f"{t('chart.load')} ({unit.symbol})"
    lines = (
        alt.Chart(drawn)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X(
                "hours:Q",
                title=t("what_if.hours_above"),
                scale=alt.Scale(nice=False),
                axis=alt.Axis(format=",d", grid=False, tickCount=6),
            ),
            y=alt.Y("load:Q", title=title, axis=alt.Axis(format=",~f", tickCount=6)),
            color=alt.Color(
                "state:N",
                scale=alt.Scale(domain=list(names.values()), range=[look.other, look.main]),
                legend=alt.Legend(title=None, symbolType="stroke", orient="top"),
            ),
            tooltip=[
                alt.Tooltip("state:N", title=" "),
                alt.Tooltip("hours:Q", title=t("what_if.hours_above"), format=",.1f"),
                alt.Tooltip("load:Q", title=title, format=unit.number_format),
            ],
        )
    )
    return styled(alt.layer(lines).properties(height=height, width="container"), look)
