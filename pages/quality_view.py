"""What the page of data quality shows: findings by rule, estimates, the list, one curve."""

import re
from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from ingest.validation.rules import Rules, read_rules
from pages import units
from pages.charts import current_look
from pages.collection_words import place_names
from pages.columns import columns, heading
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.finding_words import evidence_of, expected, rule_name, seen, why
from pages.inputs import kept_select
from pages.quality_charts import estimate_lines, finding_map, quality_curve
from pages.reproduce import offer_reproduction
from pages.session import ask, settings
from pages.tables import table_height
from pages.text import t
from queries.governance.curve_completeness import curve_completeness
from queries.governance.curve_quality import curve_quality
from queries.governance.finding_days import finding_days
from queries.governance.findings import findings
from queries.governance.quality_summary import quality_summary

_ANY = "any"
_MOST_CARDS = 12
_WIDTHS = {"rule": 190, "said": 600, "expected": 340}  # px
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>$~:])")
_MOST_DAYS, _AROUND = 14, timedelta(days=3)


def rules() -> Rules:
    """The rules of validation, which have their names in both languages."""
    return read_rules(settings())


def show_summary(asked: dict[str, Any]) -> None:
    """Findings, and what of the points due was read, estimated and missing."""
    found = ask(quality_summary, **asked).row(0, named=True)
    with figures():
        figure(
            t("quality.findings"),
            f"{found['findings']:,}",
            beside=t(
                "quality.about", subjects=f"{found['subjects']:,}", rules=f"{found['rules']:,}"
            ),
            help_text=t("quality.findings_note"),
        )
        for name in ("actual", "estimated", "missing"):
            figure(
                t(f"quality.{name}"),
                units.share(found[f"{name}_share"]),
                beside=t("quality.points_due", points=f"{found['expected_slots']:,}"),
                help_text=t(f"quality.{name}_note"),
            )


def say_how_to_validate(asked: dict[str, Any], *, is_empty: bool) -> None:
    """The command that judges these days; open where nothing was found."""
    command = f"fenggu validate --from {asked['first_day']} --to {asked['last_day']}"
    if is_empty:
        st.info(t("quality.nothing_found"), icon=":material/rule:")
        st.code(f"{command}\n{command} --estimate", language="bash")
        return
    with st.popover(t("quality.validate"), icon=":material/rule:"):
        st.caption(t("quality.validate_note"))
        st.code(f"{command}\n{command} --estimate", language="bash", wrap_lines=True)


def show_rules(asked: dict[str, Any]) -> None:
    """Findings by rule and day; estimated and missing points by region and day."""
    days = ask(finding_days, **asked)
    if not days.is_empty():
        st.subheader(t("quality.by_rule"))
        st.caption(t("quality.by_rule_note"))
        known = rules()
        names = {name: rule_name(known, name) for name in days["rule"].unique()}
        added = (
            days.group_by("service_date", "rule")
            .agg(pl.col("subjects", "began").sum())
            .with_columns(pl.col("rule").replace(names).alias("named"))
        )
        st.altair_chart(finding_map(added, look=current_look()), theme=None)
    places = ask(curve_completeness, **asked, group_by="region")
    if not places.is_empty():
        st.subheader(t("quality.by_region"))
        named = places.with_columns(place_names(places, "region").alias("place"))
        st.altair_chart(estimate_lines(named, look=current_look(), height=220), theme=None)


def show_list(asked: dict[str, Any]) -> pl.DataFrame:
    """The findings one by one; returns those listed, the one chosen in the table alone."""
    known = rules()
    st.subheader(t("quality.list"))
    everything = ask(findings, **asked)
    names = {name: rule_name(known, name) for name in everything["rule"].unique().sort()}
    place, _ = st.columns([1, 2])
    with place:
        options = [_ANY, *names]
        rule = kept_select(
            "rule", t("column.rule"), options, lambda r: names.get(r, t("quality.any_rule"))
        )
    found = everything if rule == _ANY else ask(findings, **asked, rule=rule)
    shown = _listed(found, names)
    st.caption(t("quality.list_note", findings=f"{found.height:,}"))
    selected = st.dataframe(
        shown,
        column_config=columns(shown)
        | {
            name: st.column_config.TextColumn(heading(name), width=width)
            for name, width in _WIDTHS.items()
        },
        hide_index=True,
        placeholder="–",
        height=table_height(shown),
        on_select="rerun",
        selection_mode="single-row",
        key=f"findings_{rule}",
    )
    with st.container(horizontal=True):
        inputs = {**asked, **({} if rule == _ANY else {"rule": rule})}
        name = file_name("governance/findings", asked["first_day"], asked["last_day"])
        offer_tables(name, later(findings, **inputs))
        offer_reproduction(findings, **inputs)
    rows = selected["selection"]["rows"]
    return found[rows] if rows else found


