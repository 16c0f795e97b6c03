"""Periods of every season from the days of an area, with what they are worth beside today's."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.billing.calendar_model import Calendar, periods_of_days
from queries.billing.calendars import known_calendars
from queries.day_kinds import SEASONS, Hemisphere, day_kinds
from queries.demand.circular_blocks import Blocks, blocks_of, circular_blocks
from queries.demand.period_names import membership_periods, named_blocks, peak_membership
from queries.demand.period_policy import sharp_steps
from queries.demand.system_days import READS as DAYS_READS
from queries.demand.system_days import by_step, system_days
from queries.held import Held
from queries.lake import lake_state
from queries.run import QuestionError
from queries.schema import SLOT_MINUTES

READS = (*DAYS_READS, "calendars")
DayKind = Literal["all", "workday", "rest_day"]
LoadKind = Literal["load", "net_load"]
YEAR = "year"
"""What stands as season for all of them together."""
USUAL_BLOCKS = 6
"""Where no calendar says how many there are today."""
LEAST_DAYS = 10
"""Of a season, below which its mean day says too little."""
_RESAMPLES = 50
_SEED = 1
_STEPS = (15, 30, 60)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the days.

    Attributes:
        blocks: At most so many; None: as many as the calendar has.
        least_minutes: The shortest block [min].
        calendar_code: Whose hours stand beside them; None: those of FENGGU_TARIFF_AREA.
        has_sharp: Peak hours that policy calls sharp are marked so.
    """

    first_day: date
    last_day: date
    area_kind: AreaKind
    area_id: str | None
    region_id: str | None
    day_kind: DayKind
    load_kind: LoadKind
    blocks: int | None
    least_minutes: int
    step_minutes: int
    calendar_code: str | None
    hemisphere: Hemisphere
    has_sharp: bool


@dataclass(frozen=True, slots=True)
class SeasonPeriods:
    """The periods of one season.

    Attributes:
        load_kw: The mean day, and the 10 % and 90 % quantiles of the days, (3, steps).
        best: The best blocks.
        period: What they become, (steps,).
        today: Today's blocks and periods; None where no calendar is known.
        membership: Degree of the peak, (steps,).
        membership_period: What the method of memberships makes of it, (steps,).
        stability_share: How often other draws of the days give the same period, (steps,).
    """

    season: str
    days: int
    load_kw: np.ndarray
    best: Blocks
    period: np.ndarray
    today: tuple[Blocks, np.ndarray] | None
    membership: np.ndarray
    membership_period: np.ndarray
    stability_share: np.ndarray


_held: Held[tuple[SeasonPeriods, ...]] = Held(16)


def season_periods(cursor: DuckDBPyConnection, asked: Asked) -> tuple[SeasonPeriods, ...]:
    """The year, then every season of which enough days were read.

    Raises:
        QuestionError: a step or a least length that does not fit, or no such calendar.
    """
    if asked.step_minutes not in _STEPS or asked.least_minutes % asked.step_minutes:
        raise QuestionError(
            f"step_minutes {asked.step_minutes} must be 15, 30 or 60, and least_minutes "
            f"{asked.least_minutes} a multiple of it."
        )
    return _held.of(cursor, asked, lambda: _made(cursor, asked))


def _made(lake: DuckDBPyConnection, asked: Asked) -> tuple[SeasonPeriods, ...]:
    days = system_days(
        lake,
        first_day=asked.first_day,
        last_day=asked.last_day,
        area_kind=asked.area_kind,
        area_id=asked.area_id,
        region_id=asked.region_id,
    )
    if not days.dates:
        return ()
    country = lake_state(lake).holiday_country
    load_kw = by_step(
        days.load_kw if asked.load_kind == "load" else days.net_kw, asked.step_minutes
    )
    kinds = _kinds(days.dates, country, asked.hemisphere)
    is_kind = (kinds["day_kind"] == asked.day_kind).to_numpy() | (asked.day_kind == "all")
    today = _today(days.dates, lake_state(lake).tariff_area, country, asked)
    is_sharp = _sharp_hours(days.dates, days.load_kw, asked) if asked.has_sharp else None
    found = []
    for season in (YEAR, *SEASONS):
        chosen = is_kind & ((kinds["season"] == season).to_numpy() | (season == YEAR))
        if chosen.sum() >= LEAST_DAYS:
            sharp = None if is_sharp is None else np.asarray(is_sharp[chosen].any(axis=0))
            hours = None if today is None else today[chosen]
            found.append(_of_season(season, load_kw[chosen], hours, sharp, asked))
    return tuple(found)


