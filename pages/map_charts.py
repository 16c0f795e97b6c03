"""The grid on a map without tiles: transformers, substations and lines by their coordinates."""

import math
from typing import Any

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.grid_charts import mixed
from pages.text import t
from queries.grid.limits import GridLimits

MEASURES = {"loading": "loading_share", "growth": "year_growth_share", "loss": "loss_share"}
"""What transformers may be coloured by, and the column of ``grid_map`` that says it."""
SELECTED = "area"
_KM_PER_DEGREE = 111.32
_KM_PER_BAR = (20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05)
_LARGEST_BAR_SHARE = 0.3
_GROWTH = (-0.10, 0.0, 0.10)


def grid_map_chart(  # noqa: PLR0913 - places, lines, and how to show them
    places: pl.DataFrame,
    lines: pl.DataFrame,
    measure: str,
    limits: GridLimits,
    *,
    look: Look = LIGHT,
    height: int = 560,
) -> Chart:
    """Transformers coloured by what is chosen, on straight lines to their substations.

    Args:
        places: From ``grid_map``, with coordinates and names in words: ``place``, ``feeder``.
        lines: From ``grid_lines``, with the substation in words as ``place``.
        measure: One of MEASURES.
        limits: Where the colours of loading and loss change.
        look: Colours.
        height: Of the drawing [px].
    """
    stations = lines.filter(pl.col("kind") == "feeder").unique("substation_id").sort("place")
    squares, labels = _stations(stations, look)
    layers = [
        _lines(lines.filter(pl.col("kind") == "feeder"), mixed(look.other, look.background, 0.5)),
        _lines(lines.filter(pl.col("kind") == "low_voltage"), look.faint),
        squares,
        _transformers(places, measure, limits, look),
        labels,
        *_scale_bar(_points(places, lines), look),
    ]
    chart = alt.layer(*layers).project(type="mercator")
    return styled(chart.properties(height=height, width="container"), look)


def _lines(lines: pl.DataFrame, color: str, width: float = 1) -> alt.Chart:
    drawn = lines.select("longitude", "latitude", "to_longitude", "to_latitude")
    return (
        alt.Chart(drawn)
        .mark_rule(color=color, strokeWidth=width)
        .encode(
            longitude="longitude:Q",
            latitude="latitude:Q",
            longitude2="to_longitude:Q",
            latitude2="to_latitude:Q",
        )
    )


def _stations(stations: pl.DataFrame, look: Look) -> tuple[alt.Chart, Chart]:
    """Squares, and their names on a light edge, so that they can be read over anything."""
    base = alt.Chart(stations.select("longitude", "latitude", "place")).encode(
        longitude="longitude:Q", latitude="latitude:Q"
    )
    squares = base.mark_square(size=150, color=look.ink, opacity=1).encode(
        tooltip=[alt.Tooltip("place:N", title=t("area_kind.substation"))]
    )
    edge: dict[str, Any] = {"stroke": look.background, "strokeWidth": 4, "strokeJoin": "round"}
    text: dict[str, Any] = {"dy": -15, "fontWeight": 600, "fontSize": 12}
    names = base.encode(text="place:N")
    return squares, alt.layer(
        names.mark_text(**text, **edge), names.mark_text(**text, color=look.ink)
    )


def _transformers(places: pl.DataFrame, measure: str, limits: GridLimits, look: Look) -> alt.Chart:
    value = MEASURES[measure]
    names, colors = _classes(measure, limits, look)
    drawn = places.select(
        "transformer_id",
        "place",
        "feeder",
        "longitude",
        "latitude",
        "rated_capacity_kva",
        "usage_points",
        "loading_share",
        "year_growth_share",
        "loss_share",
        _class_of(pl.col(value), measure, limits, names),
    )
    pick = alt.selection_point(name=SELECTED, fields=["transformer_id"])
    return (
        alt.Chart(drawn)
        .mark_circle(opacity=1, stroke=look.background, strokeWidth=1)
        .encode(
            longitude="longitude:Q",
            latitude="latitude:Q",
            size=alt.Size(
                "rated_capacity_kva:Q",
                scale=alt.Scale(range=[90, 420]),
                legend=None,
            ),
            color=alt.Color(
                "class:N",
                scale=alt.Scale(domain=names, range=colors),
                legend=alt.Legend(
                    title=t(f"map.{measure}"), symbolType="circle", labelLimit=0, columns=3
                ),
            ),
            strokeOpacity=alt.condition(pick, alt.value(1), alt.value(0.4)),
            tooltip=[
                alt.Tooltip("place:N", title=t("area_kind.transformer")),
                alt.Tooltip("feeder:N", title=t("area_kind.feeder")),
                alt.Tooltip("rated_capacity_kva:Q", title=t("map.capacity"), format=",.0f"),
                alt.Tooltip("usage_points:Q", title=t("column.usage_points"), format=","),
                alt.Tooltip("loading_share:Q", title=t("map.loading"), format=".1%"),
                alt.Tooltip("year_growth_share:Q", title=t("map.growth"), format="+.1%"),
                alt.Tooltip("loss_share:Q", title=t("map.loss"), format=".1%"),
            ],
        )
        .add_params(pick)
    )


