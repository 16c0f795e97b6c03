"""Every chart: the same look in the pages, in notebooks and in exported pictures.

A chart takes an answer of ``queries`` as it is and returns an Altair chart. Words follow the
language, colours the ``Look``; units are scaled in ``pages.units``. Times are drawn as the standard
time they are, whatever zone the reader's browser is in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import polars as pl
import streamlit as st
from altair.utils import schemapi

from pages.text import t
from pages.units import Unit, energy_unit, power_unit
from queries.day_kinds import DAY_KINDS, SEASONS
from queries.load.curve import Step

FONT = (
    "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Source Han Sans SC', "
    "sans-serif"
)

_NEAR, _FAR = 3, 62  # days: up to which an axis names hours, and days
_NEAR_AXIS = 0.1  # of the peak: so low a valley lies at the axis
_FEW = 62  # points that are drawn as points


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of a chart. Main and other differ in lightness too, for readers who see no hue."""

    ink: str
    faint: str
    grid: str
    main: str
    soft: str
    other: str
    high: str
    low: str
    background: str


Chart = alt.LayerChart | alt.FacetChart
"""What Altair says that layers make."""

LIGHT = Look(
    "#1b2733",
    "#5b6a78",
    "#e4eaef",
    "#0e747e",
    "#93c5ca",
    "#9aa9b5",
    "#c2570c",
    "#4466b0",
    "#ffffff",
)
DARK = Look(
    "#e6ecf1",
    "#a3b1bd",
    "#2a3641",
    "#4fb6c0",
    "#2b6f77",
    "#71818f",
    "#f0a04b",
    "#86a3e6",
    "#11171d",
)


