"""Charts of a simulation of tariffs: how bills change, who wins and loses, what brings it in."""

from collections.abc import Mapping

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.dials import PERIOD_COLORS, word
from pages.text import t
from pages.units import money_unit

_PALETTE = (
    *("#0e747e", "#e08a1e", "#5b8fd0", "#a3271f", "#7a5ea8", "#6a9a4b"),
    *("#b9c4cc", "#25437c", "#c98aa6", "#8c6d46"),
)
_BAR_PX, _AROUND_PX, _MOST_GROUPS = 32, 90, 20
_LABELS_AT = 1.38  # right of all bars
_NARROWEST, _WIDE = 0.01, 0.06  # of a distribution: drawn at least; from which on whole per cents


def change_bars(
    changes: pl.DataFrame, names: Mapping[str, str], chosen: str, *, look: Look = LIGHT
) -> Chart:
    """How many accounts pay how much more or less; from ``simulation_changes``.

    The chosen tariff is drawn as bars, falling bills in another colour than rising ones; the
    others as steps over them.
    """
    named = changes.with_columns(
        pl.col("tariff").replace_strict(dict(names), return_dtype=pl.String).alias("name"),
        middle=(pl.col("from_share") + pl.col("until_share")) / 2,
    )
    shown = named.filter(pl.col("tariff") == chosen).with_columns(
        side=pl.when(pl.col("middle").abs() < 1e-9)
        .then(pl.lit(t("lab.hardly")))
        .when(pl.col("middle") < 0)
        .then(pl.lit(t("lab.pays_less")))
        .otherwise(pl.lit(t("lab.pays_more")))
    )
    sides = {
        t("lab.pays_less"): look.low,
        t("lab.hardly"): look.other,
        t("lab.pays_more"): look.high,
    }
    widest = _widest(named)
    x = alt.X(
        "from_share:Q",
        title=t("lab.change_of_bill"),
        scale=alt.Scale(domain=[-widest, widest], nice=False),
        axis=alt.Axis(format="+.0%" if widest > _WIDE else "+.1%", grid=False, tickCount=9),
    )
    y = alt.Y("accounts:Q", title=t("lab.accounts"), axis=alt.Axis(format=",d", tickCount=5))
    tooltip = [
        alt.Tooltip("name:N", title=t("lab.tariff")),
        alt.Tooltip("from_share:Q", title=t("lab.from_share"), format="+.2%"),
        alt.Tooltip("until_share:Q", title=t("lab.until_share"), format="+.2%"),
        alt.Tooltip("accounts:Q", title=t("lab.accounts"), format=",d"),
        alt.Tooltip("accounts_share:Q", title=t("lab.accounts_share"), format=".1%"),
    ]
    bars = (
        alt.Chart(shown)
        .mark_rect(stroke=look.background, strokeWidth=1)
        .encode(
            x=x,
            x2="until_share:Q",
            y=y,
            y2=alt.datum(0),
            color=alt.Color(
                "side:N",
                scale=alt.Scale(domain=list(sides), range=list(sides.values())),
                legend=alt.Legend(title=None, symbolType="square"),
            ),
            tooltip=tooltip,
        )
    )
    zero = alt.Chart(pl.DataFrame({"x": [0.0]})).mark_rule(color=look.faint).encode(x="x:Q")
    layers: list[alt.Chart] = [bars, zero]
    others = named.filter(pl.col("tariff") != chosen)
    if not others.is_empty():
        layers.append(_other_lines(others, tooltip))
    layered = alt.layer(*layers).resolve_scale(color="independent")
    return styled(layered.properties(height=280, width="container"), look)


def _other_lines(others: pl.DataFrame, tooltip: list[alt.Tooltip]) -> alt.Chart:
    names = others["name"].unique(maintain_order=True).to_list()
    return (
        alt.Chart(others)
        .mark_point(filled=True, size=45, opacity=0.9)
        .encode(
            x="middle:Q",
            y="accounts:Q",
            shape=alt.Shape("name:N", legend=None),
            color=alt.Color(
                "name:N",
                scale=alt.Scale(domain=names, range=list(_PALETTE[4:8])[: len(names)]),
                legend=alt.Legend(title=None, symbolType="circle", labelLimit=0),
            ),
            tooltip=tooltip,
        )
    )


def _widest(changes: pl.DataFrame) -> float:
    """How far bins reach to either side."""
    ends = pl.concat([changes["from_share"], changes["until_share"]]).abs().max()
    return max(ends, _NARROWEST) if isinstance(ends, float) else _NARROWEST


