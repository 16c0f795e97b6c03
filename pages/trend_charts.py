"""Charts of growth: by group with intervals, by cause, by hour and month, by kind of day."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import energy_unit
from queries.day_kinds import DAY_KINDS, SEASONS

_PARTS = ("weather", "calendar", "connections", "underlying")
_ROW_PX, _AROUND_PX = 26, 84  # a row of a ranking; its legend and axis


def _largest(*values: object) -> float | None:
    return max((abs(float(v)) for v in values if isinstance(v, int | float)), default=None)


_TOLD = {
    **dict.fromkeys(
        ("growth_share", "growth_low_share", "growth_high_share", "as_read_share"), "+.1%"
    ),
    "steady_points": ",",
}
"""What the tooltip of a growth says, with its format."""


def growth_ranks(groups: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """Growth of every group with its interval, fastest first.

    From ``growth``, ``regions`` or ``industries``, with ``name``.

    Groups whose interval reaches over zero are muted: they may as well not have changed.
    """
    drawn = groups.drop_nulls("growth_share").with_columns(
        pl.when(pl.col("growth_low_share") > 0)
        .then(pl.lit(t("trends.grows")))
        .when(pl.col("growth_high_share") < 0)
        .then(pl.lit(t("trends.shrinks")))
        .otherwise(pl.lit(t("trends.unsure")))
        .alias("verdict")
    )
    color = alt.Color(
        "verdict:N",
        scale=alt.Scale(
            domain=[t("trends.grows"), t("trends.shrinks"), t("trends.unsure")],
            range=[look.high, look.low, look.other],
        ),
        legend=alt.Legend(title=None, symbolType="circle"),
    )
    base = alt.Chart(drawn).encode(
        y=alt.Y(
            "name:N",
            title=None,
            sort=alt.EncodingSortField("growth_share", order="descending"),
            axis=alt.Axis(labelLimit=240, domain=False, ticks=False),
        ),
        color=color,
        tooltip=[
            alt.Tooltip("name:N", title=t("column.name")),
            *(
                alt.Tooltip(f"{name}:Q", title=t(f"column.{name}"), format=shown)
                for name, shown in _TOLD.items()
                if name in drawn.columns
            ),
        ],
    )
    axis = alt.Axis(format="+.0%", tickCount=5)
    span = base.mark_rule(strokeWidth=2, opacity=0.55).encode(
        x=alt.X("growth_low_share:Q", title=t("trends.growth_axis"), axis=axis),
        x2=alt.X2("growth_high_share:Q"),
    )
    points = base.mark_point(filled=True, size=70, opacity=1).encode(x=alt.X("growth_share:Q"))
    zero = alt.Chart(pl.DataFrame({"at": [0.0]})).mark_rule(color=look.faint).encode(x="at:Q")
    height = _ROW_PX * max(drawn.height, 1) + _AROUND_PX
    return styled(alt.layer(zero, span, points).properties(height=height, width="container"), look)


def change_parts(row: dict, *, look: Look = LIGHT, height: int = 190) -> Chart:
    """What the change of a year is made of; from one row of ``growth``."""
    values = [row[f"{part}_kwh"] for part in _PARTS]
    unit = energy_unit(_largest(*values))
    drawn = pl.DataFrame(
        {
            "part": [t(f"trends.part_{part}") for part in _PARTS],
            "value": [None if v is None else v / unit.size for v in values],
        }
    ).with_columns(
        (pl.col("value") >= 0).alias("rises"),
        pl.col("value").map_elements(lambda v: f"{v:+,.1f}", return_dtype=pl.String).alias("text"),
    )
    base = alt.Chart(drawn).encode(
        y=alt.Y(
            "part:N",
            title=None,
            sort=drawn["part"].to_list(),
            axis=alt.Axis(labelLimit=260, domain=False, ticks=False),
        ),
        x=alt.X(
            "value:Q",
            title=f"{t('trends.change_axis')} ({unit.symbol})",
            axis=alt.Axis(format="+,~f", tickCount=6),
            scale=alt.Scale(padding=44),
        ),
    )
    bars = base.mark_bar(cornerRadius=2, height=20).encode(
        color=alt.condition("datum.rises", alt.value(look.high), alt.value(look.low))
    )
    right = base.transform_filter("datum.rises").mark_text(align="left", dx=5, color=look.ink)
    left = base.transform_filter("!datum.rises").mark_text(align="right", dx=-5, color=look.ink)
    texts = [mark.encode(text="text:N") for mark in (right, left)]
    return styled(alt.layer(bars, *texts).properties(height=height, width="container"), look)


def growth_map(hours: pl.DataFrame, *, look: Look = LIGHT, height: int = 300) -> Chart:
    """Growth of every hour of every month; from ``growth_hours``.

    At equal temperature where there are temperatures, else as read.
    """
    drawn = hours.with_columns(
        pl.coalesce("growth_share", "as_read_share").alias("value"),
        pl.Series("months", [_months(row) for row in hours.iter_rows(named=True)]),
        (pl.col("hour") + 1).alias("until"),
    )
    limit = drawn.select(pl.col("value").abs().quantile(0.98)).item() or 0.01
    cells = (
        alt.Chart(drawn)
        .mark_rect(stroke=look.background, strokeWidth=1)
        .encode(
            x=alt.X(
                "hour:Q",
                title=t("axis.time_of_day"),
                scale=alt.Scale(domain=[0, 24], nice=False),
                axis=alt.Axis(values=list(range(0, 25, 3)), grid=False),
            ),
            x2=alt.X2("until:Q"),
            y=alt.Y(
                "months:N",
                title=None,
                sort=alt.EncodingSortField("month_number", order="ascending"),
                axis=alt.Axis(domain=False, ticks=False),
            ),
            color=alt.Color(
                "value:Q",
                scale=alt.Scale(
                    domain=[-limit, 0, limit],
                    range=[look.low, look.grid, look.high],
                    clamp=True,
                    interpolate="rgb",
                ),
                legend=alt.Legend(
                    title=t("column.growth_share"),
                    format="+.0%",
                    gradientLength=160,
                    titleColor=look.faint,
                    titleFontWeight="normal",
                ),
            ),
            tooltip=[
                alt.Tooltip("months:N", title=t("column.months")),
                alt.Tooltip("hour:Q", title=t("column.hour")),
                alt.Tooltip("growth_share:Q", title=t("column.growth_share"), format="+.1%"),
                alt.Tooltip("as_read_share:Q", title=t("column.as_read_share"), format="+.1%"),
                alt.Tooltip("before_kw:Q", title=f"{t('column.before_kw')} (kW)", format=",.0f"),
                alt.Tooltip("after_kw:Q", title=f"{t('column.after_kw')} (kW)", format=",.0f"),
            ],
        )
    )
    return styled(alt.layer(cells).properties(height=height, width="container"), look)


def _months(numbers: dict) -> str:
    first, last = (t(f"month.m{numbers[name]}") for name in ("month_number", "last_month_number"))
    return first if first == last else f"{first}–{last}"


def growth_by_days(days: pl.DataFrame, *, look: Look = LIGHT, height: int = 300) -> Chart:
    """Growth of workdays and rest days of every season; from ``growth_days``."""
    drawn = days.with_columns(
        pl.coalesce("growth_share", "as_read_share").alias("value"),
        pl.col("season").replace({s: t(f"season.{s}") for s in SEASONS}),
        pl.col("day_kind").replace({k: t(f"day_kind.{k}") for k in DAY_KINDS}),
    )
    kinds = [t(f"day_kind.{kind}") for kind in DAY_KINDS]
    bars = (
        alt.Chart(drawn)
        .mark_bar(cornerRadius=2)
        .encode(
            x=alt.X(
                "season:N",
                title=None,
                sort=[t(f"season.{season}") for season in SEASONS],
                axis=alt.Axis(labelAngle=0, domain=False, ticks=False),
            ),
            xOffset=alt.XOffset("day_kind:N", sort=kinds),
            y=alt.Y("value:Q", title=t("trends.growth_axis"), axis=alt.Axis(format="+.1%")),
            color=alt.Color(
                "day_kind:N",
                scale=alt.Scale(domain=kinds, range=[look.main, look.soft]),
                legend=alt.Legend(title=None, symbolType="square"),
            ),
            tooltip=[
                alt.Tooltip("season:N", title=t("column.season")),
                alt.Tooltip("day_kind:N", title=t("column.day_kind")),
                alt.Tooltip("growth_share:Q", title=t("column.growth_share"), format="+.1%"),
                alt.Tooltip("as_read_share:Q", title=t("column.as_read_share"), format="+.1%"),
                alt.Tooltip("compared_days:Q", title=t("column.compared_days")),
            ],
        )
    )
    return styled(alt.layer(bars).properties(height=height, width="container"), look)


def trend_line(days: pl.DataFrame, *, look: Look = LIGHT, height: int = 240) -> Chart:
    """Daily energy and its trend, free of weather, weeks and holidays; from ``decomposition``."""
    return _day_lines(
        days,
        {"energy_kwh": (look.soft, 1.0), "trend_kwh": (look.high, 2.5)},
        look,
        height,
    )


def effect_lines(days: pl.DataFrame, *, look: Look = LIGHT, height: int = 200) -> Chart:
    """What temperature and calendar did to every day; from ``decomposition``."""
    return _day_lines(
        days,
        {"calendar_kwh": (look.other, 1.0), "temperature_kwh": (look.main, 1.75)},
        look,
        height,
    )


def _day_lines(
    days: pl.DataFrame, series: dict[str, tuple[str, float]], look: Look, height: int
) -> Chart:
    there = {name: style for name, style in series.items() if days[name].count()}
    unit = energy_unit(_largest(*(days[name].abs().max() for name in there)))
    names = {name: t(f"column.{name}") for name in there}
    title = f"{t('chart.energy')} ({unit.symbol})"
    drawn = (
        days.select(
            pl.col("service_date").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC").alias("at"),
            *(pl.col(name) / unit.size for name in there),
        )
        .unpivot(list(there), index="at", variable_name="series")
        .with_columns(pl.col("series").replace(names))
    )
    color = alt.Color(
        "series:N",
        scale=alt.Scale(domain=list(names.values()), range=[c for c, _ in there.values()]),
        legend=alt.Legend(title=None, symbolType="stroke"),
    )
    lines = [
        alt.Chart(drawn)
        .transform_filter(alt.FieldEqualPredicate(field="series", equal=names[name]))
        .mark_line(strokeWidth=width)
        .encode(
            x=alt.X(
                "at:T",
                title=None,
                scale=alt.Scale(type="utc"),
                axis=alt.Axis(
                    format=t("chart.format_month_of_year"),
                    grid=False,
                    tickCount=9,
                    labelOverlap=True,
                ),
            ),
            y=alt.Y("value:Q", title=title, axis=alt.Axis(format=",~f", tickCount=5)),
            color=color,
            tooltip=[
                alt.Tooltip(
                    "utcyearmonthdate(at):T", title=t("chart.day"), format=t("chart.format_date")
                ),
                alt.Tooltip("series:N", title=t("chart.series")),
                alt.Tooltip("value:Q", title=title, format=unit.number_format),
            ],
        )
        for name, (_, width) in there.items()
    ]
    return styled(alt.layer(*lines).properties(height=height, width="container"), look)
