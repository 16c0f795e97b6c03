"""Charts of what could be saved: an amount of every group with its interval."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import Unit

_ROW_PX, _AROUND_PX = 28, 70


def amounts(
    groups: pl.DataFrame, value: str, *, unit: Unit, title: str, look: Look = LIGHT
) -> Chart:
    """Bars of one amount with its 95 % interval, the largest first.

    Args:
        groups: From ``saving_potential``, with ``name``.
        value: Column of the amount, such as ``avoidable_kw``; its bounds stand beside it as
            ``avoidable_low_kw`` and ``avoidable_high_kw``.
        unit: In which it is drawn.
        title: Of the axis.
        look: Colours.
    """
    stem, _, end = value.rpartition("_")
    drawn = groups.drop_nulls(value).select(
        "name",
        (pl.col(value) / unit.size).alias("value"),
        (pl.col(f"{stem}_low_{end}") / unit.size).alias("low"),
        (pl.col(f"{stem}_high_{end}") / unit.size).alias("high"),
    )
    named = f"{title} ({unit.symbol})"
    base = alt.Chart(drawn).encode(
        y=alt.Y(
            "name:N",
            title=None,
            sort=alt.EncodingSortField("value", order="descending"),
            axis=alt.Axis(labelLimit=220, domain=False, ticks=False),
        ),
        tooltip=[
            alt.Tooltip("name:N", title=t("column.name")),
            alt.Tooltip("value:Q", title=named, format=unit.number_format),
            alt.Tooltip("low:Q", title=t("column.growth_low_share"), format=unit.number_format),
            alt.Tooltip("high:Q", title=t("column.growth_high_share"), format=unit.number_format),
        ],
    )
    bars = base.mark_bar(cornerRadius=2, color=look.main).encode(
        x=alt.X("value:Q", title=named, axis=alt.Axis(format=",~f", tickCount=5))
    )
    spans = base.mark_rule(color=look.ink, strokeWidth=1.5).encode(
        x=alt.X("low:Q"), x2=alt.X2("high:Q")
    )
    height = _ROW_PX * max(drawn.height, 1) + _AROUND_PX
    return styled(alt.layer(bars, spans).properties(height=height, width="container"), look)
