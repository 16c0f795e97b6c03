"""What a planner does with the tariffs tried: choose, copy, rename, remove, presets, solve."""

from typing import Any

import polars as pl
import streamlit as st

from pages.dials import word
from pages.session import ask
from pages.tariff_drafts import MOST_DRAFTS, Draft, Drafts, start_tariff
from pages.tariff_selection import Chosen
from pages.text import language, t
from queries.billing.calendars import known_calendars
from queries.billing.lab import tariff_of
from queries.billing.neutral_price import neutral_price
from queries.billing.tariff_presets import presets
from queries.billing.tariff_prices import PriceRow, price_rows
from queries.billing.tariffs import tariffs
from queries.run import QuestionError


def tabs(drafts: Drafts, chosen: Chosen) -> None:
    """One tab a tariff, and beside them what can be done with them."""
    numbers = [draft.number for draft in drafts.items]
    st.session_state["draft_tab"] = drafts.chosen
    with st.container(horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            t("lab.tariffs"),
            numbers,
            format_func=lambda number: drafts.names[f"plan_{number}"],
            key="draft_tab",
            on_change=_choose,
            args=(drafts,),
            label_visibility="collapsed",
            required=True,
        )
        is_full = len(numbers) >= MOST_DRAFTS
        st.button(
            t("lab.copy"),
            key="draft_copy",
            icon=":material/content_copy:",
            on_click=_copy,
            args=(drafts,),
            disabled=is_full,
            help=t("lab.at_most", count=MOST_DRAFTS) if is_full else None,
        )
        _other_start(drafts, chosen, is_full=is_full)
        with st.popover(t("lab.rename"), icon=":material/edit:"):
            current = drafts.current
            st.text_input(
                t("lab.name"),
                value=current.name,
                max_chars=40,
                key=f"draft_name_{current.number}",
                on_change=_rename,
                args=(current,),
            )
        st.button(
            t("lab.remove"),
            key="draft_remove",
            icon=":material/delete:",
            on_click=drafts.remove,
            args=(drafts.chosen,),
            disabled=len(numbers) == 1,
        )


def _choose(drafts: Drafts) -> None:
    drafts.choose(st.session_state["draft_tab"])


def _copy(drafts: Drafts) -> None:
    drafts.add(t("lab.plan", number=drafts.last_number + 1), drafts.current.tariff)


def _rename(draft: Draft) -> None:
    name = " ".join(st.session_state[f"draft_name_{draft.number}"].split())
    if name:
        draft.rename(name)


def _other_start(drafts: Drafts, chosen: Chosen, *, is_full: bool) -> None:
    with st.popover(t("lab.start"), icon=":material/add:", disabled=is_full):
        known = ask(tariffs)
        column = "name_en" if language() == "en" else "name"
        names = dict(known.select("tariff_code", column).iter_rows())
        code = st.selectbox(
            t("lab.start_from"),
            list(names),
            index=list(names).index(drafts.start_code),
            format_func=names.__getitem__,
            key="start_code",
        )
        st.button(
            t("lab.add"),
            key="draft_add",
            on_click=_add,
            args=(drafts, code, chosen, names[code]),
            icon=":material/add:",
        )


def _add(drafts: Drafts, code: str, chosen: Chosen, name: str) -> None:
    drafts.add(name[:40], start_tariff(code, chosen.inputs["last_day"]))


def preset_buttons(drafts: Drafts) -> None:
    """What planners try first, one click each; only what fits the tariff."""
    draft = drafts.current
    known = known_calendars()
    calendar = known.get(draft.tariff.region) or known.get("liaoning")
    with st.container(horizontal=True, vertical_alignment="center", key="presets"):
        st.markdown(t("lab.try"))
        for name, made in presets(draft.tariff, calendar).items():
            st.button(
                t(f"preset.{name}"),
                key=f"preset_{name}",
                on_click=draft.adopt,
                args=(made,),
                help=t(f"preset.{name}_note"),
            )
        st.button(
            t("preset.as_now"),
            key="preset_as_now",
            icon=":material/undo:",
            on_click=draft.adopt,
            args=(drafts.start,),
            help=t("preset.as_now_note"),
        )


def solve_neutral(draft: Draft, chosen: Chosen) -> None:
    """The price at which the tariff brings in what is owed now; found, it stands in the table."""
    rows = {row.key: row for row in price_rows(draft.tariff) if _may_give_way(row)}
    if not rows:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="neutral"):
        key = st.selectbox(
            t("lab.neutral_of"),
            list(rows),
            format_func=lambda one: _named(rows[one]),
            key=f"neutral_of_{draft.number}",
            width=330,
        )
        is_asked = st.button(
            t("lab.neutral"),
            icon=":material/balance:",
            help=t("lab.neutral_note"),
            key="neutral_go",
        )
    if is_asked:
        row = rows[key]
        try:
            [found] = ask(
                neutral_price,
                tariff=draft.text,
                charge=row.charges[0],
                period=row.period,
                **chosen.inputs,
            ).iter_rows(named=True)
        except QuestionError as error:
            st.error(str(error), icon=":material/error:")
            return
        draft.adopt(tariff_of(found["tariff_text"]))
        draft.found = {**found, "row": _named(row)}
    if draft.found is not None:
        st.success(_found_in_words(draft.found), icon=":material/balance:")


def _may_give_way(row: PriceRow) -> bool:
    is_energy = row.unit in {"cny_per_kwh", "difference"} and row.components != ("generation",)
    return is_energy and row.tier in {None, 1} and not row.key.endswith("|price")


def _named(row: PriceRow) -> str:
    own = word("charge", row.charges[0])
    parts = [own if own != row.charges[0] else word("component", row.components[0])]
    parts += [word("period_of_day", row.period)] if row.period else []
    return " · ".join(parts)


def _found_in_words(found: dict[str, Any]) -> str:
    return t(
        "lab.neutral_found",
        row=found["row"],
        before=f"{found['before_cny_per_kwh']:.6f}",
        price=f"{found['price_cny_per_kwh']:.6f}",
        revenue=f"{found['revenue_cny']:,.2f}",
        now=f"{found['now_cny']:,.2f}",
        difference=f"{found['difference_cny']:+,.2f}",
    )


def summary_row(summaries: pl.DataFrame, draft: Draft) -> dict[str, Any]:
    """The row of one tariff."""
    return summaries.row(by_predicate=pl.col("tariff") == draft.code, named=True)