def _kinds(dates: tuple[date, ...], country: str, hemisphere: Hemisphere) -> pl.DataFrame:
    every = day_kinds(dates[0], dates[-1], holiday_country=country, hemisphere=hemisphere)
    own = pl.DataFrame({"service_date": dates})
    return own.join(every, on="service_date", how="left", maintain_order="left")


def _today(
    dates: tuple[date, ...], tariff_area: str, country: str, asked: Asked
) -> np.ndarray | None:
    """Period of every step of the days as the calendar has it; None: no calendar is known."""
    known = known_calendars()
    code = asked.calendar_code or tariff_area
    if asked.calendar_code is not None and code not in known:
        raise QuestionError(f"calendar_code '{code}' is none of {', '.join(sorted(known))}.")
    if code not in known:
        return None
    calendar: Calendar = known[code]
    names = np.array(calendar.periods)
    of_quarters = names[periods_of_days(calendar, dates, country)]
    return of_quarters[:, :: asked.step_minutes // SLOT_MINUTES]


def _sharp_hours(dates: tuple[date, ...], load_kw: np.ndarray, asked: Asked) -> np.ndarray:
    """Whole hours in which a quarter was sharp, by step of the days."""
    by_hour = sharp_steps(dates, load_kw).reshape(len(dates), 24, -1).any(axis=2)
    return by_hour.repeat(60 // asked.step_minutes, axis=1)


def _of_season(
    season: str,
    load_kw: np.ndarray,
    today: np.ndarray | None,
    is_sharp: np.ndarray | None,
    asked: Asked,
) -> SeasonPeriods:
    mean = load_kw.mean(axis=0)
    now = None
    if today is not None:
        hours = _most_frequent(today)
        now = blocks_of(np.unique(hours, return_inverse=True)[1], mean), hours
    most = asked.blocks or (max(len(now[0].starts), 2) if now else USUAL_BLOCKS)
    least = asked.least_minutes // asked.step_minutes
    is_net = asked.load_kind == "net_load"
    best = circular_blocks(mean, most, least)
    period = named_blocks(best, mean, has_deep_valley=is_net)
    stability = np.zeros(len(mean))
    rng = np.random.default_rng(_SEED)
    for _ in range(_RESAMPLES):
        drawn = load_kw[rng.integers(0, len(load_kw), len(load_kw))].mean(axis=0)
        other = named_blocks(circular_blocks(drawn, most, least), drawn, has_deep_valley=is_net)
        stability += other == period
    if is_sharp is not None:
        period[is_sharp & (period == "peak")] = "sharp"
    return SeasonPeriods(
        season=season,
        days=len(load_kw),
        load_kw=np.stack([mean, *np.quantile(load_kw, (0.1, 0.9), axis=0)]),
        best=best,
        period=period,
        today=now,
        membership=peak_membership(mean),
        membership_period=membership_periods(mean),
        stability_share=stability / _RESAMPLES,
    )


def _most_frequent(periods: np.ndarray) -> np.ndarray:
    """The period that each step has on most of the days: calendars change within seasons."""
    names, places = np.unique(periods, return_inverse=True)
    places = places.reshape(periods.shape)
    counts = np.stack([(places == place).sum(axis=0) for place in range(len(names))])
    return names[counts.argmax(axis=0)]
