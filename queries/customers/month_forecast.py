"""What will this month's bill be?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.account_bills import BillError
from queries.billing.account_terms import READS as TERMS_READS
from queries.billing.account_terms import account_terms, agreements_of, tariff_named
from queries.billing.accounts import Accounts
from queries.billing.day_rows import READS as ROW_READS
from queries.billing.day_rows import day_rows
from queries.billing.errors import TariffError
from queries.billing.exact_arrays import Exacts
from queries.billing.measured import DayRows
from queries.billing.pricing import price
from queries.billing.segments import month_after
from queries.billing.simulate import cny
from queries.billing.tariff_model import Tariff
from queries.billing.tier_use import READS as TIER_READS
from queries.billing.tier_use import Counter, counters_before, tier_use
from queries.day_kinds import day_kinds
from queries.lake import lake_state

RETURNS = pl.Schema(
    {
        "month": pl.Date(),
        "as_of": pl.Date(),
        "days_so_far": pl.Int64(),
        "days_filled": pl.Int64(),
        "days_left": pl.Int64(),
        "energy_so_far_kwh": pl.Float64(),
        "energy_kwh": pl.Float64(),
        "energy_low_kwh": pl.Float64(),
        "energy_high_kwh": pl.Float64(),
        "amount_so_far_cny": pl.Decimal(18, 2),
        "amount_cny": pl.Decimal(18, 2),
        "amount_low_cny": pl.Decimal(18, 2),
        "amount_high_cny": pl.Decimal(18, 2),
        "tariff_code": pl.String(),
    }
)
READS = tuple(dict.fromkeys((*TERMS_READS, *ROW_READS, *TIER_READS, "calendars")))

HISTORY_DAYS = 56
LEAST_DAYS = 7
"""Read days before, without which nothing is usual."""
ALIKE_DAYS = 8
"""The last days of a kind that a usual day is the mean of."""
_BAND_ERRORS = 1.2816
"""Standard errors on either side of which a normal value lies in 80 of 100 cases."""
_MOST_PERSISTENCE = 0.8
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Load:
    """An account's days from ``first_day`` on: units by channel (points, days, slots)."""

    rows: DayRows
    is_read: np.ndarray
    is_workday: np.ndarray
    month_from: int
    known: int


def month_forecast(lake: DuckDBPyConnection, *, customer_id: str, as_of: date) -> pl.DataFrame:
    """Energy and amount of the month that ``as_of`` lies in: its days so far, and usual ones after.

    A day that is left, or was not read at all, is taken to be the mean of the last 8 days of its
    kind (workday, or weekend and holiday) within the last 8 weeks, quarter by quarter. The month so
    made is priced by the billing engine under the account's own terms. Where a month is over, it is
    its bill by the interval readings; the bill that issues is settled by registers.

    Args:
        lake: From ``queries.lake.open_lake``.
        customer_id: The account; all its usage points.
        as_of: The last day with readings.

    Returns:
        One row. ``energy_low_kwh`` to ``energy_high_kwh`` hold the month's energy in 80 of 100
        cases if the days left scatter as those before did (as long as they persist, by the
        correlation of one day with the next); the amounts are those of such months.
        ``amount_so_far_cny`` is what the days so far cost alone.

    Raises:
        BillError: no_agreement, no_tariff, no_reading (fewer than 7 days read), or other_terms: the
            account is billed something beside its metered energy, which is not foretold.
    """
    month = as_of.replace(day=1)
    terms = _terms(lake, customer_id, month, as_of)
    tariff, points = _tariff(terms), terms["usage_point_id"].to_list()
    load = _load(lake, points, month, as_of)
    usual = _usual(load)
    last_day = month_after(month) - _DAY
    left = (last_day - as_of).days
    so_far = load.is_read[load.month_from :]
    band = _band_kwh(load, left + int((~so_far).sum()))
    whole = _whole(load, usual, left, 1.0)
    energy = _kwh(whole)
    rest = energy - _kwh(_only(load))
    factors = [max(0.0, 1 + sign * band / rest) if rest > 0 else 1.0 for sign in (-1, 1)]
    low, high = (_whole(load, usual, left, factor) for factor in factors)
    used = _used_before(lake, tariff, terms, month)
    [so_far_cny] = _owed(tariff, terms, used, [_only(load)])
    amounts = _owed(tariff, terms, used, [whole, low, high])
    return pl.DataFrame(
        [
            {
                "month": month,
                "as_of": as_of,
                "days_so_far": int(so_far.sum()),
                "days_filled": int((~so_far).sum()),
                "days_left": left,
                "energy_so_far_kwh": energy - rest,
                "energy_kwh": energy,
                "energy_low_kwh": _kwh(low),
                "energy_high_kwh": _kwh(high),
                "amount_so_far_cny": so_far_cny,
                "amount_cny": amounts[0],
                "amount_low_cny": min(amounts),
                "amount_high_cny": max(amounts),
                "tariff_code": tariff.code,
            }
        ],
        schema=RETURNS,
    )


