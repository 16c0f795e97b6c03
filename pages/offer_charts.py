"""Charts of offers: the arms of a campaign week by week, and whom to ask first."""

import altair as alt
import polars as pl

from pages.charts import LIGHT, Chart, Look, styled
from pages.text import t

_HEIGHT = 240


def weeks_apart(weeks: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """How far the arms lie apart in every week, with its band; from ``customers/offer_weeks``."""
    drawn = weeks.with_columns(
        at=pl.col("week_begins_on").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC"),
        when=pl.when("is_after")
        .then(pl.lit(t("offer.after")))
        .otherwise(pl.lit(t("offer.before"))),
    ).drop("week_begins_on")
    x = alt.X(
        "utcyearmonthdate(at):T",
        title=None,
        axis=alt.Axis(format=t("chart.format_day"), grid=False, tickCount=9),
    )
    color = alt.Color(
        "when:N",
        scale=alt.Scale(
            domain=[t("offer.before"), t("offer.after")], range=[look.other, look.main]
        ),
        legend=alt.Legend(title=None, symbolType="square"),
    )
    base = alt.Chart(drawn).encode(x=x, color=color)
    title = t("offer.apart")
    band = base.mark_area(opacity=0.18, interpolate="monotone").encode(
        y=alt.Y("apart_low_share:Q", title=title, axis=alt.Axis(format="+.0%", tickCount=5)),
        y2=alt.Y2("apart_high_share:Q"),
    )
    line = base.mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=18)).encode(
        y=alt.Y("apart_share:Q"),
        tooltip=[
            alt.Tooltip(
                "utcyearmonthdate(at):T", title=t("chart.day"), format=t("chart.format_date")
            ),
            alt.Tooltip("apart_share:Q", title=title, format="+.1%"),
            alt.Tooltip("offered_kwh_per_day:Q", title=t("offer.offered_mean"), format=",.2f"),
            alt.Tooltip("control_kwh_per_day:Q", title=t("offer.control_mean"), format=",.2f"),
        ],
    )
    nothing = alt.Chart().mark_rule(color=look.faint, strokeDash=[3, 3]).encode(y=alt.datum(0))
    return styled(alt.layer(band, line, nothing).properties(height=_HEIGHT), look)


def qini_curve(curve: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """What asking a share of the customers saves; from ``customers/offer_uplift``."""
    x = alt.X(
        "asked_share:Q",
        title=t("offer.asked"),
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(format=".0%", grid=False, tickCount=5),
    )
    base = alt.Chart(curve).encode(x=x)
    title = t("offer.saved_by_asking")
    band = base.mark_area(color=look.main, opacity=0.16).encode(
        y=alt.Y("saved_low_kwh:Q", title=title, axis=alt.Axis(format=",~f", tickCount=5)),
        y2=alt.Y2("saved_high_kwh:Q"),
    )
    line = base.mark_line(color=look.main, strokeWidth=2).encode(y="saved_kwh:Q")
    chance = base.mark_line(color=look.other, strokeDash=[4, 3]).encode(y="chance_kwh:Q")
    return styled(alt.layer(band, chance, line).properties(height=_HEIGHT), look)
