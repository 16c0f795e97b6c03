"""Where the energy of a scenario went: what is kept is checked in the open."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.what_if_outcome import READS as OUTCOME_READS
from queries.demand.what_if_outcome import outcome
from queries.demand.what_if_terms import scenario_of

RETURNS = pl.Schema({"part": pl.String(), "energy_kwh": pl.Float64()})
READS = OUTCOME_READS

PARTS = (
    "before",
    "answered",
    "weather",
    "scaled",
    "heated",
    "charged",
    "made",
    "lost",
    "fed_in",
    "rounded",
    "after",
)


def what_if_ledger(lake: DuckDBPyConnection, *, scenario: str) -> pl.DataFrame:
    """The energy of everyone, part by part.

    Args:
        lake: From ``queries.lake.open_lake``.
        scenario: JSON of ``queries.demand.what_if_terms.WhatIf``.

    Returns:
        A row a ``part``, which add up to 0: ``before`` taken from the grid as measured,
        ``answered`` more by the answer to prices, ``weather`` in another weather, ``scaled`` by
        growth and saving, ``heated`` by new electric heating, ``charged`` by
        vehicles, ``made`` by plants (negative), ``lost`` in batteries, ``fed_in`` by both,
        ``rounded`` by whole watt-hours, ``after`` taken from the grid as supposed (negative).
    """
    book = outcome(scenario_of(scenario), lake).after.ledger
    sign = dict.fromkeys(PARTS, 1) | {"made": -1, "after": -1}
    return pl.DataFrame(
        [(part, sign[part] * getattr(book, f"{part}_kwh")) for part in PARTS],
        RETURNS,
        orient="row",
    )
