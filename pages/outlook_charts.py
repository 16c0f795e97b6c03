"""Charts of the outlook: fans of energy and highest load, what makes demand grow, the backtest."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import Unit, energy_unit, power_unit

PART_ORDER = (
    "economy",
    "population",
    "price",
    "efficiency",
    "weather",
    "calendar",
    "vehicles",
    "heat_pumps",
    "solar",
)
_FEW_MONTHS = 36
_YEARS = alt.Axis(labelAngle=0, labelOverlap="parity")
"""Every year where there is room, every other one on a telephone."""
_PART_COLORS = {
    "economy": "#0e747e",
    "population": "#93c5ca",
    "price": "#b08968",
    "efficiency": "#4466b0",
    "weather": "#c2570c",
    "calendar": "#cbd3da",
    "vehicles": "#e0a030",
    "heat_pumps": "#a3475a",
    "solar": "#7a9a3a",
}


def outlook_fan(
    outlook: pl.DataFrame, quantity: str, *, look: Look = LIGHT, height: int = 300
) -> Chart:
    """Years ahead: the median, and the band that holds four of five draws.

    Args:
        outlook: Whole years of one scenario, from ``outlook``.
        quantity: ``energy`` or ``peak``.
        look: Colours.
        height: Of the drawing [px].
    """
    low, middle, high, start = _columns(quantity)
    unit = _unit(outlook, quantity)
    begin = outlook.head(1).select(
        pl.col("year") - 1, *(pl.col(start).alias(name) for name in (low, middle, high))
    )
    drawn = pl.concat([begin, outlook.select("year", low, middle, high)], how="vertical_relaxed")
    fan = _fan(drawn, "year:O", [low, middle, high], unit, quantity, look)
    return styled(fan.properties(height=height, width="container"), look)


def month_fan(
    outlook: pl.DataFrame,
    history: pl.DataFrame,
    quantity: str,
    *,
    look: Look = LIGHT,
    height: int = 260,
) -> Chart:
    """Months so far, and the months ahead with their band.

    Args:
        outlook: Months of one scenario, from ``outlook``.
        history: ``month`` and ``value`` [kWh or kW] of the months so far.
        quantity: ``energy`` or ``peak``.
        look: Colours.
        height: Of the drawing [px].
    """
    low, middle, high, _ = _columns(quantity)
    unit = _unit(outlook, quantity)
    fan = _fan(
        outlook.select(_instant(), low, middle, high),
        "at:T",
        [low, middle, high],
        unit,
        quantity,
        look,
    )
    before = history.select(_instant(), (pl.col("value") / unit.size).alias("value"))
    line = (
        alt.Chart(before)
        .mark_line(color=look.ink, strokeWidth=1.5)
        .encode(
            x=_time_axis(outlook.height),
            y=alt.Y("value:Q"),
            tooltip=[_month_told(), alt.Tooltip("value:Q", title=t("outlook.so_far"))],
        )
    )
    return styled(alt.layer(fan, line).properties(height=height, width="container"), look)


def growth_parts(parts: pl.DataFrame, *, look: Look = LIGHT, height: int = 300) -> Chart:
    """What adds to and takes from the base year's energy, year by year; from ``outlook_parts``."""
    known = parts.filter(pl.col("part").is_in(PART_ORDER))
    unit = energy_unit(_largest(known["energy_kwh"]))
    names = {part: t(f"outlook_part.{part}") for part in PART_ORDER}
    drawn = known.with_columns(
        pl.col("part").replace_strict(names).alias("name"),
        pl.col("part")
        .replace_strict(PART_ORDER, range(len(PART_ORDER)), return_dtype=pl.Int64)
        .alias("order"),
        (pl.col("energy_kwh") / unit.size).alias("value"),
    )
    bars = (
        alt.Chart(drawn)
        .mark_bar()
        .encode(
            x=alt.X("year:O", title=None, axis=_YEARS),
            y=alt.Y(
                "value:Q",
                title=f"{t('outlook.change_axis')} ({unit.symbol})",
                axis=alt.Axis(format="+,~f", tickCount=6),
            ),
            order=alt.Order("order:Q"),
            color=alt.Color(
                "name:N",
                scale=alt.Scale(domain=list(names.values()), range=list(_PART_COLORS.values())),
                legend=alt.Legend(title=None, symbolType="square", columns=3, labelLimit=0),
            ),
            tooltip=[
                alt.Tooltip("year:O", title=t("column.year")),
                alt.Tooltip("name:N", title=t("column.part")),
                alt.Tooltip(
                    "value:Q", title=f"{t('column.energy_kwh')} ({unit.symbol})", format="+,.3~f"
                ),
            ],
        )
    )
    zero = alt.Chart(pl.DataFrame({"zero": [0]})).mark_rule(color=look.faint).encode(y="zero:Q")
    return styled(alt.layer(bars, zero).properties(height=height, width="container"), look)


