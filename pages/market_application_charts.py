"""Chart of contract applications (业扩报装): capacity asked for and given up, by quarter."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from queries.market.application_rows import GAINS, LOSSES

_KINDS: tuple[str, ...] = (*GAINS, *LOSSES)


def application_bars(quarters: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """Asked for above zero, given up below, the net as a mark; from ``applications``."""
    words: dict[str, str] = {kind: t(f"application_kind.{kind}") for kind in _KINDS}
    colors: dict[str, str] = dict(
        zip(
            _KINDS,
            (look.main, look.soft, look.faint, look.high, look.other, look.low),
            strict=True,
        )
    )
    drawn = (
        quarters.filter(pl.col("kind").is_in(_KINDS))
        .group_by("quarter", "kind")
        .agg(pl.col("change_kva", "applications", "done_kva", "pending_kva").sum())
        .with_columns(_quarter_word(), pl.col("kind").replace(words).alias("word"))
        .sort("quarter", pl.col("kind").replace_strict(_KINDS, range(len(_KINDS))))
    )
    there = [kind for kind in _KINDS if kind in set(drawn["kind"])]
    net = drawn.group_by("label").agg(pl.col("change_kva", "applications").sum())
    every = _every_quarter(drawn)
    x = alt.X(
        "label:O",
        title=None,
        scale=alt.Scale(domain=every),
        axis=alt.Axis(labelAngle=0, ticks=False, labelOverlap=True),
    )
    y = alt.Y("change_kva:Q", title=t("applications.axis"))
    bars = (
        alt.Chart(drawn)
        .mark_bar()
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "word:N",
                scale=alt.Scale(
                    domain=[words[kind] for kind in there], range=[colors[kind] for kind in there]
                ),
                legend=alt.Legend(title=None, symbolType="square"),
            ),
            tooltip=[
                alt.Tooltip("label:N", title=t("column.quarter")),
                alt.Tooltip("word:N", title=t("column.kind")),
                alt.Tooltip("change_kva:Q", title=t("applications.axis"), format="+,.0f"),
                alt.Tooltip("done_kva:Q", title=t("applications.done_axis"), format="+,.0f"),
                alt.Tooltip("pending_kva:Q", title=t("applications.pending_axis"), format="+,.0f"),
                alt.Tooltip("applications:Q", title=t("column.applications"), format=","),
            ],
        )
    )
    marks = (
        alt.Chart(net)
        .mark_tick(color=look.ink, thickness=3, size=26)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("label:N", title=t("column.quarter")),
                alt.Tooltip("change_kva:Q", title=t("applications.net"), format="+,.0f"),
                alt.Tooltip("applications:Q", title=t("column.applications"), format=","),
            ],
        )
    )
    zero = alt.Chart(pl.DataFrame({"at": [0.0]})).mark_rule(color=look.faint).encode(y="at:Q")
    return styled(alt.layer(bars, zero, marks).properties(height=280, width="container"), look)


def _quarter_word() -> pl.Expr:
    day = pl.col("quarter")
    return pl.format("{} Q{}", day.dt.year(), day.dt.quarter()).alias("label")


def _every_quarter(drawn: pl.DataFrame) -> list[str]:
    """Also those without an application: an axis of names leaves out what has no row."""
    ends = drawn.select(
        pl.date_range(pl.col("quarter").min(), pl.col("quarter").max(), "1q").alias("quarter")
    )
    return ends.select(_quarter_word()).to_series().to_list()
