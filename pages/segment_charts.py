"""Charts of segments: their days, and how many of them would be found again."""

from collections.abc import Sequence

import altair as alt
import polars as pl

from pages.charts import FONT, LIGHT, Chart, Look, styled
from pages.text import t
from queries.customers.segment_choice import STABLE

_KINDS = ("workday", "rest_day")


def segment_days(
    profiles: pl.DataFrame, names: Sequence[str], *, columns: int = 3, look: Look = LIGHT
) -> Chart:
    """Mean workday and rest day of every segment, a panel each; from ``segment_profiles``.

    Args:
        profiles: Its answer.
        names: Of the segments, by their number.
        columns: Panels beside each other.
        look: Colours.
    """
    kinds = {kind: t(f"day_kind.{kind}") for kind in _KINDS}
    parts = [
        profiles.select(
            panel=pl.col("segment").replace_strict(dict(enumerate(names)), return_dtype=pl.String),
            kind=pl.lit(kinds[kind]),
            hour=pl.lit(list(range(24))),
            ratio=pl.col(f"{kind}_hours"),
        )
        for kind in _KINDS
    ]
    drawn = pl.concat(parts).drop_nulls("ratio").explode("hour", "ratio")
    order = [names[number] for number in profiles["segment"]]
    lines = (
        alt.Chart(drawn)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X(
                "hour:Q",
                title=t("axis.time_of_day"),
                scale=alt.Scale(domain=[0, 23], nice=False),
                axis=alt.Axis(values=[0, 6, 12, 18, 23], grid=False),
            ),
            y=alt.Y("ratio:Q", title=t("axis.over_year_mean"), axis=alt.Axis(tickCount=4)),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=list(kinds.values()), range=[look.main, look.other]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            tooltip=[
                alt.Tooltip("panel:N", title=t("column.segment")),
                alt.Tooltip("kind:N", title=t("column.day_kind")),
                alt.Tooltip("hour:Q", title=t("column.hour")),
                alt.Tooltip("ratio:Q", title=t("axis.over_year_mean"), format=".2f"),
            ],
        )
    )
    # A line a trait: in one line the names of a fine division are cut off where they differ.
    header = alt.Header(
        labelFont=FONT,
        labelFontSize=12,
        labelColor=look.ink,
        labelLimit=300,
        labelExpr=f"split(datum.label, '{t('segment.between_words')}')",
    )
    panels = alt.layer(lines).properties(width=280, height=120)
    facet = alt.Facet("panel:N", title=None, header=header, sort=order)  # type: ignore[arg-type]
    return styled(panels.facet(facet, columns=columns), look)


def stability_lines(candidates: pl.DataFrame, *, look: Look = LIGHT) -> Chart:
    """How well segments and plain clusters are found again, by their number."""
    ours, free = t("segment.ours"), t("segment.free")
    drawn = pl.concat(
        candidates.select("segments", "is_chosen", name=pl.lit(name), stability=pl.col(column))
        for name, column in ((ours, "stability"), (free, "free_stability"))
    )
    scale = alt.Scale(domain=[ours, free], range=[look.main, look.other])
    base = alt.Chart(drawn).encode(
        x=alt.X("segments:O", title=t("segment.number"), axis=alt.Axis(labelAngle=0)),
        y=alt.Y("stability:Q", title=t("segment.stability"), scale=alt.Scale(domain=[0, 1])),
        color=alt.Color("name:N", scale=scale, legend=alt.Legend(title=None, orient="top")),
        tooltip=[
            alt.Tooltip("name:N", title=" "),
            alt.Tooltip("segments:O", title=t("segment.number")),
            alt.Tooltip("stability:Q", title=t("segment.stability"), format=".2f"),
        ],
    )
    limit = (
        alt.Chart(pl.DataFrame({"limit": [STABLE]}))
        .mark_rule(strokeDash=[4, 4], color=look.faint)
        .encode(y="limit:Q")
    )
    chosen = base.transform_filter("datum.is_chosen && datum.name === '" + ours + "'")
    layers = alt.layer(
        limit,
        base.mark_line(strokeWidth=2, point=True),
        chosen.mark_point(size=220, strokeWidth=2),
    )
    return styled(layers.properties(height=240, width="container"), look)
