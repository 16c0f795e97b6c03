"""Charts of a bill: the month's curve by period, the months before, and why it differs."""

from datetime import date

import altair as alt
import polars as pl

from pages.bill_words import money
from pages.charts import LIGHT, Chart, Look, styled
from pages.dials import PERIOD_COLORS, word
from pages.text import t
from pages.units import energy_unit, money_unit, power_unit

_HOUR_MS = 3_600_000


def period_curve(curve: pl.DataFrame, *, look: Look = LIGHT, height: int = 220) -> Chart:
    """The load of a month, hour by hour, in the colours of its periods; from ``bill_curve``."""
    unit = power_unit(_largest(curve, "load_kw"))
    found = [one for one in PERIOD_COLORS if one in curve["period"].drop_nulls().unique()]
    others = [
        one
        for one in curve["period"].drop_nulls().unique(maintain_order=True)
        if one not in PERIOD_COLORS
    ]
    colors = {
        word("period_of_day", one): PERIOD_COLORS.get(one, look.other) for one in (*found, *others)
    }
    names = {one: word("period_of_day", one) for one in (*found, *others)}
    plain = t("chart.load")
    start = pl.col("local_start").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")
    drawn = curve.select(
        start.alias("at"),
        start.dt.offset_by("1h").dt.truncate("1h").alias("until"),
        (pl.col("load_kw") / unit.size).alias("value"),
        pl.col("period").replace_strict(names, default=plain, return_dtype=pl.String),
    )
    title = f"{plain} ({unit.symbol})"
    bars = (
        alt.Chart(drawn)
        .mark_rect()
        .encode(
            x=alt.X(
                "at:T",
                title=None,
                scale=alt.Scale(type="utc"),
                axis=alt.Axis(format=t("chart.format_day"), grid=False, tickCount=9),
            ),
            x2="until:T",
            y=alt.Y("value:Q", title=title, axis=alt.Axis(format=",~f", tickCount=5)),
            y2=alt.datum(0),
            color=alt.Color(
                "period:N",
                scale=alt.Scale(
                    domain=list(colors) or [plain], range=list(colors.values()) or [look.main]
                ),
                legend=alt.Legend(title=None, symbolType="square") if colors else None,
            ),
            tooltip=[
                alt.Tooltip(
                    "utcyearmonthdatehoursminutes(at):T",
                    title=t("chart.time"),
                    format=t("chart.format_moment"),
                ),
                alt.Tooltip("period:N", title=t("column.period")),
                alt.Tooltip("value:Q", title=title, format=unit.number_format),
            ],
        )
    )
    return _finish(bars, look, height)


def month_bars(
    history: pl.DataFrame, value: str, month: date, *, look: Look = LIGHT, height: int = 190
) -> Chart:
    """``energy_kwh`` or ``amount_cny`` of the months of ``bill_history``; the chosen one strong."""
    largest = _largest(history, value)
    unit = money_unit(largest) if value.endswith("_cny") else energy_unit(largest)
    kinds = [t("bill.other_months"), t("bill.this_month"), t("bill.provisional")]
    kind = (
        pl.when(pl.col("month") == month)
        .then(pl.lit(kinds[1]))
        .when(pl.col("is_provisional").fill_null(value=False))
        .then(pl.lit(kinds[2]))
        .otherwise(pl.lit(kinds[0]))
    )
    drawn = history.select(
        pl.col("month").dt.strftime("%Y-%m").alias("month"),
        (pl.col(value).cast(pl.Float64) / unit.size).alias("value"),
        kind.alias("kind"),
    )
    title = f"{t(f'bill.history_{value}')} ({unit.symbol})"
    bars = (
        alt.Chart(drawn)
        .mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2)
        .encode(
            x=alt.X(
                "month:O",
                title=None,
                axis=alt.Axis(labelAngle=0, labelOverlap=True, labelSeparation=8),
                scale=alt.Scale(paddingInner=0.25),
            ),
            y=alt.Y("value:Q", title=title, axis=alt.Axis(format=",~f", tickCount=4)),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=[look.soft, look.main, look.other]),
                legend=alt.Legend(title=None, symbolType="square"),
            ),
            tooltip=[
                alt.Tooltip("month:O", title=t("bill.month")),
                alt.Tooltip("value:Q", title=title, format=",.2f"),
                alt.Tooltip("kind:N", title=t("chart.series")),
            ],
        )
    )
    return _finish(bars, look, height)


def change_bars(bars: pl.DataFrame, before: str, after: str, *, look: Look = LIGHT) -> Chart:
    """From one bill to the other, a bar a step, downwards; from ``bill_waterfall.waterfall``."""
    names = {"before": before, "after": after}
    steps = [names.get(one) or t(f"bill_step.{one}") for one in bars["step"]]
    is_end = pl.col("step").is_in(list(names))
    amount = pl.col("amount_cny")
    begin, end = (pl.col(name).cast(pl.Float64) for name in ("from_cny", "until_cny"))
    drawn = bars.select(
        pl.Series("name", steps),
        begin.alias("from"),
        end.alias("until"),
        pl.max_horizontal(begin, end).alias("edge"),
        pl.when(is_end)
        .then(pl.lit(look.main))
        .when(amount > 0)
        .then(pl.lit(look.high))
        .otherwise(pl.lit(look.low))
        .alias("color"),
        pl.Series(
            "text",
            [
                money(value, with_sign=step not in names)
                for step, value in bars.select("step", "amount_cny").rows()
            ],
        ),
    )
    title = f"{t('bill.amount')} ({t('unit.cny')})"
    base = alt.Chart(drawn).encode(
        y=alt.Y("name:N", sort=steps, title=None, axis=alt.Axis(labelLimit=130, ticks=False))
    )
    blocks = base.mark_bar(size=18).encode(
        x=alt.X("from:Q", title=title, axis=alt.Axis(format=",~f", tickCount=4)),
        x2="until:Q",
        color=alt.Color("color:N", scale=None),
        tooltip=[
            alt.Tooltip("name:N", title=t("bill.step")),
            alt.Tooltip("text:N", title=t("bill.amount")),
        ],
    )
    labels = base.mark_text(dx=6, align="left", fontSize=12, color=look.ink).encode(
        x="edge:Q", text="text:N"
    )
    # Room for the words behind the longest bar.
    room = (
        alt.Chart(drawn.select(pl.col("edge").max() * 1.28))
        .mark_point(opacity=0)
        .encode(x="edge:Q")
    )
    return _finish(alt.layer(room, blocks, labels), look, 30 * bars.height)


def _largest(frame: pl.DataFrame, column: str) -> float | None:
    values = frame[column].drop_nulls().cast(pl.Float64).abs()
    return None if values.is_empty() else float(values.max())  # type: ignore[arg-type]


def _finish(chart: alt.Chart | Chart, look: Look, height: int) -> Chart:
    layers = chart if isinstance(chart, alt.LayerChart) else alt.layer(chart)
    return styled(layers.properties(height=height, width="container"), look)
