"""Scenarios of tariffs: opened from a list or a link, saved, overwritten, deleted."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from ingest.records.scenarios import (
    ScenarioError,
    delete_scenario,
    overwrite_scenario,
    save_scenario,
)
from pages import units
from pages.session import actor, records, settings, who
from pages.tariff_drafts import Drafts, replace_drafts
from pages.tariff_selection import Chosen
from pages.text import t
from queries.billing.errors import TariffError
from queries.lake import lake_version
from queries.scenarios import Scenario, scenario, scenarios, sees_scenarios

KIND = "tariff"
_OPEN, _ASKED, _SAID, _NAME = "scenario_open", "scenario_asked", "scenario_said", "scenario_name"
_WIDGETS = {
    "price_class": "price_class",
    "region": "region",
    "customers": "customers",
    "from": "month_from",
    "to": "month_to",
}
"""What a scenario keeps of the selection, and the widgets that hold it."""


def take_from_link() -> None:
    """Set the selection to that of the scenario the address names, once, before it is drawn."""
    asked = st.query_params.get("scenario")
    if not asked or st.session_state.get(_ASKED) == asked:
        return
    st.session_state[_ASKED] = asked
    found = scenario(records(), who(), asked)
    if found is None or found.kind != KIND:
        st.session_state[_SAID] = ("warning", t("scenario.not_found"))
        del st.query_params["scenario"]
        return
    _take(found)


def _take(found: Scenario) -> None:
    """Remember it as the one that is open; ``fill`` puts its tariffs into the tables."""
    st.session_state[_OPEN] = found
    st.session_state["scenario_to_fill"] = True
    st.session_state[_NAME] = found.name
    for key, widget in _WIDGETS.items():
        if key in found.content["selection"]:
            st.session_state[widget] = found.content["selection"][key]


def fill(drafts: Drafts, chosen: Chosen) -> None:
    """Put the tariffs of a scenario just opened into the tables."""
    found: Scenario | None = st.session_state.get(_OPEN)
    if found is None or not st.session_state.pop("scenario_to_fill", False):
        return
    try:
        replace_drafts(drafts, [(one["name"], one["text"]) for one in found.content["tariffs"]])
    except TariffError as error:
        st.error(t("scenario.unreadable", error=error), icon=":material/error:")
        return
    saved = found.content["selection"]
    shown = _selection(chosen)
    if any(saved.get(key) != shown[key] for key in ("district", *_WIDGETS)):
        st.warning(t("scenario.other_selection"), icon=":material/info:")
    if found.lake_version != str(lake_version(settings()).sequence):
        st.info(t("scenario.other_data"), icon=":material/history:")


def scenario_box(drafts: Drafts, chosen: Chosen) -> None:
    """A button that opens all there is to do with scenarios, and what came of it."""
    if not sees_scenarios(who()):
        return
    found: Scenario | None = st.session_state.get(_OPEN)
    label = t("scenario.button") if found is None else found.name
    with st.popover(label, icon=":material/bookmark:", width="content"):
        _list()
        st.text_input(t("scenario.name"), key=_NAME, max_chars=80)
        content = _content(drafts, chosen)
        with st.container(horizontal=True):
            st.button(
                t("scenario.save_new"),
                key="scenario_save",
                on_click=_save,
                args=(content,),
                icon=":material/save:",
            )
            if found is not None:
                st.button(
                    t("scenario.overwrite"),
                    key="scenario_overwrite",
                    on_click=_overwrite,
                    args=(found, content),
                    icon=":material/published_with_changes:",
                )
                st.button(
                    t("scenario.delete"),
                    key="scenario_delete",
                    on_click=_delete,
                    args=(found,),
                    icon=":material/delete:",
                )
        if found is not None:
            st.caption(_saved_by(found, is_changed=found.content != content))
            st.code(_link(found.id, chosen), language=None, wrap_lines=True)
    said = st.session_state.pop(_SAID, None)
    if said:
        kind, text = said
        (st.success if kind == "success" else st.warning)(text, icon=":material/bookmark:")


def _list() -> None:
    known = scenarios(records(), who(), KIND)
    names = {row["id"]: row for row in known.iter_rows(named=True)}
    if not names:
        st.caption(t("scenario.none_yet"))
        return
    st.selectbox(
        t("scenario.open"),
        list(names),
        index=None,
        format_func=lambda one: f"{names[one]['name']} · {names[one]['changed_by']}",
        placeholder=t("scenario.choose"),
        key="scenario_choice",
        on_change=_open_chosen,
    )


def _open_chosen() -> None:
    identifier = st.session_state["scenario_choice"]
    st.session_state["scenario_choice"] = None
    found = scenario(records(), who(), identifier) if identifier else None
    if found is not None:
        _take(found)
        _name_in_address(found.id)


def _name_in_address(identifier: str) -> None:
    st.session_state[_ASKED] = identifier
    st.query_params["scenario"] = identifier


def _save(content: dict[str, Any]) -> None:
    try:
        identifier = save_scenario(
            records(),
            actor(),
            kind=KIND,
            name=st.session_state[_NAME],
            content=content,
            lake_version=str(lake_version(settings()).sequence),
        )
    except ScenarioError as error:
        st.session_state[_SAID] = ("warning", t(f"scenario.error_{error.reason}"))
        return
    st.session_state[_OPEN] = scenario(records(), who(), identifier)
    st.session_state[_SAID] = ("success", t("scenario.saved", name=st.session_state[_NAME]))
    _name_in_address(identifier)


def _overwrite(found: Scenario, content: dict[str, Any]) -> None:
    try:
        overwrite_scenario(
            records(),
            actor(),
            found.id,
            version=found.version,
            name=st.session_state[_NAME],
            content=content,
            lake_version=str(lake_version(settings()).sequence),
        )
    except ScenarioError as error:
        st.session_state[_SAID] = ("warning", t(f"scenario.error_{error.reason}"))
        return
    st.session_state[_OPEN] = scenario(records(), who(), found.id)
    st.session_state[_SAID] = ("success", t("scenario.saved", name=st.session_state[_NAME]))


def _delete(found: Scenario) -> None:
    try:
        delete_scenario(records(), actor(), found.id)
    except ScenarioError as error:
        st.session_state[_SAID] = ("warning", t(f"scenario.error_{error.reason}"))
        return
    del st.session_state[_OPEN]
    st.session_state[_SAID] = ("success", t("scenario.deleted", name=found.name))
    if "scenario" in st.query_params:
        del st.query_params["scenario"]


def _content(drafts: Drafts, chosen: Chosen) -> dict[str, Any]:
    tariffs = [{"name": draft.name, "text": draft.text} for draft in drafts.items]
    return {"selection": _selection(chosen), "tariffs": tariffs}


def _selection(chosen: Chosen) -> dict[str, Any]:
    state = {key: st.session_state.get(widget) for key, widget in _WIDGETS.items()}
    return {"district": chosen.district, **state}


def _saved_by(found: Scenario, *, is_changed: bool) -> str:
    moment = datetime.fromisoformat(found.changed_at).astimezone(UTC).astimezone(settings().zone)
    text = t(
        "scenario.saved_by", user=found.changed_by, moment=units.moment(moment, with_year=True)
    )
    return f"{text} {t('scenario.unsaved')}" if is_changed else text


def _link(identifier: str, chosen: Chosen) -> str:
    """The address that opens it; of this page where the browser says which that is."""
    parts = urlsplit(st.context.url if isinstance(st.context.url, str) else "")
    page = f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.netloc else ""
    district = f"&district={chosen.district}" if chosen.district else ""
    return f"{page}?scenario={identifier}{district}"
