"""Charts of a portrait: typical days, months, the year's days, the response to the weather."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t
from pages.units import energy_unit, power_unit
from queries.day_kinds import DAY_KINDS, SEASONS


def _largest(frame: pl.DataFrame, column: str) -> float | None:
    value = frame[column].max()
    return float(value) if isinstance(value, int | float) else None


def typical_days(days: pl.DataFrame, *, look: Look = LIGHT, height: int = 230) -> Chart:
    """Mean load by hour, a colour a season, rest days dashed; from ``portrait_typical_days``."""
    unit = power_unit(_largest(days, "load_kw"))
    seasons = [name for name in SEASONS if name in days["season"].unique()]
    colors: dict[str, str] = dict(
        zip(SEASONS, (look.low, look.soft, look.high, look.main), strict=True)
    )
    kinds = [t(f"day_kind.{kind}") for kind in DAY_KINDS]
    drawn = days.select(
        (pl.col("hour") + 0.5).alias("hour"),
        (pl.col("load_kw") / unit.size).alias("value"),
        pl.col("season").replace_strict(
            {name: t(f"season.{name}") for name in SEASONS}, return_dtype=pl.String
        ),
        pl.col("day_kind").replace_strict(
            dict(zip(DAY_KINDS, kinds, strict=True)), return_dtype=pl.String
        ),
        "days",
    )
    title = f"{t('portrait.mean_load')} ({unit.symbol})"
    lines = (
        alt.Chart(drawn)
        .mark_line(strokeWidth=2, interpolate="monotone")
        .encode(
            x=alt.X(
                "hour:Q",
                title=t("portrait.hour"),
                scale=alt.Scale(domain=[0, 24], nice=False),
                axis=alt.Axis(values=list(range(0, 25, 3)), grid=False),
            ),
            y=alt.Y("value:Q", title=title, scale=alt.Scale(zero=True)),
            color=alt.Color(
                "season:N",
                scale=alt.Scale(
                    domain=[t(f"season.{name}") for name in seasons],
                    range=[colors[name] for name in seasons],
                ),
                legend=alt.Legend(title=None, symbolType="stroke", symbolOpacity=1),
            ),
            strokeDash=alt.StrokeDash(
                "day_kind:N",
                scale=alt.Scale(domain=kinds, range=[[1, 0], [5, 4]]),
                legend=alt.Legend(title=None, symbolType="stroke"),
            ),
            tooltip=[
                alt.Tooltip("season:N", title=t("portrait.season")),
                alt.Tooltip("day_kind:N", title=t("portrait.day_kind")),
                alt.Tooltip("hour:Q", title=t("portrait.hour"), format=".0f"),
                alt.Tooltip("value:Q", title=title, format=unit.number_format),
                alt.Tooltip("days:Q", title=t("portrait.days")),
            ],
        )
    )
    return styled(alt.layer(lines).properties(height=height, width="container"), look)


def month_bars(months: pl.DataFrame, *, look: Look = LIGHT, height: int = 230) -> Chart:
    """Energy of the months, those with days missing muted; from ``portrait_months``."""
    unit = energy_unit(_largest(months, "energy_kwh"))
    whole, holes = t("portrait.whole_month"), t("portrait.month_with_holes")
    drawn = months.select(
        "month",
        (pl.col("energy_kwh") / unit.size).alias("value"),
        (pl.col("daily_kwh")).alias("daily"),
        pl.when(pl.col("known_days") == pl.col("days"))
        .then(pl.lit(whole))
        .otherwise(pl.lit(holes))
        .alias("kind"),
        pl.format("{} / {}", "known_days", "days").alias("known"),
    )
    title = f"{t('portrait.energy')} ({unit.symbol})"
    bars = (
        alt.Chart(drawn)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=-45)),
            y=alt.Y("value:Q", title=title),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=[whole, holes], range=[look.main, look.soft]),
                legend=alt.Legend(title=None, symbolType="square"),
            ),
            tooltip=[
                alt.Tooltip("month:O", title=t("portrait.month")),
                alt.Tooltip("value:Q", title=title, format=unit.number_format),
                alt.Tooltip("daily:Q", title=t("portrait.daily"), format=",.2f"),
                alt.Tooltip("known:N", title=t("portrait.known_days")),
            ],
        )
    )
    return styled(alt.layer(bars).properties(height=height, width="container"), look)


def year_calendar(days: pl.DataFrame, *, look: Look = LIGHT, height: int = 230) -> Chart:
    """Every day of the year as a cell, weeks across; from ``portrait_days``."""
    day = pl.col("service_date")
    drawn = days.select(
        day.cast(pl.Datetime("ms")).dt.replace_time_zone("UTC").alias("at"),
        (day - pl.duration(days=day.dt.weekday() - 1))
        .cast(pl.Datetime("ms"))
        .dt.replace_time_zone("UTC")
        .alias("week"),
        (day.dt.weekday() - 1).alias("number"),
        "energy_kwh",
        "temperature_c",
    ).with_columns(
        pl.col("number")
        .replace_strict(range(7), [t(f"weekday.{name}") for name in _WEEKDAYS])
        .alias("weekday")
    )
    high = drawn["energy_kwh"].quantile(0.99) or 1.0
    cells = (
        alt.Chart(drawn)
        .mark_rect(stroke=look.background, strokeWidth=1)
        .encode(
            x=alt.X(
                "yearmonthdate(week):O",
                timeUnit="utcyearmonthdate",
                title=None,
                axis=alt.Axis(
                    format=t("chart.format_day"), labelAngle=0, labelOverlap="greedy", ticks=False
                ),
            ),
            y=alt.Y(
                "weekday:O",
                title=None,
                sort=[t(f"weekday.{name}") for name in _WEEKDAYS],
                axis=alt.Axis(ticks=False, domain=False),
            ),
            color=alt.condition(
                "isValid(datum.energy_kwh)",
                alt.Color(
                    "energy_kwh:Q",
                    scale=alt.Scale(range=[look.grid, look.main], domain=[0, high], clamp=True),
                    legend=alt.Legend(title="kWh", orient="bottom", gradientLength=110),
                ),
                alt.value(look.background),
            ),
            tooltip=[
                alt.Tooltip("utcyearmonthdate(at):T", title=t("portrait.day"), format="%Y-%m-%d"),
                alt.Tooltip("energy_kwh:Q", title=t("portrait.energy_kwh"), format=",.2f"),
                alt.Tooltip("temperature_c:Q", title=t("portrait.temperature"), format=".1f"),
            ],
        )
    )
    return styled(alt.layer(cells).properties(height=height, width="container"), look)


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def weather_points(days: pl.DataFrame, *, look: Look = LIGHT, height: int = 260) -> Chart:
    """Energy of the days against their temperature, and the response; from ``portrait_days``."""
    kinds = [t(f"day_kind.{kind}") for kind in DAY_KINDS]
    drawn = days.drop_nulls(["energy_kwh", "temperature_c"]).select(
        pl.col("service_date").cast(pl.String),
        "temperature_c",
        "energy_kwh",
        "response_kwh",
        pl.when("is_rest").then(pl.lit(kinds[1])).otherwise(pl.lit(kinds[0])).alias("kind"),
    )
    x = alt.X(
        "temperature_c:Q", title=t("portrait.temperature"), scale=alt.Scale(zero=False, nice=False)
    )
    points = (
        alt.Chart(drawn)
        .mark_point(filled=True, size=22, opacity=0.55)
        .encode(
            x=x,
            y=alt.Y("energy_kwh:Q", title=t("portrait.energy_kwh")),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=[look.main, look.other]),
                legend=alt.Legend(title=None),
            ),
            tooltip=[
                alt.Tooltip("service_date:N", title=t("portrait.day")),
                alt.Tooltip("temperature_c:Q", title=t("portrait.temperature"), format=".1f"),
                alt.Tooltip("energy_kwh:Q", title=t("portrait.energy_kwh"), format=",.2f"),
            ],
        )
    )
    fitted = drawn.drop_nulls("response_kwh").sort("temperature_c")
    line = (
        alt.Chart(fitted)
        .mark_line(color=look.high, strokeWidth=2.5)
        .encode(x=x, y=alt.Y("response_kwh:Q"))
    )
    parts = [points, line] if fitted.height else [points]
    return styled(alt.layer(*parts).properties(height=height, width="container"), look)
