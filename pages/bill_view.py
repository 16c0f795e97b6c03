"""The parts of a bill's page: its head, its lines, its energy, its month, and why it changed."""

from collections.abc import Iterator

import polars as pl
import streamlit as st

from pages import units
from pages.bill_charts import change_bars, month_bars, period_curve
from pages.bill_choice import ChosenBill
from pages.bill_table import bill_table
from pages.bill_words import change_in_words, exact, explanations, money, month_name, unit_name
from pages.charts import current_look
from pages.dials import word
from pages.figures import figure, figures
from pages.inputs import in_words
from pages.session import ask
from pages.tables import show_table
from pages.text import language, t
from queries.billing.account_bills import BillError
from queries.billing.bill import bill
from queries.billing.bill_change import bill_change
from queries.billing.bill_curve import bill_curve
from queries.billing.bill_explanation import bill_explanation
from queries.billing.bill_groups import grouped
from queries.billing.bill_head import bill_head
from queries.billing.bill_history import bill_history
from queries.billing.bill_readings import bill_readings
from queries.billing.bill_sheet import bill_sheet
from queries.billing.bill_terms import bill_terms
from queries.billing.bill_waterfall import waterfall
from queries.billing.register_differences import register_differences
from queries.periods import compared_period
from queries.run import QuestionError

_COMPARED = {"last_month": "previous", "last_year": "year"}


def head_or_say_why(chosen: ChosenBill) -> pl.DataFrame | None:
    """The head of the bill; None, and what to do, where there can be no bill."""
    try:
        return ask(bill_head, **chosen.inputs)
    except BillError as error:
        values = {"customer": chosen.customer_id, "month": month_name(chosen.month)}
        st.info(t(f"bill.empty_{error.reason}", **values), icon=":material/inbox:")
        with st.expander(t("empty.details")):
            st.text(str(error))
    return None


def show_head(head: pl.DataFrame) -> None:
    """What is owed, by whom, under which tariff, how sure it is."""
    first = head.row(0, named=True)
    with figures():
        figure(
            t("bill.total"),
            money(first["total_cny"]),
            beside=t("bill.provisional" if first["is_any_provisional"] else "bill.final"),
        )
        figure(
            t("bill.energy"),
            exact(first["total_kwh"], "kWh"),
            beside=t("bill.fed_in", energy=exact(first["total_fed_in_kwh"], "kWh"))
            if first["total_fed_in_kwh"]
            else units.day_count(first["first_day"], first["last_day"]),
        )
        figure(
            t("bill.mean_price"),
            f"{units.bare_price(first['total_price_cny_per_kwh'])} {unit_name('CNY/kWh')}",
            beside=t("bill.mean_price_beside"),
            help_text=t("bill.mean_price_note"),
        )
        figure(
            t("bill.settled_by"),
            t(f"bill_basis.{first['basis']}"),
            beside=units.days(first["first_day"], first["last_day"]),
            help_text=t(f"bill_basis_note.{first['basis']}"),
        )
    for row in head.iter_rows(named=True):
        st.markdown(_who(row))
        _doubts(row)


def _who(row: dict) -> str:
    tariff = row["tariff_name_en" if language() == "en" else "tariff_name"]
    known = [
        t("bill.point", point=row["usage_point_id"]),
        in_words("customer_class", row["customer_class"] or ""),
        exact(row["voltage_kv"], "kV"),
        t("bill.capacity", capacity=exact(row["operating_capacity_kva"], "kVA")),
        t("bill.with_time_of_use" if row["has_time_of_use"] else "bill.without_time_of_use"),
    ]
    notice = t("billing.notice", notice=row["tariff_notice"]) if row["tariff_notice"] else ""
    shown = " · ".join([row["name"] or row["customer_id"], *(one for one in known if one)])
    return f"**{tariff}** {notice}  \n{shown}"


def _doubts(row: dict) -> None:
    """Why a bill does not issue, what stands for what is missing, how certain its prices are."""
    if row["is_provisional"]:
        days = t("word.comma").join(units.day(day) for day in row["estimated_days"])
        text = t("bill.why_estimated", days=days) if days else t("bill.why_curve")
        st.warning(text, icon=":material/pending:")
    notes = [t(f"bill_note.{code}") for code in row["notes"]]
    if row["is_illustrative"]:
        notes.insert(0, t("bill.illustrative"))
    if notes:
        st.caption(" ".join(notes))
    with st.expander(t("billing.how_certain"), icon=":material/help:"):
        told = (row["certainty"], *row["doubts"], *row["warnings"].splitlines())
        st.markdown("\n".join(f"- {text}" for text in told if text))


