"""The tables in which a planner edits a tariff: prices and tiers, hours with their dial."""

from decimal import Decimal
from functools import lru_cache
from typing import Any

import polars as pl
import streamlit as st

from pages.charts import Chart, Look, current_look
from pages.dials import dials, months_in_words, tag_in_words, word
from pages.inputs import in_words
from pages.tariff_drafts import Draft, HoursRow
from pages.text import language, t
from queries.billing.calendar_model import EVERY_DAY, EVERY_MONTH, PERIODS, Calendar, Window
from queries.billing.day_tags import FIXED_TAGS
from queries.billing.dials import dials as dials_of
from queries.billing.errors import EditError, TariffError
from queries.billing.lab import tariff_of
from queries.billing.tariff_hours import calendar_of, with_hours
from queries.billing.tariff_model import Tariff
from queries.billing.tariff_prices import Numbers, PriceRow, price_rows, with_numbers
from queries.billing.tariff_text import write_tariff

_PRICE = pl.Decimal(18, 6)
_DAY_MINUTES, _STEP = 1440, 15
_CLOCK = [f"{m // 60:02d}:{m % 60:02d}" for m in range(0, _DAY_MINUTES + 1, _STEP)]
_NO_REST = "-"


def edit_tariff(draft: Draft) -> None:
    """Both tables; the draft then holds the tariff they make, or the last that could be used."""
    prices_place, hours_place = st.columns([1, 1.15], gap="medium")
    with hours_place:
        tariff = _edit_hours(draft)
    with prices_place:
        tariff = _edit_prices(draft, tariff)
    if tariff == draft.tariff:
        return
    try:
        tariff_of(write_tariff(tariff))
    except TariffError as error:
        with prices_place:
            _complain(error, draft)
        return
    draft.tariff, draft.found = tariff, None


def _complain(error: TariffError, draft: Draft) -> None:
    """What is wrong with an edit, in the reader's language where there are words for it."""
    text = str(error)
    if isinstance(error, EditError):
        values = dict(error.values)
        rows = {row.key: row for row in price_rows(draft.tariff)}
        if "row" in values:
            row = rows.get(str(values["row"]))
            values["row"] = _charge_name(row) if row else ""
        if "period" in values:
            values["period"] = word("period_of_day", str(values["period"]))
        if isinstance(found := values.get("periods"), tuple):
            values["periods"] = t("word.and").join(word("period_of_day", p) for p in found)
        if isinstance(tags := values.pop("tags", None), tuple):
            days = [tag_in_words(tag) for tag in tags]
            values["days"] = t("word.and").join(days) or t("day_tag.other")
        if "month" in values:
            values["month"] = t(f"month.m{values['month']}")
        text = t(f"edit_error.{error.reason}", **values)
    st.error(text, icon=":material/error:")
    st.caption(t("lab.last_good"))


def _edit_prices(draft: Draft, tariff: Tariff) -> Tariff:
    st.markdown(f"**{t('lab.prices')}**")
    filled_for = (language(), *(row.key for row in price_rows(tariff)))
    if draft.prices_for != filled_for:
        draft.prices, draft.prices_for = price_rows(tariff), filled_for
        draft.prices_filled += 1
    shown = _priced(draft.prices)
    has_limits = shown["limit"].null_count() < shown.height
    order = ["charge", "period", "price", "unit"]
    if has_limits:
        order[2:2] = ["tier", "limit"]
    edited: Any = st.data_editor(
        shown,
        key=f"prices_{draft.number}_{draft.prices_filled}",
        hide_index=True,
        column_order=order,
        disabled=["charge", "period", "tier", "unit"],
        height="content",
        column_config={
            "charge": st.column_config.TextColumn(t("column.charge"), width="medium"),
            "period": st.column_config.TextColumn(t("column.period"), width="small"),
            "tier": st.column_config.TextColumn(t("column.tier"), width="small"),
            "limit": st.column_config.NumberColumn(
                t("column.limit"), format="%,.0f", min_value=0, width="small"
            ),
            "price": st.column_config.NumberColumn(
                t("column.price"), format="%.6f", step=0.000001, width="small"
            ),
            "unit": st.column_config.TextColumn(t("column.unit"), width="small"),
        },
    )
    st.caption(t("lab.prices_note"))
    try:
        return with_numbers(tariff, _numbers(edited))
    except EditError as error:
        _complain(error, draft)
        return draft.tariff


def _priced(rows: tuple[PriceRow, ...]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "key": [row.key for row in rows],
            "charge": [_charge_name(row) for row in rows],
            "period": [_period_name(row) for row in rows],
            "tier": ["" if row.tier is None else t("lab.tier", number=row.tier) for row in rows],
            "limit": [row.limit for row in rows],
            "price": [row.price for row in rows],
            "unit": [t(f"price_unit.{row.unit}") for row in rows],
        },
        schema_overrides={"limit": _PRICE, "price": _PRICE},
    )


def _charge_name(row: PriceRow) -> str:
    if row.unit == "times":
        return t("lab.floats")
    named = t("word.and").join(in_words("component", one) for one in row.components)
    own = in_words("charge", row.charges[0])
    return own if own != row.charges[0] else named


def _period_name(row: PriceRow) -> str:
    parts = [word("period_of_day", row.period)] if row.period else []
    if row.month:
        parts.append(row.month)
    if row.months and row.months != EVERY_MONTH:
        parts.append(months_in_words(", ".join(map(str, sorted(row.months)))))
    return " · ".join(parts)


