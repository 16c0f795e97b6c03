"""Offers in words: rules, values, targets' states, and what came of a campaign."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from pages import units
from pages.inputs import in_words
from pages.text import t

_NAMED = ("customer_class", "price_class", "basic_charge")
"""Columns whose values have names of their own."""


def rule_in_words(rule: Mapping[str, Any]) -> str:
    """``Night share at least 30%``."""
    column, value = rule["column"], rule["value"]
    return t(
        f"offer_test.{rule['test']}",
        column=t(f"column.{column}"),
        value=_value(column, value),
    )


def _value(column: str, value: object) -> str:
    if isinstance(value, bool):
        return t("offer.yes" if value else "offer.no")
    if isinstance(value, list | tuple):
        names = [in_words(column, one) if column in _NAMED else one for one in value]
        return t("offer.or").join(names)
    number = float(value)  # type: ignore[arg-type]
    if column.endswith("_share"):
        return units.share(number)
    if column.endswith("_kwh"):
        return units.energy(number)
    if column.endswith("_cny"):
        return units.money(number)
    return f"{number:,.4g} kVA" if column.endswith("_kva") else f"{number:,.4g}"


def status_in_words(status: str) -> str:
    """Why an offer does not go to somebody, or that it does."""
    if status.startswith("rule:"):
        column = status.removeprefix("rule:")
        return t("offer_status.rule", column=t(f"column.{column}"))
    return t(f"offer_status.{status}")


def targets_in_words(targets: pl.DataFrame) -> pl.DataFrame:
    """The table of those it would go to."""
    classes = [in_words("customer_class", one or "-") for one in targets["customer_class"]]
    shown = targets.select(
        "usage_point_id",
        "name",
        pl.Series("customer_class", classes, dtype=pl.String),
        "annual_kwh",
        "night_share",
        "annual_bill_cny",
        "choice_saving_cny",
        "uptake_share",
        "expected_kwh",
        "customer_cny",
        "utility_cny",
    )
    has_choice = targets["choice_saving_cny"].null_count() < targets.height
    return shown if has_choice else shown.drop("choice_saving_cny")


def result_sentence(row: Mapping[str, Any]) -> str:
    """What a campaign brought, in one sentence with its interval, or why nothing is said."""
    if row["status"] != "measured":
        return t(f"offer_result.{row['status']}", offered=row["offered"], control=row["control"])
    low, high = row["change_share_low"], row["change_share_high"]
    said = {
        "measure": t(f"offer_measure.{row['measure']}"),
        "change": units.change(row["change_share"]),
        "low": units.change(low),
        "high": units.change(high),
        "detectable": units.share(row["detectable_share"]),
    }
    if not row["is_change"]:
        return t("offer_result.no_change", **said)
    return t("offer_result.less" if row["change_share"] < 0 else "offer_result.more", **said)


def taker_sentence(row: Mapping[str, Any]) -> str:
    """What it did to those who took it, or why that cannot be told."""
    took = units.share(row["took_share"]), units.share(row["control_took_share"])
    if row["taker_kwh_per_day_low"] is None:
        return t("offer_result.takers_unknown", took=took[0], control=took[1])
    return t(
        "offer_result.takers",
        took=took[0],
        control=took[1],
        change=f"{row['taker_kwh_per_day']:+.2f}",
        low=f"{row['taker_kwh_per_day_low']:+.2f}",
        high=f"{row['taker_kwh_per_day_high']:+.2f}",
    )


def counts_in_words(statuses: Sequence[tuple[str, int]]) -> str:
    """How many it does not go to, by reason."""
    return "\n".join(
        f"- {status_in_words(status)}{t('offer.colon')}{count:,}" for status, count in statuses
    )
