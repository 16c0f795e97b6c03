"""A scenario on paper: what was supposed, what comes of it, and the charts, as one HTML file."""

import base64
from collections.abc import Callable, Sequence
from contextvars import copy_context
from datetime import date
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.charts import LIGHT, Chart
from pages.districts import District
from pages.downloads import file_name, later, png_bytes
from pages.inputs import in_words
from pages.text import language, speak, t
from pages.what_if_charts import days_before_and_after, duration_before_and_after
from pages.what_if_figures import figures_side_by_side
from pages.what_if_scenario import PRICE_CLASS, SCENARIOS
from queries.demand.response_models import response_models
from queries.demand.what_if_days import what_if_days
from queries.demand.what_if_duration import what_if_duration
from queries.demand.what_if_groups import what_if_groups
from queries.demand.what_if_ledger import what_if_ledger
from queries.demand.what_if_terms import WhatIf

_STYLE = """
@page { size: A4; margin: 14mm; }
body { font: 11pt/1.5 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
  color: #1b2733; max-width: 190mm; margin: 0 auto; }
h1 { font-size: 17pt; margin: 0 0 2mm; } h2 { font-size: 12.5pt; margin: 6mm 0 2mm; }
p { margin: 0 0 2mm; color: #5b6a78; }
table { border-collapse: collapse; width: 100%; break-inside: avoid; }
th, td { text-align: right; padding: 1mm 2mm; border-bottom: 1px solid #e4eaef; }
th:first-child, td:first-child { text-align: left; }
img { width: 100%; break-inside: avoid; } h2 { break-after: avoid; }
"""


