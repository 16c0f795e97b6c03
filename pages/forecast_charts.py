"""Charts of forecasts: bands, what came of them, errors by day, what drives a day."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import Unit, power_unit
from queries.forecasting.foretell import DRIVERS

_BANDS = ("low_80_kw", "high_80_kw", "low_95_kw", "high_95_kw")
_EFFECTS = DRIVERS[1:]
_ACTUAL = "actual"
_PART_COLORS = {
    "calendar": "#4466b0",
    "recent": "#0e747e",
    "temperature": "#c2570c",
    "rest": "#cbd3da",
}


def forecast_fan(curve: pl.DataFrame, *, look: Look = LIGHT, height: int = 320) -> Chart:
    """The forecast with the bands that hold four of five and nineteen of twenty values.

    Args:
        curve: From ``forecast_curve``, or ``forecast_against_actual`` with what came.
        look: Colours.
        height: Of the drawing [px].
    """
    unit = _unit(curve)
    drawn = _scaled(curve, unit)
    x = _time(drawn)
    title = f"{t('forecast.load')} ({unit.symbol})"
    y = alt.Scale(zero=False, nice=True)
    axis = alt.Axis(format=",~r", tickCount=6)
    base = alt.Chart(drawn).encode(x=x)
    told = [
        _moment(),
        *(
            alt.Tooltip(f"{name}:Q", title=words, format=unit.number_format)
            for name, words in _told(drawn).items()
        ),
    ]
    layers = [
        base.mark_area(color=look.soft, opacity=0.3).encode(
            y=alt.Y("low_95_kw:Q", title=title, scale=y, axis=axis), y2="high_95_kw:Q"
        ),
        base.mark_area(color=look.soft, opacity=0.55).encode(
            y=alt.Y("low_80_kw:Q", title=title, scale=y, axis=axis), y2="high_80_kw:Q"
        ),
        base.mark_line(color=look.main, strokeWidth=2).encode(
            y=alt.Y("load_kw:Q", title=title, scale=y, axis=axis), tooltip=told
        ),
    ]
    if "actual_kw" in drawn.columns:
        layers.append(
            base.mark_line(color=look.high, strokeWidth=1.5).encode(
                y=alt.Y("actual_kw:Q", title=title, scale=y, axis=axis), tooltip=told
            )
        )
    return styled(alt.layer(*layers).properties(height=height, width="container"), look)


def meter_lines(curve: pl.DataFrame, *, look: Look = LIGHT, height: int = 260) -> Chart:
    """Load of chosen meters hour by hour; with its band if it is one; from ``forecast_meters``."""
    unit = _unit(curve)
    drawn = _scaled(curve, unit)
    y = {
        "title": f"{t('forecast.load')} ({unit.symbol})",
        "axis": alt.Axis(format=",~r", tickCount=5),
    }
    told = {name: text for name, text in _told(drawn).items() if drawn[name].count() > 0}
    base = alt.Chart(drawn).encode(x=_time(drawn))
    line = base.mark_line(color=look.main, strokeWidth=2).encode(
        y=alt.Y("load_kw:Q", **y),
        tooltip=[
            _moment(),
            *(
                alt.Tooltip(f"{name}:Q", title=text, format=unit.number_format)
                for name, text in told.items()
            ),
        ],
    )
    layers = [line]
    if "low_80_kw" in told:
        band = base.mark_area(color=look.soft, opacity=0.55)
        layers.insert(0, band.encode(y=alt.Y("low_80_kw:Q", **y), y2="high_80_kw:Q"))
    return styled(alt.layer(*layers).properties(height=height, width="container"), look)


def temperature_line(curve: pl.DataFrame, *, look: Look = LIGHT, height: int = 120) -> Chart:
    """The temperature behind the forecast; from ``forecast_curve``."""
    drawn = curve.select(_instant(), "temperature_c")
    line = (
        alt.Chart(drawn)
        .mark_line(color=look.high, strokeWidth=1.5)
        .encode(
            x=_time(drawn),
            y=alt.Y(
                "temperature_c:Q",
                title="°C",
                scale=alt.Scale(zero=False),
                axis=alt.Axis(tickCount=4),
            ),
            tooltip=[
                _moment(),
                alt.Tooltip("temperature_c:Q", title=t("forecast.temperature_axis"), format=".1f"),
            ],
        )
    )
    return styled(alt.layer(line).properties(height=height, width="container"), look)


def accuracy_lines(days: pl.DataFrame, *, look: Look = LIGHT, height: int = 220) -> Chart:
    """The error of each day, of the forecast and of the naive ones; from ``forecast_accuracy``."""
    names = {
        "mape_share": t("model.production"),
        "naive_168h_mape_share": t("model.naive_168h"),
        "naive_24h_mape_share": t("model.naive_24h"),
    }
    long = days.select("service_date", *names).unpivot(
        list(names), index="service_date", variable_name="model", value_name="share"
    )
    drawn = long.with_columns(
        pl.col("model").replace_strict(names).alias("name"),
        pl.col("service_date").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC").alias("at"),
    )
    lines = (
        alt.Chart(drawn)
        .mark_line(point=True)
        .encode(
            x=alt.X(
                "at:T",
                title=None,
                scale=alt.Scale(type="utc"),
                axis=alt.Axis(format=t("chart.format_day"), labelOverlap=True),
            ),
            y=alt.Y("share:Q", title=t("forecast.error_axis"), axis=alt.Axis(format=".0%")),
            color=alt.Color(
                "name:N",
                scale=alt.Scale(
                    domain=list(names.values()), range=[look.main, look.high, look.other]
                ),
                legend=alt.Legend(title=None, symbolType="stroke"),
            ),
            tooltip=[
                alt.Tooltip(
                    "utcyearmonthdate(at):T",
                    title=t("column.service_date"),
                    format=t("chart.format_date"),
                ),
                alt.Tooltip("name:N", title=t("column.model")),
                alt.Tooltip("share:Q", title=t("forecast.error_axis"), format=".1%"),
            ],
        )
    )
    return styled(alt.layer(lines).properties(height=height, width="container"), look)


def driver_bars(drivers: pl.DataFrame, *, look: Look = LIGHT, height: int = 240) -> Chart:
    """What moves each day off the usual day; from ``forecast_drivers``."""
    names = {driver: t(f"forecast_driver.{driver}") for driver in _EFFECTS}
    drawn = drivers.filter(pl.col("driver").is_in(_EFFECTS)).with_columns(
        pl.col("driver").replace_strict(names).alias("name"),
        pl.col("service_date").dt.strftime("%m-%d").alias("day"),
    )
    bars = (
        alt.Chart(drawn)
        .mark_bar()
        .encode(
            x=alt.X("day:O", title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("effect_share:Q", title=t("forecast.effect_axis"), axis=alt.Axis(format="+%")),
            color=alt.Color(
                "name:N",
                scale=alt.Scale(domain=list(names.values()), range=list(_PART_COLORS.values())),
                legend=alt.Legend(title=None, symbolType="square"),
            ),
            tooltip=[
                alt.Tooltip("day:O", title=t("column.service_date")),
                alt.Tooltip("name:N", title=t("column.component")),
                alt.Tooltip("effect_share:Q", title=t("forecast.effect_axis"), format="+.1%"),
                alt.Tooltip("load_kw:Q", title=f"{t('column.load_kw')} (kW)", format="+,.1f"),
            ],
        )
    )
    zero = alt.Chart(pl.DataFrame({"zero": [0]})).mark_rule(color=look.faint).encode(y="zero:Q")
    return styled(alt.layer(bars, zero).properties(height=height, width="container"), look)


def component_lines(parts: pl.DataFrame, *, look: Look = LIGHT, height: int = 90) -> Chart:
    """The parts of a Prophet forecast, one above the other; from ``prophet_components``."""
    unit = power_unit(float(parts["load_kw"].abs().max() or 0))  # type: ignore[arg-type]
    rows = []
    for component in parts["component"].unique(maintain_order=True):
        if component == _ACTUAL:
            continue  # drawn with the forecast
        lines = [_component_line(parts, component, unit, look.main)]
        if component == "forecast":
            lines.append(_component_line(parts, _ACTUAL, unit, look.high))
        title = t(f"component_of.{component}")
        rows.append(alt.layer(*lines).properties(height=height, width=820, title=title))
    return styled(alt.vconcat(*rows), look)  # type: ignore[arg-type]


def _component_line(parts: pl.DataFrame, component: str, unit: Unit, color: str) -> alt.Chart:
    own = parts.filter(pl.col("component") == component).select(
        _instant(), (pl.col("load_kw") / unit.size).alias("value")
    )
    return (
        alt.Chart(own)
        .mark_line(color=color, strokeWidth=1.25)
        .encode(
            x=_time(own),
            y=alt.Y(
                "value:Q",
                title=unit.symbol,
                scale=alt.Scale(zero=False),
                axis=alt.Axis(tickCount=3, format=",.3~f"),
            ),
        )
    )


def _unit(curve: pl.DataFrame) -> Unit:
    return power_unit(float(curve["load_kw"].abs().max() or 0))  # type: ignore[arg-type]


def _scaled(curve: pl.DataFrame, unit: Unit) -> pl.DataFrame:
    names = [name for name in ("load_kw", *_BANDS, "actual_kw") if name in curve.columns]
    return curve.select(_instant(), *(pl.col(name) / unit.size for name in names))


def _told(drawn: pl.DataFrame) -> dict[str, str]:
    words = {
        "load_kw": t("forecast.median"),
        "actual_kw": t("forecast.actual"),
        "low_80_kw": t("forecast.low_80"),
        "high_80_kw": t("forecast.high_80"),
        "low_95_kw": t("forecast.low_95"),
        "high_95_kw": t("forecast.high_95"),
    }
    return {name: text for name, text in words.items() if name in drawn.columns}


def _instant() -> pl.Expr:
    # Standard time is drawn as it is, whatever zone the browser is in.
    return pl.col("standard_start").dt.replace_time_zone("UTC").alias("at")


def _moment() -> alt.Tooltip:
    return alt.Tooltip(
        "utcyearmonthdatehoursminutes(at):T",
        title=t("chart.time"),
        format=t("chart.format_moment"),
    )


def _time(drawn: pl.DataFrame) -> alt.X:
    days = drawn["at"].dt.date().n_unique()
    shown = t("chart.format_time") if days <= 1 else t("chart.format_day")
    count = 8 if days <= 1 else days
    return alt.X(
        "at:T",
        title=None,
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(format=shown, tickCount=count, labelOverlap=True),
    )
