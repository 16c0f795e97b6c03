"""Charts of the response to prices: a day before and after, and the peak by model."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t

_ROW_PX, _AROUND_PX = 28, 70


def answered_day(rows: pl.DataFrame, *, look: Look = LIGHT, height: int = 260) -> Chart:
    """Mean load a customer before and after, the peak shaded; one model of ``price_response``."""
    names = {"load_kw": t("demand_response.before"), "after_kw": t("demand_response.after")}
    title = t("demand_response.load_axis")
    x = alt.X(
        "hour:Q",
        title=t("axis.time_of_day"),
        scale=alt.Scale(domain=[0, 24], nice=False),
        axis=alt.Axis(values=list(range(0, 25, 3)), grid=False),
    )
    drawn = pl.concat(
        rows.select("hour", pl.lit(name).alias("series"), pl.col(column).alias("value"))
        for column, name in names.items()
    )
    # the last hour lasts until midnight
    last = drawn.filter(pl.col("hour") == 23).with_columns(hour=pl.lit(24, pl.Int64))
    drawn = pl.concat([drawn, last])
    peak = rows.filter("is_peak").select(
        pl.col("hour").min().alias("begin"), (pl.col("hour").max() + 1).alias("end")
    )
    shade = (
        alt.Chart(peak)
        .mark_rect(color=look.high, opacity=0.1)
        .encode(x=alt.X("begin:Q"), x2="end:Q")
    )
    lines = (
        alt.Chart(drawn)
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=x,
            y=alt.Y("value:Q", title=title, axis=alt.Axis(format=",~f", tickCount=5)),
            color=alt.Color(
                "series:N",
                scale=alt.Scale(domain=list(names.values()), range=[look.other, look.main]),
                legend=alt.Legend(title=None, symbolType="stroke"),
            ),
            tooltip=[
                alt.Tooltip("hour:Q", title=t("column.hour")),
                alt.Tooltip("series:N", title=t("chart.series")),
                alt.Tooltip("value:Q", title=title, format=",.3f"),
            ],
        )
    )
    return styled(alt.layer(shade, lines).properties(height=height, width="container"), look)


def peak_changes(models: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """Change of the energy at the peak by model; those without an answer are left out."""
    drawn = models.filter(pl.col("peak_change_share").is_not_null()).select(
        "shown_name", "peak_change_share"
    )
    bars = (
        alt.Chart(drawn)
        .mark_bar(cornerRadius=2, color=look.main)
        .encode(
            y=alt.Y(
                "shown_name:N",
                title=None,
                sort=drawn["shown_name"].to_list(),
                axis=alt.Axis(labelLimit=230, domain=False, ticks=False),
            ),
            x=alt.X(
                "peak_change_share:Q",
                title=t("column.peak_change_share"),
                axis=alt.Axis(format="+.0%", tickCount=5),
            ),
            tooltip=[
                alt.Tooltip("shown_name:N", title=t("demand_response.model")),
                alt.Tooltip(
                    "peak_change_share:Q", title=t("column.peak_change_share"), format="+.1%"
                ),
            ],
        )
    )
    height = _ROW_PX * max(drawn.height, 1) + _AROUND_PX
    return styled(alt.layer(bars).properties(height=height, width="container"), look)


def pilot_intervals(found: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """Change of the load in peak and other hours with its 95 % interval; of ``pilot_response``."""
    names = {one: t(f"pilot.{one}") for one in ("peak", "other")}
    drawn = found.select(
        pl.col("hours").replace_strict(names), "change_share", "low_share", "high_share"
    )
    title = t("pilot.change")
    y = alt.Y(
        "hours:N",
        title=None,
        sort=list(names.values()),
        axis=alt.Axis(labelLimit=230, domain=False, ticks=False),
    )
    tooltip = [
        alt.Tooltip(f"{name}:Q", title=t(f"pilot.{word}"), format="+.1%")
        for name, word in (("change_share", "change"), ("low_share", "low"), ("high_share", "high"))
    ]
    base = alt.Chart(drawn).encode(y=y, tooltip=tooltip)
    axis = alt.Axis(format="+.0%", tickCount=6)
    spans = base.mark_rule(strokeWidth=3, color=look.main, opacity=0.5).encode(
        x=alt.X("low_share:Q", title=title, axis=axis), x2="high_share:Q"
    )
    points = base.mark_point(size=90, filled=True, color=look.main).encode(x="change_share:Q")
    zero = alt.Chart(pl.DataFrame({"zero": [0]})).mark_rule(color=look.other).encode(x="zero:Q")
    height = 2 * _ROW_PX + _AROUND_PX
    layers = alt.layer(zero, spans, points)
    return styled(layers.properties(height=height, width="container"), look)