def _terms(cursor: DuckDBPyConnection, customer_id: str, month: date, as_of: date) -> pl.DataFrame:
    terms = account_terms(cursor, first_day=month, last_day=as_of, customer_id=customer_id)
    latest = terms.filter(pl.col("valid_to") > as_of)
    if latest.is_empty():
        raise BillError("no_agreement", f"no agreement of {customer_id} on {as_of}.")
    beside = pl.any_horizontal(
        pl.col("is_metered_low_side").fill_null(value=False),
        pl.col("line_loss_share").fill_null(0.0) > 0,
        pl.col("split_tariff_code").is_not_null(),
        pl.col("deducted_from_usage_point_id").is_not_null(),
    )
    if latest.filter(beside).height or latest["tariff_code"].n_unique() > 1:
        raise BillError(
            "other_terms",
            f"{customer_id} is billed more than its metered energy, or under several tariffs; its "
            "month is not foretold. See the bill when it issues.",
        )
    return latest


def _tariff(terms: pl.DataFrame) -> Tariff:
    row = terms.row(0, named=True)
    try:
        return tariff_named(row["tariff_code"], row)
    except TariffError as error:
        raise BillError("no_tariff", str(error)) from error


def _load(cursor: DuckDBPyConnection, points: list[str], month: date, as_of: date) -> _Load:
    first_day = month - timedelta(days=HISTORY_DAYS)
    try:
        rows = day_rows(points, cursor, first_day=first_day, last_day=as_of)
    except TariffError as error:
        raise BillError("no_price", str(error)) from error
    read = cursor.sql(
        """
        select service_date
        from daily_totals
        where usage_point_id in (select unnest($points)) and channel = 'import'
            and service_date between $first_day and $last_day
        group by service_date
        having count(distinct usage_point_id) = $count
        order by service_date
        """,
        params={
            "points": points,
            "count": len(points),
            "first_day": first_day,
            "last_day": as_of,
        },
    ).pl()["service_date"]
    is_read = np.isin(np.array(rows.days), np.array(read.to_list(), dtype=object))
    if is_read.sum() < LEAST_DAYS:
        raise BillError(
            "no_reading", f"fewer than {LEAST_DAYS} days were read from {first_day} to {as_of}."
        )
    country = lake_state(cursor).holiday_country
    kinds = day_kinds(first_day, month_after(month) - _DAY, holiday_country=country)
    is_workday = (kinds["day_kind"] == "workday").to_numpy()
    return _Load(rows, is_read, is_workday, HISTORY_DAYS, len(rows.days))


def _usual(load: _Load) -> dict[bool, dict[str, np.ndarray]]:
    """A usual workday and a usual day off, by channel (points, slots); integers."""
    found: dict[bool, dict[str, np.ndarray]] = {}
    for kind in (True, False):
        alike = np.flatnonzero(load.is_read & (load.is_workday[: load.known] == kind))
        alike = alike if alike.size else np.flatnonzero(load.is_read)
        found[kind] = {
            channel: np.rint(units[:, alike[-ALIKE_DAYS:]].mean(axis=1)).astype(np.int64)
            for channel, units in load.rows.energy_units.items()
        }
    return found


