"""Charts of one transformer area: its loading against the limits, its phases."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.grid_charts import limit_lines
from pages.text import t
from queries.grid.limits import GridLimits

PHASE_COLORS = {"A": "#c99700", "B": "#2f9e5a", "C": "#cc3d33"}
"""黄、绿、红: the colours of the phases in China."""
_FAR_DAYS = 3


def loading_line(
    curve: pl.DataFrame, limits: GridLimits, *, look: Look = LIGHT, height: int = 240
) -> Chart:
    """Loading over time and the lines of its limits; from ``transformer_curve``."""
    drawn = _dated(curve).select("at", "loading_share", "load_kw")
    line = (
        alt.Chart(drawn)
        .mark_area(line={"color": look.main, "strokeWidth": 1.5}, color=look.main, opacity=0.14)
        .encode(
            x=_time(curve),
            y=alt.Y(
                "loading_share:Q",
                title=t("grid.loading"),
                axis=alt.Axis(format=".0%", tickCount=5),
            ),
            tooltip=[
                _when(),
                alt.Tooltip("loading_share:Q", title=t("grid.loading"), format=".1%"),
                alt.Tooltip("load_kw:Q", title=t("column.load_kw"), format=",.1f"),
            ],
        )
    )
    layers = alt.layer(line, limit_lines("y", limits, look))
    return styled(layers.properties(height=height, width="container"), look)


def phase_lines(curve: pl.DataFrame, *, look: Look = LIGHT, height: int = 220) -> Chart:
    """The currents of the three phases over time; from ``transformer_curve``."""
    names = {f"current_{name.lower()}_a": name for name in PHASE_COLORS}
    drawn = (
        _dated(curve)
        .select("at", "imbalance_share", *names)
        .unpivot(list(names), index=["at", "imbalance_share"], variable_name="phase")
        .with_columns(pl.col("phase").replace(names))
    )
    lines = (
        alt.Chart(drawn)
        .mark_line(strokeWidth=1.25)
        .encode(
            x=_time(curve),
            y=alt.Y(
                "value:Q", title=t("area_view.current"), axis=alt.Axis(format=",~f", tickCount=5)
            ),
            color=alt.Color(
                "phase:N",
                scale=alt.Scale(domain=list(PHASE_COLORS), range=list(PHASE_COLORS.values())),
                legend=alt.Legend(title=t("area_view.phase"), symbolType="stroke"),
            ),
            tooltip=[
                _when(),
                alt.Tooltip("phase:N", title=t("area_view.phase")),
                alt.Tooltip("value:Q", title=t("area_view.current"), format=",.1f"),
                alt.Tooltip("imbalance_share:Q", title=t("column.imbalance_share"), format=".1%"),
            ],
        )
    )
    return styled(alt.layer(lines).properties(height=height, width="container"), look)


def _dated(curve: pl.DataFrame) -> pl.DataFrame:
    # Given as UTC and drawn on a UTC scale, a standard time stays what it is in every browser.
    at = pl.col("standard_start").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")
    return curve.with_columns(at.alias("at"))


def _time(curve: pl.DataFrame) -> alt.X:
    span = (curve["standard_start"][-1] - curve["standard_start"][0]).days
    key = "time" if span < 1 else "day_time" if span < _FAR_DAYS else "day"
    return alt.X(
        "at:T",
        title=None,
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(format=t(f"chart.format_{key}"), grid=False, labelOverlap=True, tickCount=7),
    )


def _when() -> alt.Tooltip:
    return alt.Tooltip(
        "utcyearmonthdatehoursminutes(at):T",
        title=t("chart.time"),
        format=t("chart.format_moment"),
    )
