"""Which choice the rules allow is proposed: for offers and packages alike."""

from typing import Any

import streamlit as st

from pages.choice_words import known_by_code
from pages.text import t
from queries.billing.choices import BASIC_CHARGES, POLICIES, RETAIL

ANY = ""
"""No choice, or whichever suits whom."""
_WITH_CHARGE = ("basic_charge", "two_part")


def pick_choice(key: str) -> dict[str, Any] | None:
    """The choice whose saving is billed customer by customer; None: none is proposed.

    Args:
        key: Of the widgets, such as ``package_{}``: filled with policy, basic_charge, tariff_code.
    """
    policy_place, charge_place, tariff_place = st.columns(3)
    with policy_place:
        policy = st.selectbox(
            t("offer_edit.policy"),
            [ANY, *(one for one in POLICIES if one != "now")],
            format_func=lambda one: t(f"policy.{one}") if one else t("offer_edit.no_choice"),
            key=key.format("policy"),
        )
    with charge_place:
        charge = st.selectbox(
            t("offer_edit.basic_charge"),
            [ANY, *BASIC_CHARGES],
            format_func=lambda one: t(f"basic_charge.{one}") if one else t("offer_edit.any"),
            key=key.format("basic_charge"),
            disabled=policy not in _WITH_CHARGE,
        )
    packages = {code: row for code, row in known_by_code().items() if row["price_class"] == RETAIL}
    with tariff_place:
        tariff = st.selectbox(
            t("offer_edit.package"),
            [ANY, *packages],
            format_func=lambda one: packages[one]["name"] if one else t("offer_edit.any"),
            key=key.format("tariff_code"),
            disabled=policy != "retail",
        )
    if policy == ANY:
        return None
    return {
        "policy": policy,
        "basic_charge": (charge or None) if policy in _WITH_CHARGE else None,
        "tariff_code": (tariff or None) if policy == "retail" else None,
    }
