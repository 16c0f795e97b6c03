"""Whether the capacity applied for foretells how load grows, by how many months and how surely."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.market.application_rows import READS as ROWS_READS
from queries.market.application_rows import application_rows
from queries.market.capacity_changes import READS as CHANGES_READS
from queries.market.capacity_changes import capacity_on, register_rows
from queries.market.history import READS as HISTORY_READS
from queries.market.history import segment_months, whole_months
from queries.market.leading_load import (
    LEAST_MONTHS,
    correlated,
    mean_load,
    sector_industries,
    yearly_changes,
)

RETURNS = pl.Schema(
    {
        "lead_months": pl.Int64(),
        "months": pl.Int64(),
        "needed_months": pl.Int64(),
        "free_months": pl.Float64(),
        "correlation": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
    }
)
READS = tuple(dict.fromkeys((*HISTORY_READS, *CHANGES_READS, *ROWS_READS)))

MOST_LEAD = 12
"""Months: a 10 kV connection takes two to six, and the plant behind it some more."""
_YEAR = 12


def application_lead(
    lake: DuckDBPyConnection,
    *,
    region_id: str | None = None,
    sector: str | None = None,
    most_lead: int = MOST_LEAD,
) -> pl.DataFrame:
    """How the capacity applied for in a year goes with the growth of load some months later.

    Capacity asked for less what was given up, of the twelve months up to one, in shares of the
    capacity in use as the last of them begins, against the change of the mean load from a year
    before, so many months later. The interval counts months that resemble each other for fewer,
    as in ``market/leading_load``; temperature is not taken out of the load.

    Args:
        lake: From ``queries.lake.open_lake``.
        region_id: Only what lies in this region; None is every region in the user's scope.
        sector: ``primary``, ``secondary``, ``tertiary``, ``households``; None is all of them.
        most_lead: In months.

    Returns:
        A row for every ``lead_months`` from 0: ``months`` pairs, ``free_months`` [as many
        independent ones], ``correlation`` with its 95 % interval ``low`` to ``high`` [−1–1]; null
        below ``needed_months`` pairs, or where fewer than four are independent. No row where no
        application or no whole month is known.
    """
    first_day, last_day = whole_months(region_id, lake)
    applied = application_rows("industry", lake, region_id=region_id)
    register = register_rows("industry", lake, region_id=region_id)
    if sector is not None:
        inside = pl.col("group_id").is_in(sector_industries(sector))
        applied, register = applied.filter(inside), register.filter(inside)
    if applied.is_empty() or last_day < first_day:
        return RETURNS.to_frame()
    months: list[date] = pl.date_range(first_day, last_day, "1mo", eager=True).to_list()
    asked = asked_share(applied, register, months)
    load = mean_load(segment_months(region_id, lake), sector, months)
    return pl.DataFrame(
        [{"lead_months": lead, **followed(asked, load, lead)} for lead in range(most_lead + 1)],
        schema=RETURNS,
    )


def asked_share(
    applied: pl.DataFrame, register: pl.DataFrame, months: Sequence[date]
) -> np.ndarray:
    """Net capacity applied for in the year up to every month, of that in use [0–1, signed].

    NaN where not the whole year is known, from the month after the first application on.
    """
    by_month = dict(
        applied.group_by(pl.col("applied_on").dt.truncate("1mo"))
        .agg(pl.col("change_kva").sum())
        .iter_rows()
    )
    known = min(by_month)
    ends = [*months[1:], pl.Series(months[-1:]).dt.offset_by("1mo")[0]]
    shares = np.full(len(months), np.nan)
    for place, (month, end) in enumerate(zip(months, ends, strict=True)):
        first = month.replace(year=month.year - 1)
        in_use = capacity_on(register, month)["capacity_kva"].sum()
        if known <= first and in_use > 0:
            asked = sum(kva for day, kva in by_month.items() if first < day < end)
            shares[place] = asked / in_use
    return shares


def followed(asked: np.ndarray, load: np.ndarray, lead: int) -> dict[str, float | int | None]:
    """How the capacity asked for goes with the yearly changes of load so many months later."""
    grown = yearly_changes(load)
    pairs = (asked[:-lead], grown[lead:]) if lead else (asked, grown)
    return {"needed_months": LEAST_MONTHS, **correlated(*pairs)}
