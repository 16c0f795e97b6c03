"""What a selection of accounts pays now, and would pay under other tariffs: for the questions."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.lab import Owed, laboratory, owed, owed_now, tariff_of
from queries.run import QuestionError

NOW = "now"
"""The name of what everyone pays today, beside those of the tariffs that are tried."""
MOST_TARIFFS = 20
LEAST_READINGS_SHARE = 0.9
"""Accounts of which less was read are billed too little under every tariff and stand apart."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Whose bills are asked about.

    Attributes:
        first_day: First day, included.
        last_day: Last day, included.
        region_id: Only of this region; None: all in the user's scope.
        price_classes: Only of these; empty: all.
        customer_class: Only of this; None: all.
    """

    first_day: date
    last_day: date
    region_id: str | None = None
    price_classes: tuple[str, ...] = ()
    customer_class: str | None = None


@dataclass(frozen=True, slots=True)
class Simulated:
    """Bills of a selection under what holds now and under each tariff.

    Attributes:
        points: The selected rows of ``Lab.points``.
        now: What is owed now.
        under: By the tariffs' codes, in the order they were given; a code given twice gets a
            number.
    """

    points: pl.DataFrame
    now: Owed
    under: dict[str, Owed]


def simulate(tariffs: tuple[str, ...], chosen: Selection, lake: DuckDBPyConnection) -> Simulated:
    """Everyone of a selection under every tariff; codes or TOML texts, as ``lab.tariff_of`` reads.

    Raises:
        QuestionError: there are more than MOST_TARIFFS tariffs.
        TariffError: a tariff cannot be used as written.
    """
    if len(tariffs) > MOST_TARIFFS:
        raise QuestionError(f"{len(tariffs)} tariffs at once; give at most {MOST_TARIFFS}.")
    lab = laboratory(chosen.first_day, chosen.last_day, lake, region_id=chosen.region_id)
    rows = _chosen(lab.points, chosen)
    under: dict[str, Owed] = {}
    for text in tariffs:
        tariff = tariff_of(text)
        name, number = tariff.code, 2
        while name in under:
            name, number = f"{tariff.code} {number}", number + 1
        under[name] = _those(owed(lab, tariff, lake), rows)
    return Simulated(lab.points.filter(pl.Series(rows)), _those(owed_now(lab, lake), rows), under)


def _chosen(points: pl.DataFrame, chosen: Selection) -> np.ndarray:
    rows = np.ones(points.height, bool)
    if chosen.price_classes:
        is_of_class = points["price_class"].is_in(list(chosen.price_classes))
        rows &= is_of_class.fill_null(value=False).to_numpy()
    if chosen.customer_class:
        is_of_class = points["customer_class"] == chosen.customer_class
        rows &= is_of_class.fill_null(value=False).to_numpy()
    return rows


def _those(one: Owed, rows: np.ndarray) -> Owed:
    parts = {key: (quantity[rows], amount[rows]) for key, (quantity, amount) in one.parts.items()}
    return Owed(one.total_fen[rows], parts, one.warnings, one.by_rows)


MONEY = pl.Decimal(20, 2)
"""Amounts of money [CNY]."""


def cny(fen: np.ndarray | pl.Series) -> pl.Series:
    """Amounts in fen as exact CNY.

    >>> cny(np.array([259750]))[0]
    Decimal('2597.50')
    """
    units = pl.Series(fen, dtype=pl.Int64).cast(MONEY)
    return (units / pl.Series([100], dtype=pl.Int64).cast(MONEY)).cast(MONEY)


def in_cny(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Columns ``<name>_fen`` as ``<name>_cny``."""
    exact = [cny(frame[f"{name}_fen"]).alias(f"{name}_cny") for name in names]
    return frame.with_columns(exact).drop(f"{name}_fen" for name in names)