def backtest_fan(backtest: pl.DataFrame, *, look: Look = LIGHT, height: int = 240) -> Chart:
    """Months as they were foretold and as they came; from ``outlook_backtest``."""
    months = backtest.filter(pl.col("month").is_not_null())
    history = months.select("month", pl.col("energy_kwh").alias("value"))
    return month_fan(months, history, "energy", look=look, height=height)


def _columns(quantity: str) -> tuple[str, str, str, str]:
    unit = "kwh" if quantity == "energy" else "kw"
    low, middle, high = (f"{quantity}_{q}_{unit}" for q in ("p10", "p50", "p90"))
    return low, middle, high, f"base_year_{unit}"


def _unit(outlook: pl.DataFrame, quantity: str) -> Unit:
    high = _columns(quantity)[2]
    return (energy_unit if quantity == "energy" else power_unit)(_largest(outlook[high]))


def _largest(values: pl.Series) -> float:
    return float(values.abs().fill_nan(None).max() or 0)  # type: ignore[arg-type]


def _fan(  # noqa: PLR0913, PLR0917 - what is drawn, and how
    drawn: pl.DataFrame,
    across: str,
    columns: list[str],
    unit: Unit,
    quantity: str,
    look: Look,
) -> Chart:
    """The band from P10 to P90 and the median in it, colours and sizes left open."""
    scaled = drawn.with_columns(
        (pl.col(old) / unit.size).alias(new)
        for old, new in zip(columns, ("low", "middle", "high"), strict=True)
    )
    is_time = across.endswith(":T")
    x = _time_axis(drawn.height) if is_time else alt.X(across, title=None, axis=_YEARS)
    title = f"{t(f'outlook.{quantity}')} ({unit.symbol})"
    told = [_month_told()] if is_time else [alt.Tooltip(across, title=t("column.year"))]
    tooltip = [
        *told,
        *(
            alt.Tooltip(f"{name}:Q", title=f"{words} ({unit.symbol})", format=",.4~r")
            for name, words in (("middle", "P50"), ("low", "P10"), ("high", "P90"))
        ),
    ]
    base = alt.Chart(scaled).encode(x=x)
    scale = alt.Scale(zero=False, nice=True)
    axis = alt.Axis(format=",~r", tickCount=5)
    band = base.mark_area(color=look.soft, opacity=0.45).encode(
        y=alt.Y("low:Q", title=title, scale=scale, axis=axis), y2="high:Q", tooltip=tooltip
    )
    line = base.mark_line(color=look.main, strokeWidth=2, point=not is_time).encode(
        y=alt.Y("middle:Q", title=title, scale=scale, axis=axis), tooltip=tooltip
    )
    return alt.layer(band, line)


def _instant() -> pl.Expr:
    return pl.col("month").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC").alias("at")


def _time_axis(months: int) -> alt.X:
    """Months by name where they are few, else years."""
    named = "%Y-%m" if months <= _FEW_MONTHS else "%Y"
    ticks = 6 if months <= _FEW_MONTHS else "year"
    return alt.X(
        "at:T",
        title=None,
        scale=alt.Scale(type="utc", nice=False),
        axis=alt.Axis(format=named, tickCount=ticks, grid=False),
    )


def _month_told() -> alt.Tooltip:
    return alt.Tooltip("utcyearmonth(at):T", title=t("column.month"), format="%Y-%m")
