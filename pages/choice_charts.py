"""Charts of permitted choices: what each saves, what each costs, demand against contract."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import money_unit, power_unit

_BAR_PX, _AROUND_PX = 30, 84
_ROOM = 1.4  # of the longest bar, for the words at its end


def policy_colors(look: Look) -> dict[str, str]:
    """By policy; a retailer's package is told from what published rules allow."""
    return {
        "now": look.other,
        "basic_charge": look.main,
        "two_part": look.low,
        "time_of_use": look.soft,
        "retail": look.high,
    }


def saving_bars(savings: pl.DataFrame, words: list[str], *, look: Look = LIGHT) -> Chart:
    """What each choice saves those whom it suits, and how many they are; from ``choice_savings``.

    ``words`` names the choices, row by row.
    """
    unit = money_unit(_largest(savings["saving_cny"]))
    drawn = savings.with_columns(
        pl.Series("name", words, dtype=pl.String),
        value=pl.col("saving_cny").cast(pl.Float64) / unit.size,
        label=pl.Series(
            [
                t("choice.suits", suited=f"{suited:,}", accounts=f"{accounts:,}")
                for suited, accounts in savings.select("better_off_accounts", "accounts").rows()
            ],
            dtype=pl.String,
        ),
    )
    title = f"{t('choice.saved_together')} ({unit.symbol})"
    tooltip = [
        alt.Tooltip("name:N", title=t("choice.choice")),
        alt.Tooltip("value:Q", title=title, format=unit.number_format),
        alt.Tooltip("better_off_accounts:Q", title=t("choice.better_off"), format=",d"),
        alt.Tooltip("accounts:Q", title=t("choice.may_choose"), format=",d"),
    ]
    return _bars(drawn, title, tooltip, look)


def owed_bars(choices: pl.DataFrame, words: list[str], *, look: Look = LIGHT) -> Chart:
    """What one account would owe under each choice; its rows of ``best_choice``, named."""
    unit = money_unit(_largest(choices["owed_cny"]))
    drawn = choices.with_columns(
        pl.Series("name", words, dtype=pl.String),
        value=pl.col("owed_cny").cast(pl.Float64) / unit.size,
        label=pl.Series(
            [
                f"{owed:,.2f}" if is_now else f"{owed:,.2f} ({-saving:+,.2f})"
                for owed, saving, is_now in choices.select(
                    "owed_cny", "saving_cny", "is_now"
                ).rows()
            ],
            dtype=pl.String,
        ),
    )
    title = f"{t('choice.bill')} ({unit.symbol})"
    tooltip = [
        alt.Tooltip("name:N", title=t("choice.choice")),
        alt.Tooltip("value:Q", title=title, format=unit.number_format),
        alt.Tooltip("saving_share:Q", title=t("column.saving_share"), format=".2%"),
    ]
    return _bars(drawn, title, tooltip, look)


def _largest(amounts: pl.Series) -> float:
    return max((abs(float(one)) for one in amounts), default=0.0)


def _further(tooltip: list[alt.Tooltip]) -> list[str]:
    """Columns that only the tooltip shows; Altair takes no exact amounts."""
    shown = [str(one.shorthand).partition(":")[0] for one in tooltip]
    return [name for name in shown if name not in {"name", "value"}]


def _bars(drawn: pl.DataFrame, title: str, tooltip: list[alt.Tooltip], look: Look) -> Chart:
    """Bars in the order of the rows, coloured by policy, with ``label`` at their ends."""
    colors = policy_colors(look)
    policies = [policy for policy in colors if policy in drawn["policy"].unique().to_list()]
    named = drawn.select("policy", "name", "value", "label", *_further(tooltip)).with_columns(
        pl.col("policy").replace_strict(
            {policy: t(f"policy.{policy}") for policy in policies}, return_dtype=pl.String
        )
    )
    longest = max(drawn["value"].to_list(), default=0.0) or 1.0
    y = alt.Y(
        "name:N",
        title=None,
        sort=drawn["name"].to_list(),
        axis=alt.Axis(labelLimit=400, domain=False, ticks=False),
    )
    x = alt.X(
        "value:Q",
        title=title,
        scale=alt.Scale(domain=[0, longest * _ROOM], nice=False),
        axis=alt.Axis(format=",~f", tickCount=6),
    )
    bars = (
        alt.Chart(named)
        .mark_bar(height={"band": 0.62})
        .encode(
            y=y,
            x=x,
            color=alt.Color(
                "policy:N",
                scale=alt.Scale(
                    domain=[t(f"policy.{policy}") for policy in policies],
                    range=[colors[policy] for policy in policies],
                ),
                legend=alt.Legend(title=None, symbolType="square", labelLimit=0, columns=3),
            ),
            tooltip=tooltip,
        )
    )
    labels = (
        alt.Chart(named)
        .mark_text(align="left", dx=6, color=look.ink, fontSize=12)
        .encode(y=y, x="value:Q", text="label:N")
    )
    height = _AROUND_PX + _BAR_PX * drawn.height
    return styled(alt.layer(bars, labels).properties(height=height, width="container"), look)


def demand_bars(months: pl.DataFrame, *, look: Look = LIGHT, height: int = 280) -> Chart:
    """Each month's maximum against the contracts; from ``contract_months``."""
    highest = [months[name].max() for name in ("maximum_kw", "tolerated_kw", "contract_kw")]
    unit = power_unit(max((float(str(one)) for one in highest if one is not None), default=None))
    drawn = months.with_columns(
        pl.col("month").dt.strftime("%Y-%m"),
        (pl.col("maximum_kw", "contract_kw", "best_contract_kw", "tolerated_kw") / unit.size),
    )
    title = f"{t('choice.demand')} ({unit.symbol})"
    x = alt.X("month:N", title=None, axis=alt.Axis(labelAngle=0, grid=False, labelOverlap=True))
    lines = {
        "best_contract_kw": (t("choice.best_contract"), look.high),
        "tolerated_kw": (t("choice.tolerated"), look.low),
        "contract_kw": (t("choice.contract_now"), look.ink),
    }
    shown = {key: line for key, line in lines.items() if months[key].count()}
    names = {t("choice.maximum"): look.soft} | dict(shown.values())
    scale = alt.Scale(domain=list(names), range=list(names.values()))
    color = alt.Color(
        "series:N",
        scale=scale,
        legend=alt.Legend(title=None, symbolType="square", labelLimit=0, columns=2),
    )
    tooltip = [
        alt.Tooltip("month:N", title=t("column.months")),
        alt.Tooltip("series:N", title=t("chart.series")),
        alt.Tooltip("value:Q", title=title, format=unit.number_format),
    ]

    def of(key: str, name: str) -> pl.DataFrame:
        return drawn.select("month", pl.col(key).alias("value"), pl.lit(name).alias("series"))

    y = alt.Y("value:Q", title=title, axis=alt.Axis(format=",~f", tickCount=5))
    layers: list[alt.Chart] = [
        alt.Chart(of("maximum_kw", t("choice.maximum")))
        .mark_bar(width={"band": 0.62})
        .encode(x=x, y=y, color=color, tooltip=tooltip)
    ]
    for key, (name, _) in shown.items():
        layers.append(
            alt.Chart(of(key, name))
            .mark_tick(thickness=2.5, opacity=1, width={"band": 1.0})
            .encode(x=x, y=y, color=color, tooltip=tooltip)
        )
    return styled(alt.layer(*layers).properties(height=height, width="container"), look)
