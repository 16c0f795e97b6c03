"""The chart of packages: what the utility's net is made of, what comes in and what goes out."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import money_unit

_PARTS = {
    "avoided": ("avoided_cny", 1),
    "peak": ("peak_cny", 1),
    "forgone": ("forgone_cny", -1),
    "earned": ("earned_cny", -1),
    "others_given": ("others_cny", -1),
    "riders_given": ("cannibalised_cny", -1),
    "cost": ("cost_cny", -1),
    "net": ("utility_cny", 1),
}
"""Columns of ``package_summary`` and their sign in the utility's account."""
_ROW_PX, _AROUND_PX = 30, 70


def package_account(whole: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """The parts of a package's account, and what is left; the row for all of its summary."""
    row = whole.row(0, named=True)
    values = {name: sign * row[column] for name, (column, sign) in _PARTS.items()}
    unit = money_unit(max(abs(value) for value in values.values()))
    names = {name: t(f"package.{name}") for name in _PARTS}
    drawn = pl.DataFrame(
        {
            "part": list(names.values()),
            "value": [value / unit.size for value in values.values()],
            "kind": [_kind(name, value) for name, value in values.items()],
        }
    )
    title = t("package.account_axis", unit=unit.symbol)
    bars = (
        alt.Chart(drawn)
        .mark_bar(cornerRadius=2)
        .encode(
            y=alt.Y(
                "part:N",
                title=None,
                sort=list(names.values()),
                axis=alt.Axis(labelLimit=220, domain=False, ticks=False),
            ),
            x=alt.X("value:Q", title=title, axis=alt.Axis(format=",~f", tickCount=6)),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(
                    domain=["in", "out", "riders", "net"],
                    range=[look.low, look.other, look.high, look.main],
                ),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("part:N", title=t("package.account")),
                alt.Tooltip("value:Q", title=title, format=",.2f"),
            ],
        )
    )
    height = _ROW_PX * drawn.height + _AROUND_PX
    return styled(alt.layer(bars).properties(height=height, width="container"), look)


def _kind(name: str, value: float) -> str:
    if name == "net":
        return "net"
    if name == "riders_given":
        return "riders"
    return "in" if value >= 0 else "out"
