"""Charts of new business: by kind and area with ranges, and what one assumption moves."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import energy_unit, money_unit

_ROW_PX, _AROUND_PX = 26, 84  # a row of a ranking; its axis and legend


def potential_bars(rows: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """Yearly value with its range, a row each; from ``potential`` with ``label``."""
    largest = rows.select(pl.max_horizontal(pl.col("value_cny", "value_high_cny").abs().max()))
    unit = money_unit(largest.item())
    energy = energy_unit(_most(rows["energy_kwh"]))
    drawn = rows.with_columns(
        *(
            (pl.col(f"value{which}_cny") / unit.size).alias(f"value{which}")
            for which in ("", "_low", "_high")
        ),
        (pl.col("energy_kwh") / energy.size).alias("energy"),
        (pl.col("value_cny") >= 0).alias("gains"),
    )
    title = f"{t('potential.value')} ({unit.symbol}{t('potential.a_year')})"
    base = alt.Chart(drawn).encode(
        y=alt.Y(
            "label:N",
            title=None,
            sort=drawn["label"].to_list(),
            axis=alt.Axis(labelLimit=240, domain=False, ticks=False),
        ),
        tooltip=[
            alt.Tooltip("label:N", title=t("column.name")),
            alt.Tooltip("value:Q", title=title, format=",.3f"),
            alt.Tooltip("value_low:Q", title=t("column.low"), format=",.3f"),
            alt.Tooltip("value_high:Q", title=t("column.high"), format=",.3f"),
            alt.Tooltip(
                "energy:Q",
                title=f"{t('column.energy_kwh')} ({energy.symbol}{t('potential.a_year')})",
                format=",.3f",
            ),
        ],
    )
    axis = alt.Axis(format=",~f", tickCount=6)
    bars = base.mark_bar(cornerRadius=2, height=16).encode(
        x=alt.X("value:Q", title=title, axis=axis),
        color=alt.condition("datum.gains", alt.value(look.main), alt.value(look.high)),
    )
    spans = base.mark_rule(color=look.ink, strokeWidth=1.25, opacity=0.7).encode(
        x=alt.X("value_low:Q"), x2=alt.X2("value_high:Q")
    )
    zero = alt.Chart(pl.DataFrame({"at": [0.0]})).mark_rule(color=look.faint).encode(x="at:Q")
    height = _ROW_PX * max(drawn.height, 1) + _AROUND_PX
    return styled(alt.layer(bars, spans, zero).properties(height=height, width="container"), look)


def assumption_swings(steps: pl.DataFrame, value_cny: float, *, look: Look = LIGHT) -> Chart:
    """What each assumption alone moves, the largest first; from ``potential_steps``, ``label``."""
    ends = ("value_at_low_cny", "value_at_high_cny")
    swings = (
        steps.drop_nulls(list(ends))
        .with_columns((pl.col(ends[0]) - pl.col(ends[1])).abs().alias("swing"))
        .filter(pl.col("swing") > 0)
        .sort("swing", descending=True)
    )
    unit = money_unit(_most(pl.concat([swings[one] for one in ends])))
    names = {ends[0]: t("potential.at_low"), ends[1]: t("potential.at_high")}
    drawn = (
        swings.select("label", *ends)
        .unpivot(list(ends), index="label", variable_name="end")
        .with_columns(pl.col("value") / unit.size, pl.col("end").replace(names))
        .with_columns(pl.lit(value_cny / unit.size).alias("base"))
    )
    title = f"{t('potential.value')} ({unit.symbol}{t('potential.a_year')})"
    bars = (
        alt.Chart(drawn)
        .mark_bar(cornerRadius=2, height=16)
        .encode(
            y=alt.Y(
                "label:N",
                title=None,
                sort=swings["label"].to_list(),
                axis=alt.Axis(labelLimit=240, domain=False, ticks=False),
            ),
            x=alt.X(
                "base:Q",
                title=title,
                scale=alt.Scale(zero=False),
                axis=alt.Axis(format=",~f", tickCount=6),
            ),
            x2=alt.X2("value:Q"),
            color=alt.Color(
                "end:N",
                scale=alt.Scale(domain=list(names.values()), range=[look.low, look.high]),
                legend=alt.Legend(title=None, symbolType="square"),
            ),
            tooltip=[
                alt.Tooltip("label:N", title=t("column.step")),
                alt.Tooltip("end:N", title=t("potential.end")),
                alt.Tooltip("value:Q", title=title, format=",.3f"),
            ],
        )
    )
    height = _ROW_PX * max(swings.height, 1) + _AROUND_PX
    return styled(alt.layer(bars).properties(height=height, width="container"), look)


def _most(values: pl.Series) -> float | None:
    largest = values.abs().max()
    return float(largest) if isinstance(largest, int | float) else None


def compared_bars(rows: pl.DataFrame, labels: list[str], *, look: Look = LIGHT) -> Chart:
    """Value under two scenarios with ranges; from ``potential_compared`` with ``label``."""
    largest = rows.select(
        pl.max_horizontal(pl.col("value_high_cny", "other_value_high_cny").abs().max())
    )
    unit = money_unit(largest.item())
    drawn = pl.concat(
        rows.select(
            "label",
            pl.lit(label).alias("scenario"),
            *(
                (pl.col(f"{before}value{which}_cny") / unit.size).alias(f"value{which}")
                for which in ("", "_low", "_high")
            ),
        )
        for before, label in (("", labels[0]), ("other_", labels[1]))
    )
    title = f"{t('potential.value')} ({unit.symbol}{t('potential.a_year')})"
    base = alt.Chart(drawn).encode(
        y=alt.Y(
            "label:N",
            title=None,
            sort=rows["label"].to_list(),
            axis=alt.Axis(labelLimit=240, domain=False, ticks=False),
        ),
        yOffset=alt.YOffset("scenario:N", sort=labels),
        tooltip=[
            alt.Tooltip("label:N", title=t("column.name")),
            alt.Tooltip("scenario:N", title=t("scenario.button")),
            alt.Tooltip("value:Q", title=title, format=",.3f"),
            alt.Tooltip("value_low:Q", title=t("column.low"), format=",.3f"),
            alt.Tooltip("value_high:Q", title=t("column.high"), format=",.3f"),
        ],
    )
    bars = base.mark_bar().encode(
        x=alt.X("value:Q", title=title, axis=alt.Axis(tickCount=5)),
        color=alt.Color(
            "scenario:N",
            scale=alt.Scale(domain=labels, range=[look.main, look.high]),
            legend=alt.Legend(title=None, symbolType="square", labelLimit=240),
        ),
    )
    spans = base.mark_rule(color=look.ink, strokeWidth=1.5, opacity=0.6).encode(
        x=alt.X("value_low:Q"), x2=alt.X2("value_high:Q")
    )
    height = 2 * _ROW_PX * max(rows.height, 1) + _AROUND_PX
    return styled(alt.layer(bars, spans).properties(height=height, width="container"), look)
