"""Charts of the tribunal of baselines: how wrong every rule is, and to whose side."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t

_ROW_PX, _AROUND_PX = 26, 70


def error_bars(rules: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """What settlement would get wrong by every rule, best first; the recommended one stands out.

    ``rules`` is an answer of ``baselines`` with ``shown_name``.
    """
    drawn = _judged(rules)
    bars = (
        alt.Chart(drawn)
        .mark_bar(cornerRadius=2)
        .encode(
            y=_names(drawn),
            x=alt.X(
                "settlement_error_share:Q",
                title=t("column.settlement_error_share"),
                axis=alt.Axis(format=".0%", tickCount=5),
            ),
            color=alt.condition("datum.is_recommended", alt.value(look.main), alt.value(look.soft)),
            tooltip=_tooltips("settlement_error_share", "held_error_share", "answered_share"),
        )
    )
    return _finished(bars, drawn, look)


def bias_bars(rules: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """By how much every rule says too much or too little, of all customers together."""
    drawn = _judged(rules)
    bars = (
        alt.Chart(drawn)
        .mark_bar(cornerRadius=2)
        .encode(
            y=_names(drawn),
            x=alt.X(
                "bias_share:Q",
                title=t("demand_baselines.bias_axis"),
                axis=alt.Axis(format="+.0%", tickCount=6),
            ),
            color=alt.condition("datum.bias_share > 0", alt.value(look.high), alt.value(look.low)),
            tooltip=_tooltips("bias_share", "cvrmse_share", "customer_cvrmse_share"),
        )
    )
    return _finished(bars, drawn, look)


def _judged(rules: pl.DataFrame) -> pl.DataFrame:
    return rules.filter(
        pl.col("settlement_error_share").is_not_null() & ~pl.col("is_bound")
    ).select(
        "shown_name",
        "is_recommended",
        "settlement_error_share",
        "held_error_share",
        "answered_share",
        "bias_share",
        "cvrmse_share",
        "customer_cvrmse_share",
    )


def _names(drawn: pl.DataFrame) -> alt.Y:
    return alt.Y(
        "shown_name:N",
        title=None,
        sort=drawn["shown_name"].to_list(),
        axis=alt.Axis(labelLimit=260, domain=False, ticks=False),
    )


def _tooltips(*columns: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("shown_name:N", title=t("column.rule")),
        *(alt.Tooltip(f"{one}:Q", title=t(f"column.{one}"), format=".1%") for one in columns),
    ]


def _finished(bars: alt.Chart, drawn: pl.DataFrame, look: Look) -> Chart:
    height = _ROW_PX * max(drawn.height, 1) + _AROUND_PX
    return styled(alt.layer(bars).properties(height=height, width="container"), look)
