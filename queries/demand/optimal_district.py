"""The district whose prices are looked for: bills, loads by day, and whom the prices are of."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from threading import Lock

import numpy as np
from duckdb import DuckDBPyConnection

from queries.billing.accounts import Accounts
from queries.billing.cube_slots import name_profiles
from queries.billing.lab import READS as LAB_READS
from queries.billing.lab import Lab, laboratory, owed_now, those
from queries.billing.simulate import LEAST_READINGS_SHARE
from queries.billing.tariff_model import Tariff
from queries.billing.tariffs import known_tariffs
from queries.demand.optimal_terms import OptimalError, Problem
from queries.held import Held
from queries.lake import lake_state
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

READS = tuple(dict.fromkeys((*LAB_READS, "energy_profiles", "calendars")))
GROUPS = (False, True)
"""Customers now without, and with, prices by the hour: they answer to different changes."""
_WH_PER_KWH = 1000
_SLOTS_PER_HOUR = 60 / SLOT_MINUTES
# Sums by side and day: few rows, which go to their places; see ``what_if_rows`` on the order.
_SUMS = r"""
select
    optimal_points.side,
    (profiles.service_date - $first_day::date)::integer as day,
    profiles.interval_minutes,
    sum(columns('t\d{4}'))::bigint
from cube_profiles as profiles
inner join optimal_points using (usage_point_id)
where profiles.service_date between $first_day and $last_day
group by all
"""


@dataclass(frozen=True, slots=True)
class District:
    """What stays the same whatever prices are tried.

    Attributes:
        lab: The class's customers, all of them billed by the hour.
        tariff: The one that most of them have.
        now_fen: What each owes now for energy taken (without what is paid for energy fed in),
            (customers,).
        is_counted: Whose bills the conditions look at: read well enough, and owing something now.
        group: Place of each customer in GROUPS, (customers,).
        days: Every day.
        system_kw: Mean load of everybody in each quarter of an hour, (days, 96).
        class_kw: Of the class's customers by group, (groups, days, 96).
        energy_kwh: Of a year of each customer, (customers,).
        country: Whose holidays the days have.
        area: The tariff area, whose calendar may stand in.
    """

    lab: Lab
    tariff: Tariff
    now_fen: np.ndarray
    is_counted: np.ndarray
    group: np.ndarray
    days: tuple[date, ...]
    system_kw: np.ndarray
    class_kw: np.ndarray
    energy_kwh: np.ndarray
    country: str
    area: str


_held: Held[District] = Held(3)


def optimal_district(problem: Problem, lake: DuckDBPyConnection) -> District:
    """The district of a problem; remembered, since a dial changes conditions only.

    Raises:
        OptimalError: nobody has such prices, or their tariff is not known.
    """
    key = problem.first_day, problem.last_day, problem.region_id, problem.price_class
    return _held.of(lake, key, lambda: _made(problem, lake))


def _made(problem: Problem, lake: DuckDBPyConnection) -> District:
    lab = laboratory(problem.first_day, problem.last_day, lake, region_id=problem.region_id)
    is_own = (lab.points["price_class"] == problem.price_class).fill_null(value=False).to_numpy()
    own = np.flatnonzero(is_own)
    codes = lab.points["tariff_code"].gather(own).drop_nulls()
    if not own.size or codes.is_empty():
        raise OptimalError(
            f"nobody with readings here has prices of class '{problem.price_class}' and a known "
            "tariff. Choose another class, region or year."
        )
    code = codes.value_counts(sort=True)["tariff_code"][0]
    as_it_is = those(lab, own)
    held = lab.accounts.agreements
    by_the_hour = tuple(replace(one, has_time_of_use=True) for one in held)
    of_class = replace(
        as_it_is,
        accounts=Accounts(
            by_the_hour, lab.accounts.index[own], lab.accounts.those(own).used_before
        ),
        remembered=OrderedDict(),
        lock=Lock(),
    )
    now = owed_now(as_it_is, lake).sold_fen
    group = np.array([held[index].has_time_of_use for index in lab.accounts.index[own]], dtype=int)
    system, of_groups = _loads(lab, own, group, lake)
    points = of_class.points
    first_day = lab.bills[0][0]
    length = (lab.bills[-1][1] - first_day).days + 1
    days = [first_day + timedelta(days=n) for n in range(length)]
    years = len(days) / 365.25
    is_read = points["readings_share"].fill_null(0).to_numpy() >= LEAST_READINGS_SHARE
    return District(
        lab=of_class,
        tariff=known_tariffs()[code],
        now_fen=now,
        is_counted=is_read & (now > 0),
        group=group,
        days=tuple(days),
        system_kw=system,
        class_kw=of_groups,
        energy_kwh=points["energy_kwh"].to_numpy() / years,
        country=lake_state(lake).holiday_country,
        area=lake_state(lake).tariff_area,
    )


def _loads(
    lab: Lab, own: np.ndarray, group: np.ndarray, lake: DuckDBPyConnection
) -> tuple[np.ndarray, np.ndarray]:
    """Load of everybody, and of the class by group; what was not read is 0 [kW]."""
    side = np.full(lab.points.height, len(GROUPS))
    side[own] = group
    lake.execute(
        "create or replace temp table optimal_points as "
        "select unnest($points) as usage_point_id, unnest($sides)::integer as side",
        {"points": lab.points["usage_point_id"].to_list(), "sides": side.tolist()},
    )
    name_profiles(lake)
    first_day, last_day = lab.bills[0][0], lab.bills[-1][1]
    rows = lake.sql(_SUMS, params={"first_day": first_day, "last_day": last_day}).pl()
    load_kw = np.zeros((len(GROUPS) + 1, (last_day - first_day).days + 1, SLOTS_PER_DAY))
    energy_wh = rows[:, 3:].fill_null(0).to_numpy().astype(np.float64)
    where = rows["side"].to_numpy(), rows["day"].to_numpy()
    for interval in rows["interval_minutes"].unique().to_list():
        width = interval // SLOT_MINUTES
        at = np.flatnonzero((rows["interval_minutes"] == interval).to_numpy())
        spread = np.repeat(energy_wh[at][:, ::width] / width, width, axis=1)
        np.add.at(load_kw, (where[0][at], where[1][at]), spread / _WH_PER_KWH * _SLOTS_PER_HOUR)
    return load_kw.sum(axis=0), load_kw[:-1]
