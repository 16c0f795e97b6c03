"""What was used before the first day billed, in reset periods of tiers that began earlier."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.exact_arrays import Exacts
from queries.billing.tariff_model import EnergyCharge, Tariff
from queries.billing.tier_resets import reset_period

READS = ("daily_totals",)

Counter = tuple[date, frozenset[int]]
"""First day of a reset period, and the calendar months that count in it."""

_WH_PER_KWH = 1000


def counters_before(tariff: Tariff, first_day: date) -> set[Counter]:
    """The counters of ``tariff`` that have run for a while on ``first_day``."""
    found = set()
    for version in tariff.versions:
        for charge in version.charges:
            if not isinstance(charge, EnergyCharge) or charge.tiers is None:
                continue
            if charge.tiers.reset.every in {"month", "quarter", "year"}:
                start, _ = reset_period(first_day, charge.tiers.reset)
                if start < first_day:
                    found.add((start, charge.months))
    return found


def tier_use(
    points: Sequence[str], counters: set[Counter], first_day: date, cursor: DuckDBPyConnection
) -> tuple[Mapping[Counter, Exacts], bool]:
    """Energy taken since each counter began, until the day before ``first_day``.

    Args:
        points: Usage points in the order of the accounts.
        counters: As ``counters_before`` gives them.
        first_day: First day that is billed.
        cursor: A lake opened for READS.

    Returns:
        By counter the use [kWh, (accounts,)], and whether the lake reaches back to its beginning:
        where it does not, tiers count too little.
    """
    found: dict[Counter, Exacts] = {}
    is_known = True
    places = {point: place for place, point in enumerate(points)}
    for start, months in counters:
        rows = cursor.sql(
            """
            select
                usage_point_id,
                sum(energy_wh)::bigint as energy_wh,
                min(service_date) as first_day
            from daily_totals
            where service_date between $start and $last_day
                and month(service_date) in (select unnest($months))
                and (channel = 'import' or starts_with(channel, 'import.'))
            group by usage_point_id
            order by usage_point_id
            """,
            params={
                "start": start,
                "last_day": first_day - timedelta(days=1),
                "months": sorted(months),
            },
        ).pl()
        known = rows.filter(pl.col("usage_point_id").is_in(list(places)))
        used = np.zeros(len(points), np.int64)
        used[[places[point] for point in known["usage_point_id"]]] = known["energy_wh"].to_numpy()
        found[start, months] = Exacts(used, _WH_PER_KWH)
        begun = [start + timedelta(n) for n in range((first_day - start).days)]
        counts = [day for day in begun if day.month in months]
        earliest = rows["first_day"].min()
        is_known &= not counts or (isinstance(earliest, date) and earliest <= counts[0])
    return found, is_known