def current_look() -> Look:
    """The colours of the page's theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def load_lines(  # noqa: PLR0913 - the two curves, and how to show them
    curve: pl.DataFrame,
    comparison: pl.DataFrame | None = None,
    *,
    names: tuple[str, str] | None = None,
    step: Step = "1h",
    channel: str = "import",
    look: Look = LIGHT,
    height: int = 340,
) -> Chart:
    """The load over time, its peak and valley marked; another period behind it, muted.

    Args:
        curve: From ``load_curve``. A step with nothing read is a gap in the line.
        comparison: From ``load_comparison``.
        names: Of the period and the other one; None: this period and the compared one.
        step: Length of a point: what the load is the mean of.
        channel: What was measured, for the unit.
        look: Colours.
        height: Of the drawing [px].
    """
    unit = power_unit(_largest(curve, comparison), channel)
    this, other = names or (t("chart.this_period"), t("chart.other_period"))
    parts, colors = [_series(curve, "standard_start", this, unit)], {this: look.main}
    if comparison is not None and comparison["load_kw"].count() > 0:
        parts.insert(0, _series(comparison, "other_start", other, unit))
        colors[other] = look.other
    drawn = pl.concat(parts)
    title = t("chart.mean_load", step=t(f"step.{step}"), unit=unit.symbol)
    base = alt.Chart(drawn).encode(
        x=_time_axis(curve),
        y=alt.Y("value:Q", title=title, axis=_numbers()),
        color=alt.Color(
            "series:N",
            scale=alt.Scale(domain=list(colors), range=list(colors.values())),
            legend=alt.Legend(title=None, symbolType="stroke") if len(colors) > 1 else None,
        ),
    )
    has_points = curve.height <= _FEW
    line = base.mark_line(
        strokeWidth=2 if curve.height < 400 else 1.25, interpolate="linear", point=has_points
    )
    nearest = alt.selection_point(on="pointerover", nearest=True, empty=False, fields=["at"])
    hover = (
        base.transform_filter("isValid(datum.value)")
        .mark_point(size=60, filled=True)
        .encode(
            opacity=alt.condition(nearest, alt.value(1), alt.value(0)),
            tooltip=[
                _when("own:T"),
                alt.Tooltip("series:N", title=t("chart.series")),
                alt.Tooltip("value:Q", title=title, format=unit.number_format),
            ],
        )
        .add_params(nearest)
    )
    return _finish(alt.layer(line, *_extremes(curve, unit, look), hover), look, height)


def _largest(*frames: pl.DataFrame | None) -> float | None:
    values = [frame["load_kw"].abs().max() for frame in frames if frame is not None]
    return max((float(v) for v in values if isinstance(v, int | float)), default=None)


def _series(frame: pl.DataFrame, own: str, name: str, unit: Unit) -> pl.DataFrame:
    return frame.select(
        _instant("standard_start").alias("at"),
        _instant(own).alias("own"),
        (pl.col("load_kw") / unit.size).alias("value"),
        pl.lit(name).alias("series"),
    )


def _instant(column: str) -> pl.Expr:
    # Given as UTC and drawn on a UTC scale, a standard time stays what it is in every browser.
    return pl.col(column).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")


def _extremes(curve: pl.DataFrame, unit: Unit, look: Look) -> list[alt.Chart]:
    """Peak and valley as labelled points; none where the load never changes."""
    read = curve.drop_nulls("load_kw")
    if read["load_kw"].n_unique() < 2:
        return []
    layers: list[alt.Chart] = []
    middle = len(curve) / 2
    # A valley near the axis has no room below: its label would stand on those of the times.
    low, high = read["load_kw"].min(), read["load_kw"].max()
    below = -11 if 0 <= low < _NEAR_AXIS * high else 13  # type: ignore[operator]
    for key, color, offset, found in (
        ("peak", look.high, -11, read.filter(pl.col("load_kw") == pl.col("load_kw").max())),
        (
            "valley",
            look.low,
            below,
            read.filter(pl.col("load_kw") == pl.col("load_kw").min()),
        ),
    ):
        point = _series(found.head(1), "standard_start", key, unit)
        text = f"{t(f'chart.{key}')} {point['value'][0]:{unit.number_format}} {unit.symbol}"
        place = curve["standard_start"].search_sorted(found["standard_start"][0])
        align = "left" if place < middle / 4 else "right" if place > middle * 1.75 else "center"
        base = alt.Chart(point.with_columns(pl.lit(text).alias("text"))).encode(
            x=alt.X("at:T"), y=alt.Y("value:Q")
        )
        layers.append(base.mark_point(size=70, filled=True, color=color, opacity=1))
        named = base.encode(text="text:N")
        label = {"dy": offset, "align": align, "fontWeight": 600, "fontSize": 12}
        # First its outline in the background's colour: it may stand on the line.
        layers += [
            named.mark_text(**label, color=look.background, stroke=look.background, strokeWidth=4),
            named.mark_text(**label, color=color),
        ]
    return layers


def duration_curve(
    duration: pl.DataFrame, *, channel: str = "import", look: Look = LIGHT, height: int = 260
) -> Chart:
    """For what share of the time the load was at least so high; from ``load_duration``."""
    unit = power_unit(_largest(duration), channel)
    drawn = duration.with_columns((pl.col("load_kw") / unit.size).alias("value"))
    title = f"{t('chart.load')} ({unit.symbol})"
    nearest = alt.selection_point(on="pointerover", nearest=True, empty=False, encodings=["x"])
    base = alt.Chart(drawn).encode(
        x=alt.X(
            "time_share:Q",
            title=t("chart.time_share"),
            axis=alt.Axis(format=".0%", grid=False, tickCount=11, labelSeparation=6),
            scale=alt.Scale(domain=[0, 1]),
        ),
        y=alt.Y("value:Q", title=title, axis=_numbers()),
    )
    area = base.mark_area(
        line={"color": look.main, "strokeWidth": 2}, color=look.main, opacity=0.15
    )
    hover = (
        base.mark_point(size=60, filled=True, color=look.main)
        .encode(
            opacity=alt.condition(nearest, alt.value(1), alt.value(0)),
            tooltip=[
                alt.Tooltip("time_share:Q", title=t("chart.time_share"), format=".1%"),
                alt.Tooltip("hours:Q", title=t("chart.hours"), format=",.2f"),
                alt.Tooltip("value:Q", title=title, format=unit.number_format),
            ],
        )
        .add_params(nearest)
    )
    return _finish(alt.layer(area, hover), look, height)


def day_bars(days: pl.DataFrame, *, look: Look = LIGHT, height: int = 240) -> Chart:
    """Energy of every day; Saturdays and Sundays lighter. From ``recent_days``."""
    largest = days["energy_kwh"].max()
    unit = energy_unit(float(largest) if isinstance(largest, int | float) else None)
    names = {False: t("chart.weekdays"), True: t("chart.weekend")}
    drawn = days.select(
        _instant("service_date").alias("at"),
        (pl.col("energy_kwh") / unit.size).alias("value"),
        (pl.col("service_date").dt.weekday() > 5)
        .replace_strict(names, return_dtype=pl.String)
        .alias("kind"),
    )
    title = f"{t('chart.energy')} ({unit.symbol})"
    bars = (
        alt.Chart(drawn)
        .mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2)
        .encode(
            x=alt.X(
                "utcyearmonthdate(at):T",
                title=None,
                axis=alt.Axis(format=t("chart.format_day"), grid=False, tickCount=9),
            ),
            y=alt.Y("value:Q", title=title, axis=_numbers()),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=list(names.values()), range=[look.main, look.soft]),
                legend=alt.Legend(title=None, symbolType="square"),
            ),
            tooltip=[
                alt.Tooltip(
                    "utcyearmonthdate(at):T", title=t("chart.day"), format=t("chart.format_date")
                ),
                alt.Tooltip("value:Q", title=title, format=unit.number_format),
            ],
        )
    )
    return _finish(alt.layer(bars), look, height)


def _time_axis(curve: pl.DataFrame) -> alt.X:
    first, last = curve["standard_start"][0], curve["standard_start"][-1]
    span = (last - first).days
    far = "month" if first.year == last.year else "month_of_year"
    key = "time" if span < 1 else "day_time" if span < _NEAR else "day" if span <= _FAR else far
    return alt.X(
        "at:T",
        title=None,
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(format=t(f"chart.format_{key}"), grid=False, labelOverlap=True, tickCount=9),
    )


def _numbers() -> alt.Axis:
    return alt.Axis(format=",~f", tickCount=5)


def _when(field: str) -> alt.Tooltip:
    return alt.Tooltip(
        f"utcyearmonthdatehoursminutes({field.removesuffix(':T')}):T",
        title=t("chart.time"),
        format=t("chart.format_moment"),
    )


def _finish(chart: Chart, look: Look, height: int) -> Chart:
    return styled(chart.properties(height=height, width="container"), look)


def trust_charts() -> None:
    """Draw charts without holding each against the schema again: that takes a third of their time.

    The tests do it; only the application calls this.
    """
    schemapi.disable_debug_mode()
    for kind in (alt.LayerChart, alt.FacetChart):
        kind.validate = _unchecked  # pyright: ignore[reportAttributeAccessIssue]


def _unchecked(_specification: object, _schema: object = None) -> None:
    """In place of ``validate``."""


def styled(chart: Chart, look: Look) -> Chart:
    """Fonts, colours and names of days and months, said out loud: no default of a door is used."""
    config = {
        "font": FONT,
        "locale": _locale(),
        "view": {"stroke": None},
        "axis": {
            "labelColor": look.faint,
            "titleColor": look.faint,
            "labelFont": FONT,
            "titleFont": FONT,
            "titleFontWeight": "normal",
            "labelFontSize": 12,
            "titleFontSize": 12,
            "gridColor": look.grid,
            "domainColor": look.grid,
            "tickColor": look.grid,
            "labelPadding": 6,
            "labelFlush": False,
        },
        "legend": {
            "labelColor": look.faint,
            "labelFont": FONT,
            "labelFontSize": 12,
            "orient": "top",
            "direction": "horizontal",
        },
        "line": {"strokeJoin": "round"},
    }
    # Each method of a chart copies all of it, which takes longer than working out its figures.
    chart.background, chart.config = "transparent", config
    return chart


def _locale() -> dict:
    weekdays = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
    short_days = [t(f"weekday.{day}") for day in weekdays]
    months = [t(f"month.m{number}") for number in range(1, 13)]
    return {
        "number": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""]},
        "time": {
            "dateTime": t("chart.format_moment"),
            "date": "%Y-%m-%d",
            "time": "%H:%M",
            "periods": ["AM", "PM"],
            "days": short_days,
            "shortDays": short_days,
            "months": months,
            "shortMonths": months,
        },
    }


def fixed_size(
    chart: Chart, *, title: str = "", width: int = 1100, background: str = "#ffffff"
) -> dict:
    """The chart as a Vega-Lite specification of a fixed width, to be drawn outside a page."""
    drawn = {**chart.to_dict(), "width": width, "background": background, "padding": 16}
    if title:
        drawn["title"] = {"text": title, "anchor": "start", "font": FONT, "offset": 12}
    return drawn


def shape_lines(shapes: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """Relative daily shapes of several data sets, a panel for every season and kind of day.

    ``shapes`` are answers of ``daily_shapes``, one below the other, with a column ``data_set``.
    """
    drawn = _in_words(shapes, "season", "day_kind").with_columns(hour=pl.col("slot_minute") / 60)
    lines = _lines(
        drawn,
        alt.X("hour:Q", title=t("axis.time_of_day"), axis=alt.Axis(values=[0, 6, 12, 18, 24])),
        alt.Y("daily_mean_share:Q", title=t("axis.relative_load"), axis=_numbers()),
        look,
    )
    return _panels(
        lines, look, width=180, height=130, column=("season", SEASONS), row=("day_kind", DAY_KINDS)
    )


def quantile_lines(
    quantiles: pl.DataFrame, *, measures: Sequence[str], look: Look = LIGHT
) -> Chart:
    """How measures are spread over the customers of several data sets, a panel for every measure.

    ``quantiles`` are answers of ``variability_quantiles`` with a column ``data_set``.
    """
    drawn = _in_words(quantiles.filter(pl.col("measure").is_in(measures)), "measure")
    lines = _lines(
        drawn,
        alt.X(
            "quantile_share:Q",
            title=t("axis.customers_share"),
            axis=alt.Axis(format=".0%", tickCount=4),
        ),
        alt.Y("value:Q", title=None, axis=_numbers()),
        look,
    )
    panels = _panels(lines, look, width=180, height=150, column=("measure", measures))
    return panels.resolve_scale(y="independent")


def group_lines(
    groups: pl.DataFrame, value: str, *, look: Look = LIGHT, height: int = 260
) -> Chart:
    """A share against group size, and within what it lies for four groups of five.

    ``groups`` are answers of ``coincidence`` or ``predictability`` with a column ``data_set``;
    ``value`` is a share that has a low and a high one beside it, such as ``coincidence_share``.
    """
    stem = value.removesuffix("_share")
    x = alt.X(
        "group_size:Q",
        title=t("axis.group_size"),
        scale=alt.Scale(type="log", nice=False),
        axis=alt.Axis(grid=False),
    )
    line = _lines(
        groups, x, alt.Y(f"{value}:Q", title=t(f"measure.{value}"), axis=_numbers()), look
    )
    band = line.mark_area(opacity=0.15).encode(
        y=alt.Y(f"{stem}_low_share:Q"), y2=alt.Y2(f"{stem}_high_share:Q")
    )
    return _finish(alt.layer(band, line), look, height)


def _in_words(frame: pl.DataFrame, *kinds: str) -> pl.DataFrame:
    """``frame`` with the codes of these columns in words."""
    return frame.with_columns(
        pl.col(kind).replace_strict(
            {code: t(f"{kind}.{code}") for code in frame[kind].unique()}, return_dtype=pl.String
        )
        for kind in kinds
    )


def _lines(drawn: pl.DataFrame, x: alt.X, y: alt.Y, look: Look) -> alt.Chart:
    """A line for every data set, in the order in which they come."""
    names = drawn["data_set"].unique(maintain_order=True).to_list()
    colors = [look.main, look.high, look.low, look.other][: len(names)]
    return (
        alt.Chart(drawn)
        .mark_line(strokeWidth=1.75)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "data_set:N",
                scale=alt.Scale(domain=names, range=colors),
                legend=alt.Legend(title=None, symbolType="stroke", symbolOpacity=1, labelLimit=0),
            ),
            tooltip=[alt.Tooltip("data_set:N", title=t("axis.data_set")), x.shorthand, y.shorthand],
        )
    )


def _panels(
    lines: alt.Chart, look: Look, *, width: int, height: int, **by: tuple[str, Sequence[str]]
) -> Chart:
    """The same lines for every value of the columns given by ``row`` and ``column``."""
    kinds = {"row": alt.Row, "column": alt.Column}
    header = alt.Header(labelFont=FONT, labelFontSize=12, labelColor=look.ink, labelPadding=4)
    panels = {
        place: kinds[place](
            f"{name}:N", title=None, header=header, sort=[t(f"{name}.{code}") for code in codes]
        )
        for place, (name, codes) in by.items()
    }
    return styled(alt.layer(lines.properties(width=width, height=height)).facet(**panels), look)