def show_lines(chosen: ChosenBill, head: pl.DataFrame) -> None:
    """The lines by group with their sums; every line unfolds to how it was computed."""
    lines = grouped(ask(bill, **chosen.inputs))
    title_place, switch_place = st.columns([3, 1], vertical_alignment="bottom")
    title_place.subheader(t("bill.lines"))
    if lines.is_empty():
        st.info(t("bill.nothing_used"), icon=":material/inbox:")
        return
    with switch_place:
        is_open = st.toggle(t("bill.show_all"), key="bill_open")
    how = explanations(ask(bill_explanation, **chosen.inputs))
    for (_,), of_part in lines.group_by("part", maintain_order=True):
        if head.height > 1:
            st.markdown(t("bill.part", **of_part.row(0, named=True)))
        st.html(bill_table(of_part, how, is_open=is_open))
    st.caption(t("bill.unfold"))
    readings = ask(bill_readings, **chosen.inputs)
    if not readings.is_empty():
        with st.expander(t("bill.readings"), icon=":material/speed:"):
            show_table(_readings_table(readings), heads={})


def _readings_table(readings: pl.DataFrame) -> pl.DataFrame:
    rows = readings.iter_rows(named=True)
    return pl.DataFrame(
        [
            {
                t("bill.meter"): row["meter_id"],
                t("input.channel"): in_words("channel", row["channel"]),
                t("bill.register"): word("bill_register", row["register"]),
                t("bill.previous"): exact(row["previous_reading"]),
                t("bill.current"): exact(row["current_reading"]),
                t("bill.ratio"): exact(row["ratio"]),
                t("bill.quantity"): exact(row["quantity"], row["unit"]),
                t("bill.quality"): word("bill_quality", row["reading_quality"]),
                t("bill.exchanged"): row["is_exchanged"],
            }
            for row in rows
        ]
    )


def show_energy(chosen: ChosenBill) -> None:
    """Billed energy term by term and period by period."""
    sheet = bill_sheet(ask(bill_terms, **chosen.inputs))
    if sheet.is_empty():
        return
    st.subheader(t("bill.energy_terms"))
    st.caption(t("bill.energy_terms_note"))
    show_table(_sheet_table(sheet), heads={})


def _sheet_table(sheet: pl.DataFrame) -> pl.DataFrame:
    periods = [name for name in sheet.columns if name not in _SHEET]
    return pl.DataFrame(
        [
            {
                t("input.channel"): in_words("channel", row["channel"]),
                t("bill.term"): t(f"bill_term.{row['term']}"),
                **{word("period_of_day", one): exact(row[one]) for one in periods},
                t("bill.sum"): exact(row["quantity"]),
                t("bill.unit"): unit_name(row["unit"]),
            }
            for row in sheet.iter_rows(named=True)
        ]
    )


_SHEET = ("channel", "term", "quantity", "unit")


def show_month(chosen: ChosenBill) -> None:
    """The month's curve in the colours of the periods."""
    curve = ask(bill_curve, **chosen.inputs, step="1h")
    st.subheader(t("bill.curve"))
    if curve["load_kw"].count() == 0:
        st.info(t("load.nothing_read"), icon=":material/inbox:")
        return
    if curve["period"].count() and not curve["is_time_of_use_billed"].any():
        st.caption(t("bill.curve_not_billed"))
    st.altair_chart(period_curve(curve, look=current_look()), theme=None)
    for text in _differences(chosen):
        st.warning(text, icon=":material/compare_arrows:")


def _differences(chosen: ChosenBill) -> Iterator[str]:
    """Where the registers and the curve disagree."""
    found = ask(
        register_differences,
        first_day=chosen.month,
        last_day=chosen.last_day,
        customer_id=chosen.customer_id,
    )
    for row in found.filter("is_finding").iter_rows(named=True):
        yield t(
            f"bill_difference.{row['rule']}",
            point=row["usage_point_id"],
            registers=units.energy(row["register_kwh"]),
            curve=units.energy(row["interval_kwh"]),
            difference=units.energy(row["difference_kwh"]),
            share=units.share(row["difference_share"]),
        )


def show_changes(chosen: ChosenBill) -> None:
    """Against last month and the same month last year, each as a waterfall with a sentence."""
    st.subheader(t("bill.changes"))
    for place, against in zip(st.columns(2), _COMPARED, strict=True):
        with place:
            _show_change(chosen, against)
    st.caption(t("bill.changes_note"))


def _show_change(chosen: ChosenBill, against: str) -> None:
    days = compared_period(_COMPARED[against], chosen.month, chosen.last_day)  # type: ignore[arg-type]
    other = month_name(days[0])
    st.markdown(f"**{t(f'bill.against_{against}', month=other)}**")
    try:
        change = ask(bill_change, **chosen.inputs, against=against)
    except QuestionError:
        st.caption(t("bill.nothing_to_compare", month=other))
        return
    first = change.row(0, named=True)
    bars = waterfall(change)
    st.markdown(change_in_words(bars, first))
    st.altair_chart(
        change_bars(bars, other, month_name(chosen.month), look=current_look()), theme=None
    )
    if first["weather_kwh"] is None:
        st.caption(t("bill.no_weather"))


def show_history(chosen: ChosenBill) -> None:
    """Energy and amount of the months before."""
    history = ask(bill_history, **chosen.inputs, months=chosen.months)
    st.subheader(t("bill.history", count=chosen.months))
    for place, value in zip(st.columns(2), ("amount_cny", "energy_kwh"), strict=True):
        with place:
            chart = month_bars(history, value, chosen.month, look=current_look())
            st.altair_chart(chart, theme=None)
