"""Offers in words: rules, values, targets' states, and what came of a campaign."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from pages import units
from pages.field_words import field_name, value_of
from pages.inputs import in_words
from pages.self_service_place import local_text
from pages.text import t
from queries.customers.offer_known import SAVING


def rule_in_words(rule: Mapping[str, Any]) -> str:
    """``Night share at least 30%``."""
    column, value = rule["column"], rule["value"]
    return t(
        f"offer_test.{rule['test']}",
        column=_field(column),
        value=value_of(column, value),
    )


def _field(name: str) -> str:
    """A field as an offer means it: of choices, the one it proposes."""
    return t("offer.own_saving") if name == SAVING else field_name(name)


def status_in_words(status: str) -> str:
    """Why an offer does not go to somebody, or that it does."""
    if status.startswith("rule:"):
        column = status.removeprefix("rule:")
        return t("offer_status.rule", column=_field(column))
    return t(f"offer_status.{status}")


def targets_in_words(targets: pl.DataFrame) -> pl.DataFrame:
    """The table of those it would go to."""
    classes = [in_words("customer_class", one or "-") for one in targets["customer_class"]]
    # What it is worth first: a telephone shows no more.
    shown = targets.select(
        "usage_point_id",
        "customer_cny",
        "utility_cny",
        "expected_kwh",
        "expected_low_kwh",
        "expected_high_kwh",
        "choice_saving_cny",
        "name",
        pl.Series("customer_class", classes, dtype=pl.String),
        "annual_kwh",
        "annual_bill_cny",
        pl.Series("expected_basis", [t(f"offer_basis.{one}") for one in targets["basis"]]),
    )
    unknown = ("choice_saving_cny", "expected_low_kwh", "expected_high_kwh")
    return shown.drop(name for name in unknown if targets[name].null_count() == targets.height)


def basis_sentence(row: Mapping[str, Any], campaigns: Mapping[str, str]) -> str:
    """On what the expected changes of a list rest: a trial, or what is supposed."""
    return t(f"offer_basis_note.{row['basis']}", campaign=campaigns.get(row["campaign_id"], "–"))


def version_lines(versions: pl.DataFrame) -> list[str]:
    """A line a version, the newest first: who, when, and which parts differ from the one before."""
    rows = versions.rows(named=True)
    lines = []
    for row, earlier in zip(rows, [*rows[1:], None], strict=True):
        what = t("offer_edit.first") if earlier is None else _changed(row, earlier)
        at = local_text(row["changed_at"])
        version = row["version"]
        lines.append(
            t("offer_edit.version", version=version, by=row["changed_by"], at=at, what=what)
        )
    return lines


def _changed(row: Mapping[str, Any], earlier: Mapping[str, Any]) -> str:
    new, old = json.loads(row["content"]), json.loads(earlier["content"])
    parts = [name for name in ("name", "state") if row[name] != earlier[name]]
    parts += [name for name in sorted(new | old) if new.get(name) != old.get(name)]
    if not parts:
        return t("offer_edit.nothing_changed")
    words = {one: t(f"offer_part.{one}") for one in parts}
    if "state" in words:
        words["state"] = t(f"offer_edit.became_{row['state']}")
    return t("offer.or").join(words.values())


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