def winners_and_losers(
    groups: pl.DataFrame, words: Mapping[str, str], *, look: Look = LIGHT
) -> Chart:
    """Accounts of every group that win to the left, that lose to the right.

    From ``simulation_groups`` of one tariff; ``words`` names the groups. The mean change of the
    bills of a group stands at its end. Groups beyond the largest twenty are left out.
    """
    largest = groups.sort("accounts", descending=True).head(_MOST_GROUPS)
    drawn = largest.with_columns(
        pl.col("group").replace_strict(dict(words), return_dtype=pl.String).alias("name"),
        left=-pl.col("winners") / pl.col("accounts"),
        right=pl.col("losers") / pl.col("accounts"),
        mean=pl.col("change_share").map_elements("{:+.1%}".format, return_dtype=pl.String),
    )
    sides = {t("lab.pays_less"): look.low, t("lab.pays_more"): look.high}
    long = pl.concat(
        drawn.select(
            *("name", "accounts", "winners", "losers", "unchanged", "change_share"),
            pl.col(share).alias("share"),
            pl.lit(side).alias("side"),
            pl.col(count).alias("count"),
        )
        for share, count, side in (
            ("left", "winners", t("lab.pays_less")),
            ("right", "losers", t("lab.pays_more")),
        )
    )
    order = list(words.values())
    y = alt.Y(
        "name:N", title=None, sort=order, axis=alt.Axis(labelLimit=230, domain=False, ticks=False)
    )
    bars = (
        alt.Chart(long)
        .mark_bar(height={"band": 0.62})
        .encode(
            y=y,
            x=alt.X(
                "share:Q",
                title=t("lab.share_of_accounts"),
                scale=alt.Scale(domain=[-1, _LABELS_AT], nice=False),
                axis=alt.Axis(
                    values=[-1, -0.5, 0, 0.5, 1],
                    labelExpr="format(abs(datum.value), '.0%')",
                ),
            ),
            color=alt.Color(
                "side:N",
                scale=alt.Scale(domain=list(sides), range=list(sides.values())),
                legend=alt.Legend(title=None, symbolType="square"),
            ),
            tooltip=[
                alt.Tooltip("name:N", title=t("lab.group")),
                alt.Tooltip("winners:Q", title=t("lab.pays_less"), format=",d"),
                alt.Tooltip("losers:Q", title=t("lab.pays_more"), format=",d"),
                alt.Tooltip("unchanged:Q", title=t("lab.stays"), format=",d"),
                alt.Tooltip("change_share:Q", title=t("lab.mean_change"), format="+.2%"),
            ],
        )
    )
    labels = (
        alt.Chart(drawn.select("name", "mean"))
        .mark_text(align="right", color=look.ink, fontSize=12)
        .encode(y=y, x=alt.datum(_LABELS_AT), text="mean:N")
    )
    height = _AROUND_PX + _BAR_PX * drawn.height
    return styled(alt.layer(bars, labels).properties(height=height, width="container"), look)


def revenue_bars(
    revenue: pl.DataFrame, names: Mapping[str, str], by: str, *, look: Look = LIGHT
) -> Chart:
    """What revenue consists of, a bar a tariff; from ``simulation_revenue``.

    Args:
        revenue: The answer.
        names: Of the tariffs, what holds now among them, in the order of the bars.
        by: ``component`` or ``period``.
        look: Colours.
    """
    words = {
        code: t(f"component.{code}") if by == "component" else _period(code)
        for code in revenue[by].unique(maintain_order=True)
    }
    sums = revenue.group_by("tariff", by, maintain_order=True).agg(
        pl.col("revenue_cny").cast(pl.Float64).sum(), pl.col("quantity").sum()
    )
    total = sums.group_by("tariff").agg(pl.col("revenue_cny").sum())["revenue_cny"].max()
    unit = money_unit(total if isinstance(total, float) else None)
    drawn = sums.with_columns(
        pl.col("tariff").replace_strict(dict(names), return_dtype=pl.String).alias("name"),
        pl.col(by).replace_strict(words, return_dtype=pl.String).alias("part"),
        value=pl.col("revenue_cny") / unit.size,
        place=pl.col(by).replace_strict(
            {code: place for place, code in enumerate(words)}, return_dtype=pl.Int64
        ),
    )
    title = f"{t('lab.revenue')} ({unit.symbol})"
    bars = (
        alt.Chart(drawn)
        .mark_bar(height={"band": 0.62}, stroke=look.background, strokeWidth=0.5)
        .encode(
            y=alt.Y(
                "name:N",
                title=None,
                sort=list(names.values()),
                axis=alt.Axis(labelLimit=230, domain=False, ticks=False),
            ),
            x=alt.X("value:Q", title=title, stack="zero", axis=alt.Axis(format=",~f", tickCount=6)),
            order="place:Q",
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=list(words.values()), range=_colors(words, by, look)),
                legend=alt.Legend(title=None, symbolType="square", columns=8, labelLimit=0),
            ),
            tooltip=[
                alt.Tooltip("name:N", title=t("lab.tariff")),
                alt.Tooltip("part:N", title=t(f"lab.by_{by}")),
                alt.Tooltip("value:Q", title=title, format=unit.number_format),
            ],
        )
    )
    height = _AROUND_PX + 1.2 * _BAR_PX * len(names)
    return styled(alt.layer(bars).properties(height=height, width="container"), look)


def _period(code: str | None) -> str:
    return t("lab.any_hour") if code is None else word("period_of_day", code)


def _colors(words: Mapping[str, str], by: str, look: Look) -> list[str]:
    if by == "period":
        return [PERIOD_COLORS.get(code, look.main) for code in words]
    return list(_PALETTE[: len(words)])
