"""Charts of the best prices: the day of the peak, bills, deciles of use, and the trade-off."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.dials import PERIOD_COLORS, word
from pages.text import t
from pages.units import money_unit, power_unit

_EVERY_THIRD = list(range(0, 25, 3))
_BIN, _WIDEST = 0.02, 0.5
_HEIGHT = 280
_NARROW = 0.05
"""Of an axis of shares: below it tenths of a per cent are written."""


def peak_day(day: pl.DataFrame, *, look: Look = LIGHT, height: int = _HEIGHT) -> Chart:
    """The class's load before and after over the new hours; from ``optimal_day``."""
    unit = power_unit(day.select(pl.max_horizontal("class_kw", "class_after_kw").max()).item())
    names = {"class_kw": t("optimal.now"), "class_after_kw": t("optimal.at_best")}
    drawn = pl.concat(
        day.select(
            pl.lit(name).alias("state"),
            (pl.col("slot_minute") / 60).alias("hour"),
            (pl.col(column) / unit.size).alias("load"),
        )
        for column, name in names.items()
    )
    # the last quarter of an hour lasts until midnight
    drawn = pl.concat([drawn, drawn.filter(hour=23.75).with_columns(hour=pl.lit(24.0))])
    title = f"{t('chart.load')} ({unit.symbol})"
    x = alt.X(
        "hour:Q",
        title=t("axis.time_of_day"),
        scale=alt.Scale(domain=[0, 24], nice=False),
        axis=alt.Axis(values=_EVERY_THIRD, grid=False),
    )
    lines = (
        alt.Chart(drawn)
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=x,
            y=alt.Y(
                "load:Q",
                title=title,
                axis=alt.Axis(format=",~f", tickCount=6),
            ),
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
    both = alt.layer(_hours(day), lines).resolve_scale(color="independent")
    return styled(both.properties(height=height, width="container"), look)


def _hours(day: pl.DataFrame) -> alt.Chart:
    """The periods of the day as bands behind its load."""
    runs = (
        day.sort("slot_minute")
        .with_columns(run=pl.col("period").rle_id())
        .group_by("run", maintain_order=True)
        .agg(
            pl.first("period"),
            (pl.first("slot_minute") / 60).alias("begin"),
            (pl.last("slot_minute") / 60 + 0.25).alias("end"),
        )
    )
    words = {one: word("period_of_day", one) for one in runs["period"].unique(maintain_order=True)}
    shown = runs.with_columns(pl.col("period").replace_strict(words).alias("name"))
    return (
        alt.Chart(shown)
        .mark_rect(opacity=0.16)
        .encode(
            x=alt.X("begin:Q"),
            x2="end:Q",
            color=alt.Color(
                "name:N",
                scale=alt.Scale(
                    domain=list(words.values()), range=[PERIOD_COLORS[one] for one in words]
                ),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
        )
    )


def changes_histogram(bills: pl.DataFrame, *, look: Look = LIGHT, height: int = _HEIGHT) -> Chart:
    """How many customers' bills change by how much if they do nothing; from ``optimal_bills``."""
    share = pl.col("unanswered_change_share").clip(-_WIDEST, _WIDEST - _BIN / 2)
    counted = (
        bills.filter("is_counted")
        .select(((share / _BIN).floor() * _BIN).alias("from_share"))
        .group_by("from_share")
        .agg(pl.len().alias("accounts"))
        .sort("from_share")
        .with_columns(
            until_share=pl.col("from_share") + _BIN,
            side=pl.when(pl.col("from_share") < -_BIN / 2)
            .then(pl.lit(t("lab.pays_less")))
            .otherwise(pl.lit(t("lab.pays_more"))),
        )
    )
    sides = {t("lab.pays_less"): look.low, t("lab.pays_more"): look.high}
    bars = (
        alt.Chart(counted)
        .mark_rect(stroke=look.background, strokeWidth=1)
        .encode(
            x=alt.X(
                "from_share:Q",
                title=t("lab.change_of_bill"),
                axis=alt.Axis(format="+.0%", grid=False, tickCount=9),
            ),
            x2="until_share:Q",
            y=alt.Y("accounts:Q", title=t("lab.accounts"), axis=alt.Axis(format=",d")),
            y2=alt.datum(0),
            color=alt.Color(
                "side:N",
                scale=alt.Scale(domain=list(sides), range=list(sides.values())),
                legend=alt.Legend(title=None, orient="top"),
            ),
            tooltip=[
                alt.Tooltip("from_share:Q", title=t("lab.from_share"), format="+.0%"),
                alt.Tooltip("until_share:Q", title=t("lab.until_share"), format="+.0%"),
                alt.Tooltip("accounts:Q", title=t("lab.accounts"), format=",d"),
            ],
        )
    )
    return styled(alt.layer(bars).properties(height=height, width="container"), look)


def decile_bars(deciles: pl.DataFrame, *, look: Look = LIGHT, height: int = _HEIGHT) -> Chart:
    """Change of bills by decile of use, without and with an answer; from ``optimal_deciles``."""
    names = {
        "unanswered_change_share": t("optimal.does_nothing"),
        "answered_change_share": t("optimal.answers"),
    }
    drawn = pl.concat(
        deciles.select(
            "use_decile", "accounts", pl.lit(name).alias("state"), pl.col(column).alias("change")
        )
        for column, name in names.items()
    )
    x = alt.X("use_decile:O", title=t("optimal.decile_axis"), axis=alt.Axis(labelAngle=0))
    bars = (
        alt.Chart(drawn)
        .mark_bar(cornerRadius=2)
        .encode(
            x=x,
            xOffset=alt.XOffset("state:N", sort=list(names.values())),
            y=alt.Y(
                "change:Q",
                title=t("lab.change_of_bill"),
                axis=alt.Axis(format="+.0%", tickCount=6),
            ),
            color=alt.Color(
                "state:N",
                scale=alt.Scale(domain=list(names.values()), range=[look.other, look.main]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            tooltip=[
                alt.Tooltip("use_decile:O", title=t("optimal.decile_axis")),
                alt.Tooltip("state:N", title=" "),
                alt.Tooltip("change:Q", title=t("lab.change_of_bill"), format="+.1%"),
                alt.Tooltip("accounts:Q", title=t("lab.accounts"), format=",d"),
            ],
        )
    )
    return styled(alt.layer(bars).properties(height=height, width="container"), look)


def tradeoff_line(
    curve: pl.DataFrame, aim: str, *, look: Look = LIGHT, height: int = _HEIGHT
) -> Chart:
    """What is saved by the rise that 5 % of bills exceed; from ``optimal_tradeoff``."""
    most = max(curve["saved"].to_list(), default=0.0)
    unit = power_unit(most) if aim == "peak" else money_unit(most)
    drawn = curve.select(
        pl.col("rise_share_p95").alias("rise"),
        (pl.col("saved") / unit.size).alias("saved"),
        "is_asked",
    )
    title = f"{t('optimal.saved')} ({unit.symbol})"
    rises = drawn["rise"].to_list() or [0.0]
    is_narrow = max(rises) - min(rises) < _NARROW
    x = alt.X(
        "rise:Q",
        title=t("optimal.rise_p95"),
        scale=alt.Scale(zero=False),
        axis=alt.Axis(format="+.1%" if is_narrow else "+.0%", tickCount=4),
    )
    y = alt.Y("saved:Q", title=title, axis=alt.Axis(format=",~f", tickCount=5))
    tooltip = [
        alt.Tooltip("rise:Q", title=t("optimal.rise_p95"), format="+.1%"),
        alt.Tooltip("saved:Q", title=title, format=",.2f"),
    ]
    base = alt.Chart(drawn).encode(x=x, y=y, tooltip=tooltip)
    line = base.mark_line(color=look.main, strokeWidth=2)
    points = base.mark_point(filled=True, size=45, color=look.main, opacity=1)
    asked = (
        base.transform_filter("datum.is_asked")
        .mark_point(size=160, color=look.high, strokeWidth=2.5)
        .encode(x=x, y=y)
    )
    return styled(alt.layer(line, points, asked).properties(height=height, width="container"), look)
