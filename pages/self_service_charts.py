"""Charts of a customer's own pages: use beside that of neighbours, payments by month."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t


def beside_neighbours(rows: pl.DataFrame, *, by: str, look: Look = LIGHT) -> Chart:
    """Own use as bars, the neighbours' middle half as a band with its median.

    Args:
        rows: From ``customers/neighbours``.
        by: ``month`` or ``hour``.
        look: Colours.
    """
    own, theirs = t("self_service.own"), t("self_service.neighbours_median")
    middle = t("self_service.neighbours_half")
    axis = alt.Axis(
        labelAngle=0,
        labelOverlap=True,
        labelSeparation=6,
        # 25-07: of a year that stands under the chart, on a phone too.
        labelExpr="length(datum.label) > 4 ? substring(datum.label, 2) : datum.label",
        title=t(f"self_service.axis_{by}"),
    )
    x = alt.X("part:N", sort=None, axis=axis)
    y_title = t(f"self_service.energy_{by}")
    tooltip = [
        alt.Tooltip("part:N", title=t(f"self_service.axis_{by}")),
        alt.Tooltip("own_kwh:Q", title=own, format=",.1f" if by == "month" else ".2f"),
        alt.Tooltip("median_kwh:Q", title=theirs, format=",.1f" if by == "month" else ".2f"),
        alt.Tooltip("neighbours:Q", title=t("self_service.how_many"), format=","),
    ]
    scale = alt.Scale(domain=[own, theirs, middle], range=[look.main, look.high, look.soft])
    legend = alt.Legend(title=None, orient="top", labelLimit=0, columns=1)
    color = alt.Color("what:N", scale=scale, legend=legend)
    base = alt.Chart(rows)
    bars = (
        base.transform_calculate(what=f"'{own}'")
        .mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2, opacity=0.9)
        .encode(x=x, y=alt.Y("own_kwh:Q", title=y_title), color=color, tooltip=tooltip)
    )
    spans = (
        base.transform_calculate(what=f"'{middle}'")
        .mark_bar(width=5, opacity=0.95)
        .encode(x=x, y="low_kwh:Q", y2="high_kwh:Q", color=color, tooltip=tooltip)
    )
    medians = (
        base.transform_calculate(what=f"'{theirs}'")
        .mark_tick(thickness=3, width=18)
        .encode(x=x, y="median_kwh:Q", color=color, tooltip=tooltip)
    )
    layers = [bars]
    if rows["median_kwh"].null_count() < rows.height:
        layers += [spans, medians]
    return styled(alt.layer(*layers).properties(height=280, width="container"), look)