def _whole(
    load: _Load, usual: dict[bool, dict[str, np.ndarray]], left: int, factor: float
) -> DayRows:
    """The month's rows: read days as they are, others usual times ``factor``."""
    count = load.known - load.month_from + left
    first = load.rows.days[load.month_from]
    units = {}
    for channel, known in load.rows.energy_units.items():
        made = np.zeros((known.shape[0], count, known.shape[2]), np.int64)
        for number in range(count):
            at = load.month_from + number
            if at < load.known and load.is_read[at]:
                made[:, number] = known[:, at]
            else:
                day = usual[bool(load.is_workday[at])][channel]
                made[:, number] = np.rint(day * factor).astype(np.int64)
        units[channel] = made
    days = tuple(first + timedelta(days=n) for n in range(count))
    return DayRows(days, units, load.rows.per, load.rows.country)


def _only(load: _Load) -> DayRows:
    """The month's days so far, as they were read."""
    days = load.rows.days[load.month_from :]
    units = {name: one[:, load.month_from :] for name, one in load.rows.energy_units.items()}
    return DayRows(days, units, load.rows.per, load.rows.country)


def _kwh(rows: DayRows) -> float:
    return float(rows.energy_units["import"].sum()) / rows.per


def _band_kwh(load: _Load, days: int) -> float:
    """Half the width of the 80 % band of the sum of so many days [kWh]."""
    daily = load.rows.energy_units["import"].sum(axis=(0, 2)) / load.rows.per
    known = load.is_workday[: load.known]
    off = np.full(len(daily), np.nan)
    for kind in (True, False):
        same = load.is_read & (known == kind)
        if same.any():
            off[same] = daily[same] - daily[same].mean()
    spread = np.sqrt(np.nanmean(off**2))
    pairs = off[:-1], off[1:]
    both = ~np.isnan(pairs[0]) & ~np.isnan(pairs[1])
    persists = 0.0
    if both.sum() >= LEAST_DAYS and spread > 0:
        persists = float(np.mean(pairs[0][both] * pairs[1][both]) / spread**2)
    persists = min(max(persists, 0.0), _MOST_PERSISTENCE)
    # The variance of a sum of n values of an AR(1) process, n large (Brockwell & Davis, ch. 7).
    return float(_BAND_ERRORS * spread * np.sqrt(days * (1 + persists) / (1 - persists)))


def _used_before(
    cursor: DuckDBPyConnection, tariff: Tariff, terms: pl.DataFrame, month: date
) -> Mapping[Counter, Exacts]:
    """What tiers that count from before the month have counted."""
    counters = counters_before(tariff, month)
    if not counters:
        return {}
    used, _ = tier_use(terms["usage_point_id"].to_list(), counters, month, cursor)
    return used


def _owed(
    tariff: Tariff,
    terms: pl.DataFrame,
    used: Mapping[Counter, Exacts],
    loads: Sequence[DayRows],
) -> list[Decimal]:
    """What the account owes for each of these loads over the same days, priced at once."""
    times = len(loads)
    first = loads[0]
    units = {
        name: np.concatenate([one.energy_units[name] for one in loads])
        for name in first.energy_units
    }
    accounts = Accounts.of(agreements_of(terms) * times)
    if used:
        repeated = {
            counter: Exacts(np.tile(one.units, times), one.per) for counter, one in used.items()
        }
        accounts = replace(accounts, used_before=repeated)
    rows = DayRows(first.days, units, first.per, first.country)
    try:
        priced = price(tariff, rows, ((first.days[0], first.days[-1]),), accounts=accounts)
    except TariffError as error:
        raise BillError("no_price", str(error)) from error
    totals = priced.totals().sum(axis=1).reshape(times, terms.height).sum(axis=1)
    return list(cny(totals))