def offer_report(
    supposed: WhatIf,
    inputs: dict[str, Any],
    here: District,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """A button; the report is made when it is clicked."""
    spoken = language()
    opened = SCENARIOS.opened
    is_as_saved = opened is not None and opened.content.get("inputs") == inputs
    name = opened.name if opened is not None and is_as_saved else t("what_if.unsaved_name")
    asked = {"scenario": supposed.model_dump_json()}
    days, duration = later(what_if_days, **asked), later(what_if_duration, **asked)
    groups, ledger = later(what_if_groups, **asked), later(what_if_ledger, **asked)

    def made() -> str:
        speak(spoken)
        return report(
            (name, here.label, supposed.first_day, supposed.last_day),
            assumptions(supposed, inputs),
            figures_side_by_side(
                [before, after], [t("what_if.as_measured"), t("what_if.as_supposed")]
            ),
            _groups(groups()),
            _book(ledger()),
            [
                days_before_and_after(days().filter(pl.col("day") == "peak_day"), look=LIGHT),
                duration_before_and_after(duration(), look=LIGHT),
            ],
        )

    st.download_button(
        t("what_if.report"),
        _in_its_language(made),
        f"{file_name('what_if_report', here.file_name)}.html",
        "text/html",
        icon=":material/print:",
        on_click="ignore",
        key="what_if_report",
    )


def _in_its_language(made: Callable[[], str]) -> Callable[[], bytes]:
    """It runs in a thread that knows nothing of this page."""
    return lambda: copy_context().run(made).encode()


def assumptions(supposed: WhatIf, inputs: dict[str, Any]) -> pl.DataFrame:
    """What was supposed, a row an assumption, in words."""
    rows = [
        *_of_prices(supposed, inputs),
        *_of_equipment(supposed, inputs),
        *_of_heat_and_use(inputs),
        *_of_supply(inputs),
    ]
    return pl.DataFrame(
        rows, {t("what_if.assumption"): pl.String, t("what_if.value"): pl.String}, orient="row"
    )


_Row = tuple[str, str]


def _named(*parts: tuple[str, str]) -> list[_Row]:
    """Inputs under their words: name and how its value is written."""
    return [(t(f"what_if.{word}"), text) for word, text in parts]


def _of_prices(supposed: WhatIf, inputs: dict[str, Any]) -> list[_Row]:
    if not supposed.tariffs:
        return []
    model = response_models()[inputs["model"]]
    rows = [(t("what_if.whose_prices"), in_words("price_class", inputs[PRICE_CLASS] or ""))]
    if inputs["dear"]:
        begin, end = inputs["dear_hours"]
        months = "、" if language() == "zh" else ", "
        listed = months.join(str(one) for one in sorted(inputs["dear_months"]))
        rows.append((t("what_if.dear"), f"{begin}:00–{end}:00 × {inputs['dear_times']:.1f}"))
        rows.append((t("what_if.months"), listed))
    if inputs["cheap"]:
        begin, end = inputs["cheap_from"], inputs["cheap_until"]
        rows.append((t("what_if.cheap"), f"{begin}:00–{end}:00 × {inputs['cheap_times']:.1f}"))
    return rows + _named(
        ("answer_share", f"{inputs['answer']} %"),
        ("technology_share", f"{inputs['technology']} %"),
        ("model", model.name_en if language() == "en" else model.name_zh),
    )


def _of_equipment(supposed: WhatIf, inputs: dict[str, Any]) -> list[_Row]:
    rows: list[_Row] = []
    if supposed.vehicles:
        charging = t(f"what_if.charging_{inputs['charging']}")
        rows += _named(
            ("vehicles_share", f"{inputs['vehicles']} %"),
            ("charging", charging),
            ("vehicle_kwh", f"{inputs['vehicle_kwh']:g}"),
            ("vehicle_kw", f"{inputs['vehicle_kw']:g}"),
        )
    if supposed.roofs:
        rows += _named(
            ("roofs_share", f"{inputs['roofs']} %"),
            ("roof_kw", f"{inputs['roof_kw']:g}"),
        )
    if supposed.storages:
        whose = t(f"what_if.storage_of_{inputs['storage_of']}")
        rows += _named(
            ("storages_share", f"{inputs['storages']} % · {whose}"),
            ("storage_for", t(f"what_if.storage_for_{inputs['storage_for']}")),
            ("storage_kwh", f"{inputs['storage_kwh']:g}"),
            ("storage_kw", f"{inputs['storage_kw']:g}"),
            ("storage_back_share", f"{inputs['storage_back']} %"),
        )
    return rows


def _of_heat_and_use(inputs: dict[str, Any]) -> list[_Row]:
    rows: list[_Row] = []
    if inputs["heatings"]:
        rows += _named(
            ("heatings_share", f"{inputs['heatings']} %"),
            ("heating_kwh", f"{inputs['heating_kwh']:g}"),
            ("heating_below", f"{inputs['heating_below']:g}"),
        )
    rows += [
        (t(f"what_if.{name}"), f"{inputs[name]:+.1f} K")
        for name in ("summer_k", "winter_k")
        if inputs[name]
    ]
    return rows + [
        (t(f"what_if.{name}_share"), f"{inputs[name]} %")
        for name in ("saving", "growth")
        if inputs[name]
    ]


def _of_supply(inputs: dict[str, Any]) -> list[_Row]:
    begin, end = inputs["purchase_hours"]
    return _named(
        ("purchase_cny", f"{inputs['purchase_cny']:.4f}"),
        ("purchase_times", f"{inputs['purchase_times']:.1f} ({begin}:00–{end}:00)"),
        ("loss", f"{inputs['loss']:.1f} %"),
        ("carbon", f"{inputs['carbon']:.4f}"),
    )


def _groups(found: pl.DataFrame) -> pl.DataFrame:
    rows = [
        (
            t("lab.not_known") if row["group"] == "-" else in_words("customer_class", row["group"]),
            f"{row['accounts']:,}",
            units.money(row["now_cny"]),
            units.money(row["change_cny"], with_sign=True),
            f"{row['winners']:,}",
            f"{row['losers']:,}",
        )
        for row in found.iter_rows(named=True)
    ]
    heads = ("group", "accounts", "now_cny", "change_cny", "winners", "losers")
    return pl.DataFrame(rows, [t(f"column.{name}") for name in heads], orient="row")


def _book(found: pl.DataFrame) -> pl.DataFrame:
    rows = [
        (t(f"what_if_part.{part}"), f"{kwh:+,.1f}")
        for part, kwh in found.iter_rows()
        if round(kwh, 1)
    ]
    heads = [t("what_if.figure"), f"{t('column.energy_kwh')} (kWh)"]
    return pl.DataFrame(rows, heads, orient="row")


def report(  # noqa: PLR0913, PLR0917 - what stands on it, from top to bottom
    about: tuple[str, str, date, date],
    supposed: pl.DataFrame,
    found: pl.DataFrame,
    groups: pl.DataFrame,
    book: pl.DataFrame,
    charts: Sequence[Chart],
) -> str:
    """The whole file; it needs nothing beside it."""
    name, place, first_day, last_day = about
    day, duration = (_picture(one) for one in charts)
    title = t("what_if.report_title", name=name)
    span = units.days(first_day, last_day)
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(t('what_if.report_about', place=place, days=span))}</p>",
        _section("what_if.report_supposed", _table(supposed)),
        _section("what_if.report_found", _table(found)),
        _section("what_if.day_question", day),
        _section("what_if.duration_question", duration),
        _section("what_if.groups_question", _table(groups)),
        _section("what_if.book_question", _table(book)),
        f"<p>{escape(t('what_if.supply_note'))}</p>",
    ]
    head = f"<meta charset='utf-8'><title>{escape(title)}</title><style>{_STYLE}</style>"
    return (
        f"<!doctype html><html lang='{language()}'><head>{head}</head>"
        f"<body>{''.join(parts)}</body></html>"
    )


def _section(key: str, content: str) -> str:
    return f"<h2>{escape(t(key))}</h2>{content}"


def _picture(chart: Chart) -> str:
    return f"<img alt='' src='data:image/png;base64,{base64.b64encode(png_bytes(chart)).decode()}'>"


def _table(frame: pl.DataFrame) -> str:
    heads = "".join(f"<th>{escape(name)}</th>" for name in frame.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(str(value))}</td>' for value in row)}</tr>"
        for row in frame.iter_rows()
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
