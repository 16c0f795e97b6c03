"""The day of the system in a scenario, beside the day as it was measured."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.day_kinds import day_kinds
from queries.demand.what_if_changes import days_of
from queries.demand.what_if_outcome import READS as OUTCOME_READS
from queries.demand.what_if_outcome import net_kwh, outcome
from queries.demand.what_if_terms import scenario_of
from queries.lake import lake_state
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

RETURNS = pl.Schema(
    {
        "day": pl.String(),
        "service_date": pl.Date(),
        "days": pl.Int64(),
        "slot_minute": pl.Int16(),
        "load_kw": pl.Float64(),
        "load_after_kw": pl.Float64(),
    }
)
READS = OUTCOME_READS

_PER_HOUR = 60 / SLOT_MINUTES


def what_if_days(
    lake: DuckDBPyConnection, *, scenario: str, months: tuple[int, ...] = ()
) -> pl.DataFrame:
    """Mean workday, mean rest day, and the days of the highest load before and after.

    Args:
        lake: From ``queries.lake.open_lake``.
        scenario: JSON of ``queries.demand.what_if_terms.WhatIf``.
        months: Only days of these calendar months, 1–12; empty: all.

    Returns:
        A row a ``day`` (workday, rest_day, peak_day, peak_day_after) and quarter of an hour
        (``slot_minute`` after midnight): mean ``load_kw`` measured and ``load_after_kw`` supposed,
        both less what the scenario's plants feed in, over so many ``days``; ``service_date`` of a
        single day. A kind without days is left out.
    """
    found = outcome(scenario_of(scenario), lake)
    dates = days_of(found.before.lab)
    kinds = day_kinds(dates[0], dates[-1], holiday_country=lake_state(lake).holiday_country)
    is_rest = (kinds["day_kind"] == "rest_day").to_numpy()
    asked = np.array([not months or day.month in months for day in dates])
    before, after = (net_kwh(found, is_after=one) * _PER_HOUR for one in (False, True))
    chosen = {
        "workday": np.flatnonzero(asked & ~is_rest),
        "rest_day": np.flatnonzero(asked & is_rest),
    }
    if asked.any():
        chosen["peak_day"] = _highest(before, asked)
        chosen["peak_day_after"] = _highest(after, asked)
    frames = [RETURNS.to_frame()]
    for name, rows in chosen.items():
        if rows.size:
            single = dates[int(rows[0])] if name.startswith("peak") else None
            frames.append(_day(name, single, before[rows], after[rows]))
    return pl.concat(frames)


def _highest(load_kw: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """The day with the highest quarter of an hour."""
    return np.array([int(np.where(asked, load_kw.max(axis=1), -np.inf).argmax())])


def _day(name: str, single: date | None, before: np.ndarray, after: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "day": [name] * SLOTS_PER_DAY,
            "service_date": [single] * SLOTS_PER_DAY,
            "days": [len(before)] * SLOTS_PER_DAY,
            "slot_minute": list(range(0, SLOTS_PER_DAY * SLOT_MINUTES, SLOT_MINUTES)),
            "load_kw": before.mean(axis=0),
            "load_after_kw": after.mean(axis=0),
        },
        RETURNS,
    )
