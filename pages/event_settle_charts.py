"""Charts of a settled event: baseline beside load, and what every rule would have measured."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import power_unit

_ROW_PX, _AROUND_PX = 24, 70


def curve_of_event(curve: pl.DataFrame, *, look: Look = LIGHT, height: int = 280) -> Chart:
    """The day's baseline and load, the event's hours shaded; an answer of ``event_curve``."""
    largest = curve.select(pl.max_horizontal("baseline_kw", "load_kw").max()).item()
    unit = power_unit(largest)
    names = {"baseline_kw": t("event_settle.baseline"), "load_kw": t("event_settle.load")}
    title = f"{t('chart.load')} ({unit.symbol})"
    drawn = pl.concat(
        curve.select(
            pl.col("local_start").alias("at"),
            pl.lit(word).alias("series"),
            (pl.col(column) / unit.size).alias("value"),
        )
        for column, word in names.items()
    )
    hours = curve.filter("is_event").select(
        pl.col("local_start").min().alias("begin"),
        pl.col("local_start").max().dt.offset_by("15m").alias("end"),
    )
    shade = (
        alt.Chart(hours).mark_rect(opacity=0.12, color=look.high).encode(x="begin:T", x2="end:T")
    )
    lines = (
        alt.Chart(drawn)
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=alt.X("at:T", title=None, axis=alt.Axis(format="%H:%M", grid=False, tickCount=8)),
            y=alt.Y("value:Q", title=title, axis=alt.Axis(format=",~f", tickCount=6)),
            color=alt.Color(
                "series:N",
                scale=alt.Scale(domain=list(names.values()), range=[look.soft, look.main]),
                legend=alt.Legend(title=None, orient="top", symbolType="stroke"),
            ),
            tooltip=[
                alt.Tooltip("at:T", title=t("chart.time"), format="%H:%M"),
                alt.Tooltip("series:N", title=" "),
                alt.Tooltip("value:Q", title=title, format=unit.number_format),
            ],
        )
    )
    layers = alt.layer(shade, lines).properties(height=height, width="container")
    return styled(layers, look)


def measured_by_rule(rules: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """What each rule measured, with one standard error; an answer of ``event_rules``.

    ``rules`` has ``shown_name`` as well.
    """
    unit = power_unit(rules["measured_kw"].abs().max())  # type: ignore[arg-type] - of floats
    measured, error = (pl.col(name) / unit.size for name in ("measured_kw", "standard_error_kw"))
    drawn = rules.filter(pl.col("measured_kw").is_not_null() & ~pl.col("is_bound")).select(
        "shown_name",
        "is_used",
        measured.alias("value"),
        (measured - error).alias("low"),
        (measured + error).alias("high"),
    )
    title = f"{t('event_settle.measured')} ({unit.symbol})"
    base = alt.Chart(drawn).encode(
        y=alt.Y(
            "shown_name:N",
            title=None,
            sort=drawn["shown_name"].to_list(),
            axis=alt.Axis(labelLimit=260, domain=False, ticks=False),
        )
    )
    tooltips = [
        alt.Tooltip("shown_name:N", title=t("column.rule")),
        *(
            alt.Tooltip(f"{one}:Q", title=f"{t(word)} ({unit.symbol})", format=unit.number_format)
            for one, word in (
                ("value", "event_settle.measured"),
                ("low", "event_settle.low"),
                ("high", "event_settle.high"),
            )
        ),
    ]
    spread = base.mark_rule(strokeWidth=2, color=look.other).encode(
        x=alt.X("low:Q", title=title, axis=alt.Axis(format=",~f", tickCount=6)), x2="high:Q"
    )
    points = base.mark_circle(size=90, opacity=1).encode(
        x="value:Q",
        color=alt.condition("datum.is_used", alt.value(look.main), alt.value(look.soft)),
        tooltip=tooltips,
    )
    height = _ROW_PX * max(drawn.height, 1) + _AROUND_PX
    return styled(alt.layer(spread, points).properties(height=height, width="container"), look)
