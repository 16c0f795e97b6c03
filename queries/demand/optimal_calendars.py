"""Whose hours a new tariff may follow: today's, and those found from the load by season."""

import numpy as np
import polars as pl

from queries.billing.calendar_model import Calendar
from queries.billing.calendars import known_calendars
from queries.billing.tariff_hours import calendar_of
from queries.day_kinds import SEASONS
from queries.demand.circular_blocks import circular_blocks
from queries.demand.optimal_district import District
from queries.demand.optimal_terms import OptimalError, Problem
from queries.demand.period_calendar import REST, found_windows, months_of
from queries.demand.period_names import named_blocks
from queries.demand.season_periods import LEAST_DAYS
from queries.demand.system_days import by_step

TODAY, BEST = "today", "best"
BLOCKS = (2, 3, 4, 5, 6)
_STEP_MINUTES, _LEAST_MINUTES = 30, 60


def calendars_to_try(problem: Problem, district: District) -> dict[str, Calendar]:
    """By name the hours that a problem allows, each with a peak and a valley.

    Raises:
        OptimalError: there are none.
    """
    every: dict[str, Calendar | None] = {}
    if problem.periods in {TODAY, BEST}:
        held = calendar_of(district.tariff) or known_calendars().get(district.area)
        every[TODAY] = held
    for blocks in BLOCKS:
        if problem.periods in {f"blocks_{blocks}", BEST}:
            every[f"blocks_{blocks}"] = _found(district, blocks)
    usable = {
        name: one
        for name, one in every.items()
        if one is not None and {"peak", "valley"} <= set(one.periods)
    }
    if not usable:
        raise OptimalError(
            f"there are no hours with a peak and a valley for '{problem.periods}': no calendar is "
            "known, or the load has no such hours. Choose hours found from the load."
        )
    return usable


def _found(district: District, blocks: int) -> Calendar:
    """Hours of the system's mean day by season, as ``demand/periods`` finds them."""
    month = np.array([day.month for day in district.days])
    load_kw = by_step(district.system_kw, _STEP_MINUTES)
    chosen = {"year": np.ones(len(month), bool)}
    chosen |= {season: np.isin(month, list(months_of(season))) for season in SEASONS}
    frames = []
    for season, is_in in chosen.items():
        if is_in.sum() < (1 if season == "year" else LEAST_DAYS):
            continue
        mean = load_kw[is_in].mean(axis=0)
        best = circular_blocks(mean, blocks, _LEAST_MINUTES // _STEP_MINUTES)
        frames.append(
            pl.DataFrame(
                {
                    "season": [season] * len(mean),
                    "slot_minute": np.arange(len(mean)) * _STEP_MINUTES,
                    "period": named_blocks(best, mean).tolist(),
                }
            )
        )
    periods = pl.concat(frames)
    return Calendar(
        code=f"blocks_{blocks}",
        name_zh=f"由负荷得出的时段（{blocks}段）",
        name_en=f"Hours found from the load ({blocks} blocks)",
        notice="",
        certainty="",
        windows=found_windows(periods),
        # a period without an hour would be a price that nobody pays
        remainder=REST if REST in periods["period"] else None,
    )
