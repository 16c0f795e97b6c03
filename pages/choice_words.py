"""Choices of ``best_choice`` in the reader's words."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from pages import units
from pages.inputs import in_words
from pages.session import ask
from pages.text import language, t
from queries.billing.tariffs import tariffs


def known_by_code() -> dict[str, dict[str, Any]]:
    """Every tariff's row by its code, ``name`` in the reader's language."""
    name = "name_en" if language() == "en" else "name"
    rows = ask(tariffs).iter_rows(named=True)
    return {row["tariff_code"]: row | {"name": row[name]} for row in rows}


def choice_in_words(row: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> str:
    """``Basic charge by contract``, ``Two-part tariff, by capacity``, a package's name."""
    policy, basic_charge = row["policy"], row["basic_charge"]
    kind = t(f"basic_charge.{basic_charge}")
    if policy == "retail":
        return known[row["tariff_code"]]["name"]
    if policy == "time_of_use":
        return t("choice.with_hours" if row["has_time_of_use"] else "choice.without_hours")
    if basic_charge == "as_now":
        return t("choice.now" if policy == "now" else "choice.to_single_part")
    return t(f"choice.{'to_two_part' if policy == 'two_part' else policy}_by", kind=kind)


def quarters_in_words(row: Mapping[str, Any]) -> str:
    """``contract 953 kW · capacity``: basic charge and contract of each quarter, if it has some."""
    contracts = row["contract_kw"] or []
    kinds = row["basic_charges"] or ["contract"] * len(contracts)
    return t("choice.then").join(
        t("choice.contract_of", kw=f"{kw:,}") if kind == "contract" else t(f"basic_charge.{kind}")
        for kind, kw in zip(kinds, contracts, strict=True)
    )


def customers_in_words(
    choices: pl.DataFrame, known: Mapping[str, Mapping[str, Any]]
) -> pl.DataFrame:
    """The customers whom another choice would suit, what saves most first, ready for a table."""
    now = {row["usage_point_id"]: row for row in choices.filter("is_now").iter_rows(named=True)}
    best = choices.filter(pl.col("is_best") & (pl.col("saving_cny") > 0))
    rows = list(best.sort("saving_cny", descending=True).iter_rows(named=True))
    words = {
        "choice_now": [_now_in_words(now[row["usage_point_id"]], known) for row in rows],
        "choice_best": [choice_in_words(row, known) for row in rows],
        "by_quarter": [quarters_in_words(row) for row in rows],
        "class_name": [in_words("customer_class", row["customer_class"] or "-") for row in rows],
    }
    return (
        best.sort("saving_cny", descending=True)
        .with_columns(pl.Series(name, texts, dtype=pl.String) for name, texts in words.items())
        .select(
            "name",
            "customer_id",
            "usage_point_id",
            pl.col("class_name").alias("customer_class"),
            "saving_cny",
            "saving_share",
            "choice_now",
            "choice_best",
            "by_quarter",
            "now_cny",
            "notice",
        )
    )


def _now_in_words(row: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> str:
    price_class = known[row["tariff_code"]]["price_class"]
    name = in_words("price_class", price_class)
    if row["basic_charge"] == "as_now":
        return name
    kind = t(f"basic_charge.{row['basic_charge']}")
    return t("choice.tariff_by", tariff=name, kind=kind)


def point_in_words(row: Mapping[str, Any]) -> str:
    """A usage point to choose: its name, its class, and what its best choice saves."""
    saving = units.money(row["saving_cny"])
    kind = in_words("customer_class", row["customer_class"] or "-")
    return t("choice.point", point=row["usage_point_id"], kind=kind, saving=saving)
