"""The assumptions of an outlook: which scenario is looked at, and a form that edits all of it."""

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.inputs import kept_select
from pages.scenario_box import Shelf
from pages.session import settings
from pages.text import t
from queries.market.assumptions import (
    SCENARIOS,
    AssumptionError,
    as_text,
    bounds,
    checked,
    read_assumptions,
    shipped_text,
)
from queries.scenarios import Scenario

OWN = "own"
"""The scenario the reader has made."""

_TEXT = "outlook_own"
_CHOICE = "scenario_kind"
_FILLED = "outlook_filled"
_WANTED = "outlook_wanted"
"""What is to be looked at next: no widget can be set once it is drawn."""
_OPEN = ("economy", "elasticity")
_IN_PER_CENT = 100.0
_STEPS = ((1000.0, 100.0), (100.0, 10.0), (10.0, 1.0), (1.0, 0.1))


def _take(found: Scenario) -> None:
    use(found.content["assumptions"])


OUTLOOKS = Shelf("outlook", _take)
"""Where scenarios of the outlook are kept."""


def pick_scenario() -> tuple[str, str]:
    """The scenario that is looked at: its name (one of SCENARIOS, or OWN) and its assumptions.

    Raises:
        AssumptionError: the data folder's file cannot be used.
    """
    if wanted := st.session_state.pop(_WANTED, None):
        st.session_state[_CHOICE] = wanted
    own = st.session_state.get(_TEXT)
    known = ["base", "low", "high", *([OWN] if own else [])]
    chosen = kept_select(
        _CHOICE, t("outlook.scenario"), known, lambda name: t(f"outlook_scenario.{name}")
    )
    return chosen, own if own and chosen == OWN else shipped_text(chosen, settings())


def every_scenario() -> dict[str, str]:
    """All scenarios side by side: low, base, high, and the reader's own where there is one."""
    texts = {name: shipped_text(name, settings()) for name in SCENARIOS}
    own = st.session_state.get(_TEXT)
    return texts | ({OWN: own} if own else {})


def use(text: str) -> None:
    """Make these assumptions the reader's own, and look at them."""
    st.session_state[_TEXT] = text
    st.session_state[_WANTED] = OWN
    st.session_state[_FILLED] = st.session_state.get(_FILLED, 0) + 1


def edit_assumptions(text: str) -> None:
    """A form with every assumption; what it says becomes the reader's own scenario."""
    given, usual = read_assumptions(text), read_assumptions(shipped_text("base", settings()))
    st.caption(t("outlook.form_note"))
    stamp = f"{st.session_state.get(_CHOICE)}_{st.session_state.get(_FILLED, 0)}"
    with st.form("assumptions", border=False):
        entered: dict[str, Any] = _fields("", given, usual, stamp)
        parts = [name for name, value in given if not isinstance(value, int)]
        for left, right in zip(parts[::2], [*parts[1::2], None], strict=False):
            for place, part in zip(st.columns(2), (left, right), strict=True):
                if part is None:
                    continue
                with place, st.expander(t(f"outlook_group.{part}"), expanded=part in _OPEN):
                    entered[part] = _fields(part, getattr(given, part), getattr(usual, part), stamp)
        is_sent = st.form_submit_button(t("outlook.compute"), type="primary")
    if not is_sent:
        return
    try:
        use(as_text(checked(entered)))
    except AssumptionError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.rerun()


def _fields(part: str, given: object, usual: object, stamp: str) -> dict[str, Any]:
    """Inputs of one part in two columns; of the whole those that stand in no part."""
    names = [
        name
        for name in type(given).model_fields  # type: ignore[attr-defined]
        if isinstance(getattr(given, name), int | float)
    ]
    places = st.columns(2 if part else 3)
    return {
        name: _field(
            part, name, (getattr(given, name), getattr(usual, name)), stamp, places[n % len(places)]
        )
        for n, name in enumerate(names)
    }


def _field(
    part: str, name: str, values: tuple[float, float], stamp: str, place: DeltaGenerator
) -> float:
    """One input: what it is, beside what it usually is."""
    value, usual = values
    key = f"assumption_{part}_{name}_{stamp}"
    label = t(f"assumption.{part}_{name}" if part else f"assumption.{name}")
    if isinstance(value, bool):
        return place.checkbox(label, value=value, key=key)
    least, most = bounds(part, name)
    if isinstance(value, int):
        entered = place.number_input(
            label, int(least or 0), int(most or value), value, key=key, help=_usual(str(usual))
        )
        return int(entered)
    scale = _IN_PER_CENT if name.endswith("_share") else 1.0
    shown = place.number_input(
        f"{label} (%)" if scale > 1 else label,
        None if least is None else least * scale,
        None if most is None else most * scale,
        round(value * scale, 6),
        step=_step(value * scale),
        format="%.6g",
        key=key,
        help=_usual(f"{usual * scale:.4g}"),
    )
    return float(shown) / scale


def _usual(value: str) -> str:
    return t("outlook.usual", value=value)


def _step(value: float) -> float:
    """A tenth of the first digit's place: 0.1 of a few per cent, 100 of some thousands."""
    size = abs(value)
    return next((step for limit, step in _STEPS if size >= limit), 0.1)