def _bounds(measure: str, limits: GridLimits) -> tuple[float, ...]:
    if measure == "growth":
        return _GROWTH
    if measure == "loss":
        return (0.0, limits.loss_share / 2, limits.loss_share)
    return (limits.heavy_share / 2, limits.heavy_share, limits.overload_share)


def _classes(measure: str, limits: GridLimits, look: Look) -> tuple[list[str], list[str]]:
    """Names of the classes from low to high, the last for what is not known; their colours."""
    bounds = [f"{bound:.3g}%" for bound in (100 * one for one in _bounds(measure, limits))]
    first, second, third = bounds
    names = [
        t("map.below", bound=first),
        f"{first} – {second}",
        f"{second} – {third}",
        t("map.above", bound=third),
        t("map.unknown"),
    ]
    heavy = mixed(look.high, look.background, 0.55)
    low = {
        "loading": [look.soft, look.main],
        "growth": [look.low, mixed(look.low, look.background, 0.45)],
        "loss": [look.low, look.main],
    }
    return names, [*low[measure], heavy, look.high, look.other]


def _class_of(value: pl.Expr, measure: str, limits: GridLimits, names: list[str]) -> pl.Expr:
    first, second, third = _bounds(measure, limits)
    return (
        pl.when(value.is_null())
        .then(pl.lit(names[4]))
        .when(value < first)
        .then(pl.lit(names[0]))
        .when(value < second)
        .then(pl.lit(names[1]))
        .when(value <= third)
        .then(pl.lit(names[2]))
        .otherwise(pl.lit(names[3]))
        .alias("class")
    )


def _points(places: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    ends = lines.select(longitude="to_longitude", latitude="to_latitude")
    at = ["longitude", "latitude"]
    return pl.concat([places.select(at), lines.select(at), ends])


def bar_kilometres(extent_km: float) -> float:
    """The longest round length that is not more than a third of the map.

    >>> bar_kilometres(14.0), bar_kilometres(0.5)
    (2, 0.1)
    """
    fitting = (one for one in _KM_PER_BAR if one <= extent_km * _LARGEST_BAR_SHARE)
    return next(fitting, _KM_PER_BAR[-1])


def _scale_bar(points: pl.DataFrame, look: Look) -> list[alt.Chart]:
    """A bar of a round length below the map, to its left."""
    west, east, south, north = points.select(
        pl.col("longitude").min().alias("west"),
        pl.col("longitude").max().alias("east"),
        pl.col("latitude").min().alias("south"),
        pl.col("latitude").max().alias("north"),
    ).row(0)
    km_per_longitude = _KM_PER_DEGREE * math.cos(math.radians((south + north) / 2))
    extent_km = max((east - west) * km_per_longitude, (north - south) * _KM_PER_DEGREE, 0.2)
    length_km = bar_kilometres(extent_km)
    # Wide maps are flat: the bar keeps clear of the lowest mark in either case.
    gap = max(0.06 * (north - south), 0.02 * (east - west), 0.0004)
    ends = pl.DataFrame(
        {
            "longitude": [west],
            "latitude": [south - gap],
            "to_longitude": [west + length_km / km_per_longitude],
            "to_latitude": [south - gap],
            "text": [f"{length_km:g} km" if length_km >= 1 else f"{1000 * length_km:g} m"],
        }
    )
    text = (
        alt.Chart(ends)
        .mark_text(align="left", dy=12, color=look.faint, fontSize=12)
        .encode(longitude="longitude:Q", latitude="latitude:Q", text="text:N")
    )
    return [_lines(ends, look.faint, 3), text]
