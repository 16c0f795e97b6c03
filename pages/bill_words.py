"""A bill in words: exact figures with units, names of lines, how each was computed."""

from datetime import date
from decimal import Decimal

import polars as pl

from pages import units
from pages.dials import word
from pages.text import catalogue, language, t
from queries.periods import change_share

_WORDS = {"period": "period_of_day", "term": "bill_term"}
"""Where the words of a fact's code stand, by its name; a meter's name is said as it is."""


def month_name(first_day: date) -> str:
    """``2025年7月`` or ``Jul 2025``."""
    number = first_day.month if language() == "zh" else units.month(first_day)
    return t("bill.month_of_year", year=first_day.year, month=number)


def exact(value: Decimal | None, unit: str | None = None) -> str:
    """A figure as it was counted, without zeros at its end: ``2,326.5 kW·月``, ``−1.1%``.

    Money has two decimals, a share is said in per cent. A dash where there is none.
    """
    if value is None:
        return "–"
    if unit == "share":
        return f"{_trimmed(value * 100)}%"
    number = f"{value:,.2f}" if unit == "CNY" else _trimmed(value)
    shown = number.replace("-", "−")
    return f"{shown} {unit_name(unit)}" if unit else shown


def _trimmed(value: Decimal) -> str:
    text = f"{value:,f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def unit_name(unit: str | None) -> str:
    """``CNY/kW·month`` as 元/(kW·月)."""
    above, _, below = (unit or "").partition("/")
    parts = ["·".join(word("bill_unit", one) for one in side.split("·")) for side in (above, below)]
    if not below:
        return parts[0]
    return f"{parts[0]}/({parts[1]})" if "·" in parts[1] else f"{parts[0]}/{parts[1]}"


def money(amount_cny: Decimal | None, *, with_sign: bool = False) -> str:
    """To the fen, with separators: ``255,742.76 元``."""
    shown = exact(amount_cny, "CNY")
    return f"+{shown}" if with_sign and amount_cny is not None and amount_cny > 0 else shown


def price_unit(unit: str) -> str:
    """Of the price of a unit; a share where the line is taken of money."""
    return "share" if unit == "CNY" else f"CNY/{unit}"


def line_name(row: dict) -> str:
    """A tier, a period, or what the charge is called."""
    tier = t("bill.tier", tier=row["tier"]) if row["tier"] is not None else None
    period = word("period_of_day", row["period"]) if row["period"] is not None else None
    named = t("word.and").join(filter(None, (period, tier)))
    if named:
        return named
    own = catalogue(language()).get(f"bill_charge.{row['charge']}")
    return own or word("bill_kind", row["kind"])


def explanations(explained: pl.DataFrame) -> dict[int, list[str]]:
    """Sentences by line, from an answer of ``billing/bill_explanation``."""
    found: dict[int, list[str]] = {}
    for (line, _, code), facts in explained.group_by(
        "line", "sentence", "code", maintain_order=True
    ):
        values = {row["name"]: _said(row) for row in facts.iter_rows(named=True) if row["name"]}
        found.setdefault(int(str(line)), []).append(t(f"bill_how.{code}", **values))
    return found


def _said(fact: dict) -> str:
    if fact["day"] is not None:
        return month_name(fact["day"]) if fact["name"] == "month" else units.day(fact["day"])
    if fact["word"] is not None:
        return word(_WORDS.get(str(fact["name"]), ""), fact["word"])
    return exact(fact["value"], fact["unit"])


def change_in_words(bars: pl.DataFrame, change: dict) -> str:
    """How much more or less than before, and which step did most, from ``waterfall``."""
    more = change["after_cny"] - change["before_cny"]
    share = None
    if min(change["after_cny"], change["before_cny"]) > 0:  # of a credit a share says nothing
        share = units.change(change_share(float(change["after_cny"]), float(change["before_cny"])))
    said = money(abs(more))
    way = "more" if more > 0 else "less" if more < 0 else "none"
    text = t(f"bill.change_{way}", amount=f"{said} ({share})" if share else said)
    for row in bars.filter("is_largest").iter_rows(named=True):
        amount = money(row["amount_cny"], with_sign=True)
        text += t("bill.change_most", step=t(f"bill_step.{row['step']}"), amount=amount)
    return text