def _listed(found: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    """The findings as a table: what was seen and expected in sentences."""
    whats = {what: t(f"finding_what.{what}") for what in found["what"].unique()}
    rows, zone = found.rows(named=True), settings().zone
    return found.select(
        pl.col("rule").replace(names),
        "subject_id",
        "first_day",
        "days",
        pl.Series("said", [seen(row, zone) for row in rows], dtype=pl.String),
        pl.Series("expected", [expected(row, zone) for row in rows], dtype=pl.String),
        pl.col("what").replace(whats),
        "transformer_id",
        "last_day",
    )


def show_cards(found: pl.DataFrame) -> None:
    """Findings at length, in order of time: what was seen and expected, why it matters."""
    known, zone = rules(), settings().zone
    for row in found.sort("first_day", "rule").head(_MOST_CARDS).iter_rows(named=True):
        with st.container(border=True):
            days = units.days(row["first_day"], row["last_day"])
            name, what = rule_name(known, row["rule"]), t(f"finding_what.{row['what']}")
            about = plain(f"{what} {row['subject_id']} · {days}")
            st.markdown(f"**{plain(name)}** · {about}")
            st.markdown(plain(seen(row, zone)))
            normal = plain(t("quality.should_be", expected=expected(row, zone)))
            st.caption(f"{normal}  \n{why(row['rule'])}")
            with st.popover(t("quality.evidence"), icon=":material/data_object:"):
                st.json({"found_in": row["found_in"], **evidence_of(row)})
    if found.height > _MOST_CARDS:
        st.caption(t("quality.more_findings", findings=f"{found.height - _MOST_CARDS:,}"))


def plain(text: str) -> str:
    """Text as it stands: an asterisk in a meter's number is no Markdown."""
    return _MARKUP.sub(r"\\\1", text)


def show_curve(here: District, asked: dict[str, Any], listed: pl.DataFrame) -> None:
    """One usage point: its curve, what of it is estimated, and all that is doubtful about it."""
    st.subheader(t("quality.curve"))
    points = listed["usage_point_id"].drop_nulls().unique(maintain_order=True).to_list()
    if not points:
        st.info(t("quality.no_point"), icon=":material/inbox:")
        show_cards(listed)
        return
    point_place, days_place, _ = st.columns([1, 1, 1])
    with point_place:
        if st.session_state.get("findings_point_of") != points:
            # Another row was chosen in the table: begin with its usage point.
            st.session_state["findings_point_of"] = points
            if len(points) == 1:
                st.session_state["point"] = points[0]
        point = kept_select("point", t("column.usage_point_id"), points, str)
    of_point = listed.filter(pl.col("usage_point_id") == point).row(0, named=True)
    with days_place:
        first_day, last_day = _pick_days_around(here, point, of_point["first_day"], asked)
    about: dict[str, Any] = {
        "usage_point_id": point,
        "first_day": first_day,
        "last_day": last_day,
    }
    curve = ask(curve_quality, **about)
    if curve.is_empty():
        st.info(t("load.nothing_read"), icon=":material/inbox:")
    else:
        st.altair_chart(quality_curve(curve, look=current_look()), theme=None)
        st.caption(t("quality.curve_note"))
    show_cards(ask(findings, **about))


def _pick_days_around(
    here: District, point: str, begin: date, asked: dict[str, Any]
) -> tuple[date, date]:
    in_period = min(max(begin, asked["first_day"]), asked["last_day"])
    first = max(here.first_day, in_period - _AROUND)
    last = min(here.last_day, first + timedelta(days=2 * _AROUND.days))
    picked = st.date_input(
        t("quality.curve_days", most=_MOST_DAYS),
        value=(first, last),
        min_value=here.first_day,
        max_value=here.last_day,
        format="YYYY-MM-DD",
        key=f"curve_days_{point}_{begin}",
    )
    chosen = picked if isinstance(picked, tuple) and picked else (first, last)
    return chosen[0], min(chosen[-1], chosen[0] + timedelta(days=_MOST_DAYS - 1))
