"""Hours of a time-of-use calendar: as 24-hour dials, and in words."""

from textwrap import wrap

import altair as alt
import polars as pl

from pages.charts import FONT, LIGHT, Chart, Look, styled
from pages.text import catalogue, language, t

PERIOD_COLORS = {
    "sharp": "#a3271f",
    "peak": "#e08a1e",
    "flat": "#b9c4cc",
    "valley": "#5b8fd0",
    "deep_valley": "#25437c",
}
"""Colours of the periods, in the order of their prices."""
_RADIUS, _HOLE, _LABELS = 68, 36, 79
_DAY_MINUTES = 1440
_COLUMNS = 4
_LINE = "|"
_LINE_LETTERS = 30  # of a heading; Chinese ones are twice as wide


def dials(hours: pl.DataFrame, *, look: Look = LIGHT, columns: int = _COLUMNS) -> Chart:
    """A dial for every kind of day and season of an answer of ``time_of_use``; midnight is up."""
    drawn = _in_words(hours)
    panels = drawn["panel"].unique(maintain_order=True).to_list()
    known = [period for period in PERIOD_COLORS if period in hours["period"].unique().to_list()]
    others = [
        one for one in hours["period"].unique(maintain_order=True) if one not in PERIOD_COLORS
    ]
    color = alt.Color(
        "period_name:N",
        scale=alt.Scale(
            domain=[word("period_of_day", period) for period in (*known, *others)],
            range=[PERIOD_COLORS.get(period, look.other) for period in (*known, *others)],
        ),
        legend=alt.Legend(title=None, orient="top", symbolType="square", labelLimit=0),
    )
    day = alt.Scale(domain=[0, _DAY_MINUTES])
    ring = (
        alt.Chart()
        .transform_filter("isValid(datum.from_minute)")
        .mark_arc(innerRadius=_HOLE, outerRadius=_RADIUS, stroke=look.background)
        .encode(
            theta=alt.Theta("from_minute:Q", scale=day),
            theta2="until_minute:Q",
            color=color,
            tooltip=[
                alt.Tooltip("period_name:N", title=t("column.period")),
                alt.Tooltip("from_until:N", title=t("column.hours")),
            ],
        )
    )
    named = pl.DataFrame({"minute": [0, 360, 720, 1080], "hour": ["0", "6", "12", "18"]})
    around = drawn.select("panel").unique(maintain_order=True).join(named, how="cross")
    numbers = (
        alt.Chart()
        .transform_filter("isValid(datum.minute)")
        .mark_text(radius=_LABELS, font=FONT, color=look.faint)
        .encode(theta=alt.Theta("minute:Q", scale=day), text="hour:N")
    )
    layers = alt.layer(ring, numbers, data=pl.concat([drawn, around], how="diagonal"))
    header = alt.Header(
        labelFont=FONT,
        labelFontSize=12,
        labelColor=look.ink,
        labelLimit=0,
        labelExpr=f"split(datum.label, '{_LINE}')",
    )
    return styled(
        layers.properties(width=178, height=178).facet(
            facet=alt.Facet("panel:N", title=None, sort=panels, header=header), columns=columns
        ),
        look,
    )


def hours_in_words(hours: pl.DataFrame) -> pl.DataFrame:
    """A row a kind of day, season and period, with its hours; headings in the reader's language."""
    found = (
        _in_words(hours)
        .group_by("day_kind_name", "months_name", "period_name", maintain_order=True)
        .agg(
            pl.col("from_until").str.join(", "),
            (pl.col("until_minute") - pl.col("from_minute")).sum().truediv(60).alias("length"),
        )
    )
    return found.select(
        pl.col("day_kind_name").alias(t("column.day_kind")),
        pl.col("months_name").alias(t("column.months")),
        pl.col("period_name").alias(t("column.period")),
        pl.col("from_until").alias(t("column.hours")),
        pl.col("length").alias(t("column.hours_a_day")),
    )


def _in_words(hours: pl.DataFrame) -> pl.DataFrame:
    clock = [
        pl.format(
            "{}:{}",
            (pl.col(name) // 60).cast(pl.String).str.zfill(2),
            (pl.col(name) % 60).cast(pl.String).str.zfill(2),
        )
        for name in ("from_minute", "until_minute")
    ]
    kinds = {kind: _kind_in_words(kind) for kind in hours["day_kind"].unique()}
    months = {text: months_in_words(text) for text in hours["months"].unique()}
    periods = {period: word("period_of_day", period) for period in hours["period"].unique()}
    named = hours.with_columns(
        from_until=pl.format("{}–{}", *clock),
        day_kind_name=pl.col("day_kind").replace_strict(kinds, return_dtype=pl.String),
        months_name=pl.col("months").replace_strict(months, return_dtype=pl.String),
        period_name=pl.col("period").replace_strict(periods, return_dtype=pl.String),
    )
    wrapped = {name: _in_lines(name) for name in named["day_kind_name"].unique()}
    heading = pl.col("day_kind_name").replace_strict(wrapped, return_dtype=pl.String)
    return named.with_columns(panel=pl.format("{}{}{}", heading, pl.lit(_LINE), "months_name"))


def _in_lines(text: str) -> str:
    letters = _LINE_LETTERS if text.isascii() else _LINE_LETTERS // 2
    # What is joined by 、 has no blanks to break at.
    lines = wrap(text.replace("、", "、 ").replace("或", " 或"), letters)
    return _LINE.join(line.replace("、 ", "、") for line in lines)


def _kind_in_words(kind: str) -> str:
    """``break:a + rest_day or break:b + rest_day`` as people say it, what all share said once."""
    choices = [set(choice.split(" + ")) for choice in kind.split(" or ")]
    shared = set.intersection(*choices) if len(choices) > 1 else set()
    said = [
        t("word.and").join(tag_in_words(tag) for tag in sorted(one - shared)) for one in choices
    ]
    named = [t("word.or").join(said), *(tag_in_words(tag) for tag in sorted(shared))]
    return t("word.and").join(named)


def tag_in_words(tag: str) -> str:
    head, _, name = tag.partition(":")
    return word("holiday" if head in {"break", "holiday"} and name else "day_tag", name or head)


def months_in_words(text: str) -> str:
    """``1, 7, 8, 12`` as ``1月、7–8月、12月``, all twelve as the whole year."""
    numbers = [int(number) for number in text.split(", ")]
    if len(numbers) == 12:
        return t("billing.whole_year")
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    said = [f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
    return t("billing.months", months=t("word.comma").join(said))


def word(section: str, code: str) -> str:
    """A code in words; a name of the file's own as it stands."""
    return catalogue(language()).get(f"{section}.{code}", code)
