"""The terms of a programme as fields of a form."""

import re
from decimal import Decimal
from typing import Any

import streamlit as st

from pages.text import language, t
from queries.demand.baseline_rules import baseline_rules
from queries.demand.response_programme import Terms

_MONEY = {"price_cny_per_kwh": 0.5, "price_cny_per_kw": 1.0}
_SHARES = {
    "least_share": 100.0,
    "most_share": 300.0,
    "most_estimated_share": 100.0,
    "rebound_share": 100.0,
}
_LIMITS = {
    "notice_minutes": (0, 15),
    "most_event_minutes": (15, 15),
    "most_events_per_year": (1, 1),
    "least_rest_days": (0, 1),
}
_FACTOR = re.compile(r"(\d{1,2}):(\d{2})[-–](\d{1,2}):(\d{2})\s*[×x*]\s*(\d+(?:\.\d+)?)")


def terms_form(key: str, terms: Terms) -> Terms | None:
    """Fields with these terms; what stands there, or None where a time factor cannot be read."""
    given: dict[str, Any] = {}
    for place, (name, step) in zip(st.columns(2), _MONEY.items(), strict=True):
        value = place.number_input(
            t(f"event_terms.{name}"),
            0.0,
            value=float(getattr(terms, name)),
            step=step,
            format="%.2f",
            key=f"terms_{name}_{key}",
        )
        given[name] = Decimal(f"{value:.2f}")
    text = st.text_input(
        t("event_terms.time_factors"),
        factors_text(terms.time_factors),
        placeholder="14:00-16:00 × 1.5, 19:00-21:00 × 2",
        help=t("event_terms.time_factors_note"),
        key=f"terms_factors_{key}",
    )
    given["baseline_rule"] = _pick_rule(key, terms)
    for place, (name, most) in zip(st.columns(len(_SHARES)), _SHARES.items(), strict=True):
        least = 100.0 if name == "most_share" else 0.0
        value = place.number_input(
            t(f"event_terms.{name}"),
            least,
            most,
            getattr(terms, name) * 100,
            5.0,
            format="%.0f",
            help=t(f"event_terms.{name}_note"),
            key=f"terms_{name}_{key}",
        )
        given[name] = round((value or 0.0) / 100, 4)
    given["must_stay_below_baseline"] = st.checkbox(
        t("event_terms.must_stay_below_baseline"),
        terms.must_stay_below_baseline,
        key=f"terms_below_{key}",
    )
    for place, (name, (least, step)) in zip(st.columns(4), _LIMITS.items(), strict=True):
        given[name] = int(
            place.number_input(
                t(f"event_terms.{name}"),
                least,
                value=getattr(terms, name),
                step=step,
                key=f"terms_{name}_{key}",
            )
        )
    factors = read_factors(text)
    if factors is None:
        st.warning(t("event_terms.no_factors"), icon=":material/error:")
        return None
    return terms.model_copy(update=given | {"time_factors": factors})


def _pick_rule(key: str, terms: Terms) -> str:
    rules = {code: rule for code, rule in baseline_rules().items() if not rule.is_bound}
    codes = list(rules)
    return st.selectbox(
        t("event_terms.baseline_rule"),
        codes,
        codes.index(terms.baseline_rule) if terms.baseline_rule in rules else 0,
        format_func=lambda one: rules[one].name_en if language() == "en" else rules[one].name_zh,
        help=t("event_terms.baseline_rule_note"),
        key=f"terms_rule_{key}",
    )


def factors_text(factors: tuple[tuple[int, int, Decimal], ...]) -> str:
    """Time factors as the form has them.

    >>> factors_text(((840, 960, Decimal("1.5")),))
    '14:00-16:00 × 1.5'
    """
    return ", ".join(
        f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02} × {factor}" for a, b, factor in factors
    )


def read_factors(text: str) -> tuple[tuple[int, int, Decimal], ...] | None:
    """Time factors from their text; None where a part is none.

    >>> read_factors("14:00-16:00 × 1.5"), read_factors(""), read_factors("noon × 2")
    (((840, 960, Decimal('1.5')),), (), None)
    """
    found = []
    for part in filter(None, (one.strip() for one in re.split(r"[,，;；]", text))):
        match = _FACTOR.fullmatch(part)
        if match is None:
            return None
        first, until = (int(match[n]) * 60 + int(match[n + 1]) for n in (1, 3))
        if not 0 <= first < until <= 1440:
            return None
        found.append((first, until, Decimal(match[5])))
    return tuple(found)
