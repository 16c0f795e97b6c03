"""Charts of periods found from the load: the mean day over its hours, and the hours of policy."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.dials import PERIOD_COLORS, word
from pages.text import t
from pages.units import power_unit

_AXIS_PX, _ROW_PX, _AROUND_PX = 92, 30, 66
_EVERY_THIRD = list(range(0, 25, 3))


def _hours(*, title: str | None) -> alt.X:
    return alt.X(
        "from_hour:Q",
        title=title,
        scale=alt.Scale(domain=[0, 24], nice=False),
        axis=alt.Axis(values=_EVERY_THIRD, grid=False),
    )


def mean_day(season: pl.DataFrame, *, look: Look = LIGHT, height: int = 240) -> Chart:
    """Mean load of one season's day, and within what four days of five lie; from ``periods``."""
    unit = power_unit(_highest(season))
    drawn = season.select(
        (pl.col("slot_minute") / 60).alias("from_hour"),
        *((pl.col(name) / unit.size) for name in ("load_kw", "low_kw", "high_kw")),
    )
    # the last step lasts until midnight
    drawn = pl.concat([drawn, drawn.tail(1).with_columns(from_hour=pl.lit(24.0))])
    title = f"{t('chart.load')} ({unit.symbol})"
    axis = alt.Axis(format=",~f", tickCount=5, minExtent=_AXIS_PX, maxExtent=_AXIS_PX)
    base = alt.Chart(drawn).encode(x=_hours(title=None))
    band = base.mark_area(interpolate="step-after", color=look.main, opacity=0.14).encode(
        y=alt.Y("low_kw:Q", title=title, axis=axis), y2="high_kw:Q"
    )
    line = base.mark_line(interpolate="step-after", color=look.main, strokeWidth=2).encode(
        y=alt.Y("load_kw:Q", title=title, axis=axis),
        tooltip=[
            alt.Tooltip("from_hour:Q", title=t("column.hour"), format=".2~f"),
            alt.Tooltip("load_kw:Q", title=title, format=unit.number_format),
        ],
    )
    return styled(alt.layer(band, line).properties(height=height, width="container"), look)


def _highest(season: pl.DataFrame) -> float:
    return float(season.select(pl.max_horizontal("high_kw", "load_kw").max()).item() or 0)


def period_strips(season: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """The periods found, today's, and those of the method of memberships, one below the other."""
    names = {
        "period": t("demand_periods.found"),
        "today_period": t("demand_periods.today"),
        "membership_period": t("demand_periods.membership"),
    }
    step = 24 * 60 // season.height
    rows = pl.concat(
        season.select(
            pl.lit(name).alias("row"),
            pl.col(column).alias("code"),
            pl.col(column).rle_id().alias("run"),
            "slot_minute",
            "stability_share",
        )
        for column, name in names.items()
        if season[column].null_count() == 0
    )
    runs = rows.group_by("row", "run", maintain_order=True).agg(
        pl.first("code"),
        (pl.first("slot_minute") / 60).alias("from_hour"),
        ((pl.last("slot_minute") + step) / 60).alias("until_hour"),
        pl.mean("stability_share"),
    )
    codes = runs["code"].unique().to_list()
    known = [code for code in PERIOD_COLORS if code in codes]
    known += sorted(set(codes) - set(known))
    runs = runs.with_columns(
        pl.col("code")
        .replace_strict({code: word("period_of_day", code) for code in known})
        .alias("period_name"),
        pl.format("{}–{}", *(_clock(pl.col(name)) for name in ("from_hour", "until_hour"))).alias(
            "hours"
        ),
    )
    bars = (
        alt.Chart(runs)
        .mark_bar(stroke=look.background, strokeWidth=1, height=_ROW_PX - 8)
        .encode(
            x=_hours(title=t("axis.time_of_day")),
            x2="until_hour:Q",
            y=alt.Y(
                "row:N",
                # a blank, so that the hours stand under those of the day above
                title=" ",
                sort=list(names.values()),
                axis=alt.Axis(
                    domain=False,
                    ticks=False,
                    labelLimit=_AXIS_PX,
                    minExtent=_AXIS_PX,
                    maxExtent=_AXIS_PX,
                ),
            ),
            color=alt.Color(
                "period_name:N",
                scale=alt.Scale(
                    domain=[word("period_of_day", code) for code in known],
                    range=[PERIOD_COLORS.get(code, look.other) for code in known],
                ),
                legend=alt.Legend(title=None, symbolType="square"),
            ),
            tooltip=[
                alt.Tooltip("row:N", title=" "),
                alt.Tooltip("period_name:N", title=t("column.period")),
                alt.Tooltip("hours:N", title=t("column.hours")),
                alt.Tooltip("stability_share:Q", title=t("column.stability_share"), format=".0%"),
            ],
        )
    )
    height = _ROW_PX * runs["row"].n_unique() + _AROUND_PX
    return styled(alt.layer(bars).properties(height=height, width="container"), look)


def _clock(hours: pl.Expr) -> pl.Expr:
    minutes = (hours * 60).round().cast(pl.Int64)
    return pl.format(
        "{}:{}",
        (minutes // 60).cast(pl.String).str.zfill(2),
        (minutes % 60).cast(pl.String).str.zfill(2),
    )


def sharp_map(sharp_hours: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """Hours by month in which the load reached 95 % of its year's maximum; from ``period_rules``.

    ``sharp_hours`` has ``month``, ``hour`` and ``hours_reached``.
    """
    drawn = sharp_hours.with_columns(
        pl.format("{}–{}", "hour", pl.col("hour") + 1).alias("hours"),
        pl.col("month")
        .replace_strict({month: t(f"month.m{month}") for month in range(1, 13)})
        .alias("month_name"),
    )
    cells = (
        alt.Chart(drawn)
        .mark_rect(stroke=look.background, strokeWidth=1)
        .encode(
            x=alt.X(
                "hour:O",
                title=t("axis.time_of_day"),
                scale=alt.Scale(domain=list(range(24))),
                axis=alt.Axis(labelAngle=0, grid=False),
            ),
            y=alt.Y(
                "month_name:N",
                title=None,
                sort=[t(f"month.m{month}") for month in range(1, 13)],
                axis=alt.Axis(minExtent=_AXIS_PX, maxExtent=_AXIS_PX, domain=False, ticks=False),
            ),
            color=alt.Color(
                "hours_reached:Q",
                title=t("column.hours_reached"),
                scale=alt.Scale(range=[look.soft, look.high], domainMin=0, interpolate="rgb"),
                legend=alt.Legend(format=",.2~f", tickCount=3),
            ),
            tooltip=[
                alt.Tooltip("month_name:N", title=t("column.months")),
                alt.Tooltip("hours:N", title=t("column.hours")),
                alt.Tooltip("hours_reached:Q", title=t("column.hours_reached"), format=",.2~f"),
            ],
        )
    )
    height = 26 * drawn["month"].n_unique() + 130
    return styled(alt.layer(cells).properties(height=height, width="container"), look)
