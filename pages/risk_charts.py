"""Charts of revenue at risk: parts of it by group, arrears against growth, concentration."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import money_unit

_ROW_PX, _AROUND_PX = 26, 80
_PARTS = ("overdue_cny", "expected_late_cny")


def risk_bars(groups: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """What is overdue and what is expected to come late, by group; answers of ``risk``, named."""
    largest = groups["at_risk_cny"].max()
    unit = money_unit(float(largest) if isinstance(largest, int | float) else None)
    words = {part: t(f"column.{part}") for part in _PARTS}
    parts = (
        groups.select("name", pl.col(_PARTS).cast(pl.Float64) / unit.size)
        .unpivot(_PARTS, index="name", variable_name="part", value_name="value")
        .with_columns(pl.col("part").replace(words), order=pl.col("part").rank("dense"))
    )
    title = f"{t('risk.at_risk')} ({unit.symbol})"
    order = groups["name"].to_list()
    bars = (
        alt.Chart(parts)
        .mark_bar(cornerRadius=2)
        .encode(
            y=alt.Y(
                "name:N",
                title=None,
                sort=order,
                axis=alt.Axis(labelLimit=200, domain=False, ticks=False),
            ),
            x=alt.X("sum(value):Q", title=title, axis=alt.Axis(format=",~f", tickCount=5)),
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=list(words.values()), range=[look.high, look.soft]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            tooltip=[
                alt.Tooltip("name:N", title=t("column.name")),
                alt.Tooltip("part:N", title=t("risk.part")),
                alt.Tooltip("value:Q", title=title, format=unit.number_format),
            ],
        )
    )
    height = _ROW_PX * max(groups.height, 1) + _AROUND_PX
    return styled(alt.layer(bars).properties(height=height, width="container"), look)


def trend_points(groups: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """Each group by growth of its use and the overdue share of its bills, as large as those."""
    unit = money_unit(float(groups["year_billed_cny"].max() or 0))  # type: ignore[arg-type]
    drawn = groups.drop_nulls(["use_change_share", "overdue_share"]).with_columns(
        billed=pl.col("year_billed_cny").cast(pl.Float64) / unit.size
    )
    title = f"{t('column.year_billed_cny')} ({unit.symbol})"
    points = (
        alt.Chart(drawn)
        .mark_circle(color=look.main, opacity=0.75)
        .encode(
            x=alt.X(
                "use_change_share:Q",
                title=t("column.use_change_share"),
                axis=alt.Axis(format="+.1%", tickCount=5),
            ),
            y=alt.Y(
                "overdue_share:Q",
                title=t("column.overdue_share"),
                axis=alt.Axis(format=".1%", tickCount=5),
            ),
            size=alt.Size("billed:Q", legend=None, scale=alt.Scale(range=[60, 900])),
            tooltip=[
                alt.Tooltip("name:N", title=t("column.name")),
                alt.Tooltip(
                    "use_change_share:Q", title=t("column.use_change_share"), format="+.1%"
                ),
                alt.Tooltip("overdue_share:Q", title=t("column.overdue_share"), format=".2%"),
                alt.Tooltip("billed:Q", title=title, format=unit.number_format),
            ],
        )
    )
    zero = alt.Chart(pl.DataFrame({"at": [0.0]})).mark_rule(color=look.faint).encode(x="at:Q")
    return styled(alt.layer(zero, points).properties(height=320, width="container"), look)


def concentration_curve(accounts: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """Share of revenue of the largest accounts, against their share of all; Lorenz's curve."""
    axis = alt.Axis(format=".0%", tickCount=5)
    base = alt.Chart(accounts.select("rank", "accounts_share", "cumulative_share", "customer_id"))
    line = base.mark_line(color=look.main, strokeWidth=2).encode(
        x=alt.X("accounts_share:Q", title=t("risk.largest_accounts"), axis=axis),
        y=alt.Y("cumulative_share:Q", title=t("risk.cumulative"), axis=axis),
        tooltip=[
            alt.Tooltip("rank:Q", title=t("column.rank"), format=","),
            alt.Tooltip("accounts_share:Q", title=t("risk.largest_accounts"), format=".1%"),
            alt.Tooltip("cumulative_share:Q", title=t("risk.cumulative"), format=".1%"),
        ],
    )
    even = pl.DataFrame({"accounts_share": [0.0, 1.0], "cumulative_share": [0.0, 1.0]})
    equal = (
        alt.Chart(even)
        .mark_line(color=look.faint, strokeDash=[4, 4])
        .encode(x="accounts_share:Q", y="cumulative_share:Q")
    )
    return styled(alt.layer(equal, line).properties(height=320, width="container"), look)


def exposure_bars(exposure: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """Energy and revenue shares by how electricity is bought; rows named."""
    words = {name: t(f"column.{name}") for name in ("energy_share", "revenue_share")}
    drawn = (
        exposure.select("name", *words)
        .unpivot(list(words), index="name", variable_name="what", value_name="share")
        .with_columns(pl.col("what").replace(words))
    )
    bars = (
        alt.Chart(drawn)
        .mark_bar(cornerRadius=2)
        .encode(
            y=alt.Y(
                "name:N",
                title=None,
                sort=exposure["name"].to_list(),
                axis=alt.Axis(labelLimit=200, domain=False, ticks=False),
            ),
            yOffset=alt.YOffset("what:N", sort=list(words.values())),
            x=alt.X("share:Q", title=None, axis=alt.Axis(format=".0%", tickCount=5)),
            color=alt.Color(
                "what:N",
                scale=alt.Scale(domain=list(words.values()), range=[look.main, look.soft]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            tooltip=[
                alt.Tooltip("name:N", title=t("risk.purchase")),
                alt.Tooltip("what:N", title=t("risk.part")),
                alt.Tooltip("share:Q", title=t("risk.share"), format=".1%"),
            ],
        )
    )
    return styled(alt.layer(bars).properties(height=260, width="container"), look)
