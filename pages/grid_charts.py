"""Charts of the grid: loading of places against their limits."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from queries.grid.limits import GridLimits

_ROW, _AROUND = 21, 96  # px; above and below the rows stand legend and axis
LEVELS = ("overload", "heavy", "normal", "stale")


def level_colors(look: Look) -> dict[str, str]:
    """A colour of every level of loading, by its name in the reader's language."""
    colors = {
        "overload": look.high,
        "heavy": mixed(look.high, look.background, 0.55),
        "normal": look.main,
        "stale": look.grid,
    }
    return {t(f"grid_level.{level}"): colors[level] for level in LEVELS}


def mixed(color: str, other: str, part: float) -> str:
    """``part`` of one colour with the rest of another.

    >>> mixed("#ffffff", "#000000", 0.5)
    '#808080'
    """
    pairs = [(int(color[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(one * part + two * (1 - part)):02x}" for one, two in pairs)


def level(limits: GridLimits) -> pl.Expr:
    """How a place is loaded, in words; from ``loading_share`` and ``is_stale``."""
    share = pl.col("loading_share")
    return (
        pl.when(pl.col("is_stale") | share.is_null())
        .then(pl.lit(t("grid_level.stale")))
        .when(share > limits.overload_share)
        .then(pl.lit(t("grid_level.overload")))
        .when(share >= limits.heavy_share)
        .then(pl.lit(t("grid_level.heavy")))
        .otherwise(pl.lit(t("grid_level.normal")))
        .alias("level")
    )


def loading_bars(places: pl.DataFrame, limits: GridLimits, *, look: Look = LIGHT) -> Chart:
    """Loading of places, the fullest on top, with the lines of heavy loading and overload.

    Args:
        places: From ``grid_now``, with the place in words as ``place``.
        limits: Where the lines stand.
        look: Colours.
    """
    colors = level_colors(look)
    drawn = places.select("place", "loading_share", "load_kw", level(limits))
    base = alt.Chart(drawn).encode(
        y=alt.Y(
            "place:N",
            title=None,
            sort=alt.EncodingSortField("loading_share", order="descending"),
            axis=alt.Axis(labelLimit=200, domain=False, ticks=False),
        )
    )
    bars = base.mark_bar(cornerRadiusEnd=2, height={"band": 0.72}).encode(
        x=alt.X(
            "loading_share:Q",
            title=t("grid.loading"),
            axis=alt.Axis(format=".0%", tickCount=5, labelOverlap=True, labelFlush=True),
            scale=alt.Scale(domainMin=0),
        ),
        color=alt.Color(
            "level:N",
            scale=alt.Scale(domain=list(colors), range=list(colors.values())),
            legend=alt.Legend(title=None, symbolType="square", columns=2),
        ),
        tooltip=[
            alt.Tooltip("place:N", title=t("collection.place")),
            alt.Tooltip("loading_share:Q", title=t("grid.loading"), format=".1%"),
            alt.Tooltip("load_kw:Q", title=t("column.load_kw"), format=",.1f"),
            alt.Tooltip("level:N", title=t("column.state")),
        ],
    )
    height = _ROW * drawn.height + _AROUND
    layers = alt.layer(bars, limit_lines("x", limits, look))
    return styled(layers.properties(height=height, width="container"), look)


def limit_lines(axis: str, limits: GridLimits, look: Look) -> alt.Chart:
    """The lines of heavy loading and of overload across ``axis``, x or y."""
    lines = pl.DataFrame({"limit": [limits.heavy_share, limits.overload_share]})
    rules = alt.Chart(lines).mark_rule(color=look.high, strokeDash=[5, 4], opacity=0.8)
    return rules.encode(x="limit:Q") if axis == "x" else rules.encode(y="limit:Q")
