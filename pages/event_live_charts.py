"""Charts of an event while it runs: load against baseline, and what is reduced by quarter hours."""

from datetime import timedelta

import altair as alt
import numpy as np
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import power_unit
from queries.schema import SLOT_MINUTES

_STEP = timedelta(minutes=SLOT_MINUTES)


def followed_load(rows: pl.DataFrame, *, look: Look = LIGHT, height: int = 300) -> Chart:
    """Baseline and load of those called, the event shaded; an answer of ``event_live``."""
    unit = power_unit(rows["baseline_kw"].max())  # type: ignore[arg-type] - of floats
    names = {"baseline_kw": t("event_live.baseline"), "load_kw": t("event_live.load")}
    title = f"{t('chart.load')} ({unit.symbol})"
    drawn = pl.concat(
        rows.select(
            pl.col("standard_start").alias("at"),
            pl.lit(word).alias("series"),
            (pl.col(column) / unit.size).alias("value"),
            "read_share",
        )
        for column, word in names.items()
    )
    lines = (
        alt.Chart(drawn)
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=_time(rows),
            y=alt.Y(
                "value:Q",
                title=title,
                scale=alt.Scale(zero=False),
                axis=alt.Axis(format=",~f", tickCount=6),
            ),
            color=alt.Color(
                "series:N",
                scale=alt.Scale(domain=list(names.values()), range=[look.other, look.main]),
                legend=alt.Legend(title=None, orient="top", symbolType="stroke"),
            ),
            tooltip=[
                alt.Tooltip("at:T", title=t("axis.time_of_day"), format="%H:%M"),
                alt.Tooltip("series:N", title=" "),
                alt.Tooltip("value:Q", title=title, format=unit.number_format),
                alt.Tooltip("read_share:Q", title=t("event_live.read"), format=".0%"),
            ],
        )
    )
    layers = alt.layer(_shade(rows, look), lines)
    return styled(layers.properties(height=height, width="container"), look)


def reduced_by_quarter(
    rows: pl.DataFrame, target_kw: float | None, *, look: Look = LIGHT, height: int = 300
) -> Chart:
    """What is reduced in each quarter of an hour of the event, and the target as a line."""
    event = rows.filter("is_event")
    largest = np.abs(event["reduction_kw"].fill_null(0.0).to_numpy()).max(initial=target_kw or 0.0)
    unit = power_unit(float(largest))
    title = f"{t('column.reduction_kw')} ({unit.symbol})"
    drawn = event.select(
        pl.col("standard_start").alias("at"),
        (pl.col("standard_start") + _STEP).alias("until"),
        (pl.col("reduction_kw") / unit.size).alias("value"),
        (pl.col("reduction_kw") < 0).alias("is_more"),
        "read_share",
    )
    bars = (
        alt.Chart(drawn)
        .mark_bar(stroke=look.background, strokeWidth=1)
        .encode(
            x=_time(event),
            x2="until:T",
            y=alt.Y("value:Q", title=title, axis=alt.Axis(format=",~f", tickCount=6)),
            y2=alt.datum(0),
            color=alt.condition("datum.is_more", alt.value(look.high), alt.value(look.main)),
            tooltip=[
                alt.Tooltip("at:T", title=t("axis.time_of_day"), format="%H:%M"),
                alt.Tooltip("value:Q", title=title, format=unit.number_format),
                alt.Tooltip("read_share:Q", title=t("event_live.read"), format=".0%"),
            ],
        )
    )
    layers: list[alt.Chart] = [bars]
    if target_kw:
        line = pl.DataFrame({"target": [target_kw / unit.size], "word": [t("column.target_kw")]})
        rule = alt.Chart(line).mark_rule(color=look.ink, strokeDash=[5, 4])
        layers.append(
            rule.encode(
                y="target:Q",
                tooltip=alt.Tooltip("target:Q", title=t("column.target_kw"), format=",.1f"),
            )
        )
    return styled(alt.layer(*layers).properties(height=height, width="container"), look)


def _time(rows: pl.DataFrame) -> alt.X:
    last = rows["standard_start"][-1] + _STEP
    ends = [f"{one:%Y-%m-%dT%H:%M:%S}" for one in (rows["standard_start"][0], last)]
    return alt.X(
        "at:T",
        title=None,
        scale=alt.Scale(domain=ends, nice=False),
        axis=alt.Axis(format="%H:%M", grid=False, tickCount=6),
    )


def _shade(rows: pl.DataFrame, look: Look) -> alt.Chart:
    event = rows.filter("is_event").select(
        pl.col("standard_start").min().alias("begin"),
        (pl.col("standard_start").max() + _STEP).alias("end"),
    )
    return (
        alt.Chart(event)
        .mark_rect(color=look.high, opacity=0.1)
        .encode(x=alt.X("begin:T", title=None), x2="end:T")
    )
