"""Which kinds of customers are there?"""

from typing import Any

import streamlit as st

from pages.districts import district_or_stop
from pages.scenario_box import Shelf, scenario_box, tell_if_data_changed
from pages.segment_class_view import show_classes
from pages.segment_rules_view import REGION, region_of_page, rules_of_page, show_rules
from pages.segment_view import show_segments
from pages.session import waiting
from pages.shape_view import show_shapes
from pages.text import t
from queries.customers.segment_axes import POPULATIONS
from queries.scenarios import Scenario

SECTIONS = ("found", "drawn", "unlike", "shapes")


def _take(found: Scenario) -> None:
    """Set the page to saved segments."""
    content: dict[str, Any] = dict(found.content)
    st.session_state["segment_section"] = content["section"]
    st.session_state["population"] = content.get("population", "homes")
    for key, value in content.get("widgets", {}).items():
        st.session_state[key] = value


SHELF = Shelf("segments", _take)

st.title(t("customers.segments_question"))
here = district_or_stop()
SHELF.take_from_link()
section_place, population_place = st.columns([3, 2], vertical_alignment="bottom")
with section_place:
    section = st.segmented_control(
        t("segment.section"),
        SECTIONS,
        default=None if "segment_section" in st.session_state else SECTIONS[0],
        format_func=lambda name: t(f"segment.{name}"),
        key="segment_section",
    )
opened = SHELF.opened
if opened is not None:
    tell_if_data_changed(opened)
content: dict[str, Any]
if section == "drawn":
    inside = region_of_page(here)
    rules = rules_of_page()
    with waiting():
        show_rules(here, inside, rules)
    widgets = {k: v for k, v in st.session_state.items() if str(k).startswith("segment_c")
               or str(k).startswith(("segment_test_", "segment_value_", REGION))}  # fmt: skip
    content = {"section": "drawn", "rules": rules, "widgets": widgets}
elif section == "unlike":
    with waiting():
        show_classes(here)
    content = {"section": "unlike"}
elif section == "shapes":
    with waiting():
        show_shapes(here)
    content = {"section": "shapes"}
else:
    with population_place:
        population = st.segmented_control(
            t("segment.population"),
            list(POPULATIONS),
            default=None if "population" in st.session_state else "homes",
            format_func=lambda name: t(f"segment.population_{name}"),
            key="population",
        )
    kept = opened.content if opened is not None else {}
    is_kept = kept.get("section") == "found" and kept.get("population") == population
    with waiting():
        model = show_segments(here, population or "homes", kept.get("model") if is_kept else None)
    content = {"section": "found", "population": population, "model": model}
scenario_box(SHELF, content, here.district_id)
