"""Saving advice in sentences: what to do, what it rests on, how sure it is, or why not."""

import json
from collections.abc import Mapping
from typing import Any

from pages import units
from pages.choice_words import known_by_code
from pages.text import t

_WITH_UNIT = {
    "_kwh": units.energy,
    "_kw": units.power,
    "_share": units.share,
}


def what_to_do(row: Mapping[str, Any]) -> str:
    """The advice itself, with the customer's own numbers."""
    figures = json.loads(row["figures"])
    kind = row["kind"]
    key = f"advice_do.{kind}"
    if kind == "standby" and figures["usual_kw"] is None:
        key = "advice_do.standby_alone"
    if kind == "contract":
        key = f"advice_do.contract_{figures['to']}"
    if kind == "tariff":
        key = f"advice_do.tariff_{figures['policy']}"
    return t(key, **_shown(figures))


def _shown(figures: Mapping[str, Any]) -> dict[str, str]:
    """Every figure as people read it, by its name; tariffs and basic charges by theirs."""
    return {name: _one(name, value) for name, value in figures.items()}


def _one(name: str, value: object) -> str:
    words = {
        "has_time_of_use": lambda: t(
            "advice.with_time_of_use" if value else "advice.without_time_of_use"
        ),
        "basic_charge": lambda: "" if value == "as_now" else t(f"basic_charge.{value}"),
    }
    if value is None:
        return "–"
    if name in words:
        return words[name]()
    if isinstance(value, str):
        return _named(value)
    number = float(value)  # type: ignore[arg-type]
    is_price = name.startswith("cny_per_")
    endings = (
        shown for ending, shown in _WITH_UNIT.items() if name.endswith(ending) and not is_price
    )
    shown = next(endings, lambda one: f"{one:,.4g}")
    return shown(number)


def _named(code: str) -> str:
    if code in {"capacity", "contract", "maximum"}:
        return t(f"basic_charge.{code}")
    known = known_by_code()
    return known[code]["name"] if code in known else code


def how_much(row: Mapping[str, Any]) -> str:
    """Money and energy in one line, with the interval where there is one."""
    parts = [t("advice.saves", money=units.money(row["saving_cny"]))]
    kwh = row["saving_kwh"]
    if kwh and abs(kwh) >= 1:
        key = "advice.and_less" if kwh > 0 else "advice.and_more"
        parts.append(t(key, energy=units.energy(abs(kwh))))
    if row["saving_low_kwh"] is not None:
        low, high = units.energy(row["saving_low_kwh"]), units.energy(row["saving_high_kwh"])
        parts.append(t("advice.between", low=low, high=high))
    if row["cost_cny"] is not None and row["payback_years"] is not None:
        cost, years = units.money(row["cost_cny"]), f"{row['payback_years']:.1f}"
        parts.append(t("advice.pays_back", cost=cost, years=years))
    return t("advice.joiner").join(parts) + t("advice.stop")


def title_of(row: Mapping[str, Any]) -> str:
    """The line of a piece of advice that is not open: kind, money, how sure."""
    sure = t(f"advice_sure.{row['confidence']}")
    return f"**{kind_name(row)}** · {units.money(row['saving_cny'])} · {sure}"


def kind_name(row: Mapping[str, Any]) -> str:
    """What kind of advice it is."""
    return t(f"advice_kind.{row['kind']}")


def assumption_of(row: Mapping[str, Any]) -> str:
    """What it rests on, and how sure it is."""
    said = t(f"advice_assume.{row['kind']}", **_shown(json.loads(row["figures"])))
    return said + t("advice.blank") + t(f"advice_sure_note.{row['confidence']}")


def why_not(row: Mapping[str, Any]) -> str:
    """Why nothing is advised."""
    return t(f"advice_reason.{row['reason']}")