def _numbers(edited: pl.DataFrame) -> Numbers:
    return {
        row["key"]: (_exact(row["price"]), _exact(row["limit"]))
        for row in edited.iter_rows(named=True)
    }


def _exact(value: Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(value).normalize()


def _edit_hours(draft: Draft) -> Tariff:
    st.markdown(f"**{t('lab.hours')}**")
    calendar = calendar_of(draft.tariff)
    if calendar is None:
        st.info(t("lab.no_hours"), icon=":material/schedule:")
        return draft.tariff
    dial_place = st.container()
    if draft.hours_for != language():
        held = [_row_of(window) for window in calendar.windows]
        draft.hours = held if draft.hours_now is None else draft.hours_now
        draft.hours_for, draft.rest = language(), calendar.remainder
        draft.hours_filled += 1
    rows = _hours_table(draft, calendar)
    rest = _pick_rest(draft, calendar)
    draft.hours_now = rows
    tariff = draft.tariff
    try:
        tariff = with_hours(tariff, [_window_of(row) for row in rows], rest)
    except EditError as error:
        _complain(error, draft)
    shown = calendar_of(tariff)
    if shown is not None:
        with dial_place:
            st.altair_chart(_dials(shown, current_look(), language()), theme=None)
    return tariff


@lru_cache(maxsize=64)
def _dials(calendar: Calendar, look: Look, _language: str) -> Chart:
    return dials(dials_of(calendar), look=look, columns=3)


def _hours_table(draft: Draft, calendar: Calendar) -> list[HoursRow]:
    kinds = st.column_config
    tags = sorted({*FIXED_TAGS, *calendar.tags} - EVERY_DAY)
    periods = list(dict.fromkeys([*PERIODS, *calendar.periods]))
    filled = draft.hours or []
    frame = pl.DataFrame(
        filled,
        schema={
            "period": pl.String,
            "from": pl.String,
            "until": pl.String,
            "months": pl.List(pl.String),
            "days": pl.List(pl.String),
            "priority": pl.Int64,
        },
    )
    edited: Any = st.data_editor(
        frame,
        key=f"hours_{draft.number}_{draft.hours_filled}",
        num_rows="dynamic",
        hide_index=True,
        height="content",
        column_config={
            "period": kinds.SelectboxColumn(
                t("column.period"),
                options=periods,
                format_func=_period_word,
                required=True,
                width=80,
            ),
            "from": kinds.SelectboxColumn(
                t("column.from"), options=_CLOCK[:-1], required=True, width=62
            ),
            "until": kinds.SelectboxColumn(
                t("column.until"), options=_CLOCK[1:], required=True, width=62
            ),
            "months": kinds.MultiselectColumn(
                t("column.months"),
                width=110,
                options=[str(month) for month in sorted(EVERY_MONTH)],
                format_func=_month_word,
                help=t("lab.months_help"),
            ),
            "days": kinds.MultiselectColumn(
                t("column.day_kind"),
                options=tags,
                format_func=tag_in_words,
                help=t("lab.days_help"),
            ),
            "priority": kinds.NumberColumn(
                t("column.priority"),
                width=65,
                default=0,
                step=1,
                min_value=0,
                help=t("lab.priority_help"),
            ),
        },
    )
    return [dict(row) for row in edited.iter_rows(named=True)]


def _period_word(period: object) -> str:
    return word("period_of_day", str(period))


def _month_word(month: str) -> str:
    return t(f"month.m{month}")


def _row_of(window: Window) -> HoursRow:
    is_whole_year, is_any_day = window.months == EVERY_MONTH, window.days == EVERY_DAY
    return {
        "period": window.period,
        "from": _CLOCK[window.from_minute // _STEP],
        "until": _CLOCK[window.until_minute // _STEP],
        "months": [] if is_whole_year else [str(month) for month in sorted(window.months)],
        "days": [] if is_any_day else sorted(window.days),
        "priority": window.priority,
    }


def _window_of(row: HoursRow) -> Window:
    if not (row["period"] and row["from"] and row["until"]):
        raise EditError(
            "hours_unfinished", "a row of the hours is not complete. Fill or delete it."
        )
    if row["from"] == row["until"]:
        raise EditError(
            "hours_empty", f"hours from {row['from']} to {row['until']} are none.", at=row["from"]
        )
    return Window(
        row["period"],
        _CLOCK.index(row["from"]) * _STEP,
        _CLOCK.index(row["until"]) * _STEP,
        months=frozenset(map(int, row["months"] or EVERY_MONTH)),
        days=frozenset(row["days"] or EVERY_DAY),
        priority=row["priority"] or 0,
    )


def _pick_rest(draft: Draft, calendar: Calendar) -> str | None:
    """The period of all hours in no row."""
    options = [_NO_REST, *dict.fromkeys([*PERIODS, *calendar.periods])]
    chosen = st.selectbox(
        t("lab.rest"),
        options,
        index=options.index(draft.rest or _NO_REST),
        format_func=lambda one: t("lab.no_rest") if one == _NO_REST else _period_word(one),
        key=f"rest_{draft.number}_{draft.hours_filled}",
        help=t("lab.rest_help"),
    )
    return None if chosen == _NO_REST else chosen
