"""Scenarios of a page: opened from a list or a link, saved, overwritten, deleted."""

from collections.abc import Callable
from dataclasses import dataclass
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
from pages.text import t
from queries.lake import lake_version
from queries.scenarios import Scenario, scenario, scenarios, sees_scenarios

_SAID, _NAME = "scenario_said", "scenario_name"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a page keeps its scenarios.

    Attributes:
        kind: Which of all scenarios are its own, such as ``tariff``.
        take: Sets the page to a scenario that is being opened, before its widgets are drawn.
    """

    kind: str
    take: Callable[[Scenario], None]

    @property
    def opened(self) -> Scenario | None:
        """The scenario that is open."""
        return st.session_state.get(self._open_key)

    @property
    def _open_key(self) -> str:
        return f"scenario_open_{self.kind}"

    @property
    def _asked_key(self) -> str:
        return f"scenario_asked_{self.kind}"

    def take_from_link(self) -> None:
        """Open the scenario the address names, once, before the page's widgets are drawn."""
        asked = st.query_params.get("scenario")
        if not asked or st.session_state.get(self._asked_key) == asked:
            return
        st.session_state[self._asked_key] = asked
        found = scenario(records(), who(), asked)
        if found is None or found.kind != self.kind:
            st.session_state[_SAID] = ("warning", t("scenario.not_found"))
            del st.query_params["scenario"]
            return
        self.open(found)

    def open(self, found: Scenario) -> None:
        """Remember it as the one that is open, and set the page to it."""
        self.remember(found)
        st.session_state[_NAME] = found.name
        self.take(found)

    def remember(self, found: Scenario | None) -> None:
        """It is open as it was saved; None: none is."""
        st.session_state[self._open_key] = found

    def name_in_address(self, identifier: str) -> None:
        """The address opens it, and it is not opened again here."""
        st.session_state[self._asked_key] = identifier
        st.query_params["scenario"] = identifier


def scenario_box(shelf: Shelf, content: dict[str, Any], district: str | None) -> None:
    """A button that opens all there is to do with scenarios, and what came of it.

    Args:
        shelf: Where they are kept.
        content: What would be saved now.
        district: The one the page is about, for the link.
    """
    if not sees_scenarios(who()):
        return
    found = shelf.opened
    label = t("scenario.button") if found is None else found.name
    with st.popover(label, icon=":material/bookmark:", width="content"):
        _list(shelf)
        st.text_input(t("scenario.name"), key=_NAME, max_chars=80)
        with st.container(horizontal=True):
            st.button(
                t("scenario.save_new"),
                key="scenario_save",
                on_click=_save,
                args=(shelf, content),
                icon=":material/save:",
            )
            if found is not None:
                st.button(
                    t("scenario.overwrite"),
                    key="scenario_overwrite",
                    on_click=_overwrite,
                    args=(shelf, found, content),
                    icon=":material/published_with_changes:",
                )
                st.button(
                    t("scenario.delete"),
                    key="scenario_delete",
                    on_click=_delete,
                    args=(shelf, found),
                    icon=":material/delete:",
                )
        if found is not None:
            st.caption(_saved_by(found, is_changed=found.content != content))
            st.code(_link(found.id, district), language=None, wrap_lines=True)
    said = st.session_state.pop(_SAID, None)
    if said:
        kind, text = said
        (st.success if kind == "success" else st.warning)(text, icon=":material/bookmark:")


def tell_if_data_changed(found: Scenario) -> None:
    """Say where readings have come in since a scenario was saved."""
    if found.lake_version != str(lake_version(settings()).sequence):
        st.info(t("scenario.other_data"), icon=":material/history:")


def _list(shelf: Shelf) -> None:
    known = scenarios(records(), who(), shelf.kind)
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
        args=(shelf,),
    )


def _open_chosen(shelf: Shelf) -> None:
    identifier = st.session_state["scenario_choice"]
    st.session_state["scenario_choice"] = None
    found = scenario(records(), who(), identifier) if identifier else None
    if found is not None:
        shelf.open(found)
        shelf.name_in_address(found.id)


def _save(shelf: Shelf, content: dict[str, Any]) -> None:
    try:
        identifier = save_scenario(
            records(),
            actor(),
            kind=shelf.kind,
            name=st.session_state[_NAME],
            content=content,
            lake_version=str(lake_version(settings()).sequence),
        )
    except ScenarioError as error:
        st.session_state[_SAID] = ("warning", t(f"scenario.error_{error.reason}"))
        return
    shelf.remember(scenario(records(), who(), identifier))
    st.session_state[_SAID] = ("success", t("scenario.saved", name=st.session_state[_NAME]))
    shelf.name_in_address(identifier)


def _overwrite(shelf: Shelf, found: Scenario, content: dict[str, Any]) -> None:
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
    shelf.remember(scenario(records(), who(), found.id))
    st.session_state[_SAID] = ("success", t("scenario.saved", name=st.session_state[_NAME]))


def _delete(shelf: Shelf, found: Scenario) -> None:
    try:
        delete_scenario(records(), actor(), found.id)
    except ScenarioError as error:
        st.session_state[_SAID] = ("warning", t(f"scenario.error_{error.reason}"))
        return
    shelf.remember(None)
    st.session_state[_SAID] = ("success", t("scenario.deleted", name=found.name))
    if "scenario" in st.query_params:
        del st.query_params["scenario"]


def _saved_by(found: Scenario, *, is_changed: bool) -> str:
    moment = datetime.fromisoformat(found.changed_at).astimezone(UTC).astimezone(settings().zone)
    text = t(
        "scenario.saved_by", user=found.changed_by, moment=units.moment(moment, with_year=True)
    )
    return f"{text} {t('scenario.unsaved')}" if is_changed else text


def _link(identifier: str, district: str | None) -> str:
    """The address that opens it; of this page where the browser says which that is."""
    parts = urlsplit(st.context.url if isinstance(st.context.url, str) else "")
    page = f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.netloc else ""
    where = f"&district={district}" if district else ""
    return f"{page}?scenario={identifier}{where}"
