"""Rows of ``portrait_money`` as of a day: what accounts were billed, could save and will pay."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.simulate import LEAST_READINGS_SHARE, in_cny
from queries.customers.arrears_risk import READS as RISK_READS
from queries.customers.arrears_risk import arrears_risk
from queries.customers.payment_behaviour import payment_behaviour
from queries.customers.portrait_money_bills import READS as BILLS_READ
from queries.customers.portrait_money_bills import YEAR, MonthBills, month_bills
from queries.customers.portrait_money_choices import CHOICES, best_choices
from queries.customers.portrait_money_choices import READS as CHOICES_READ
from queries.customers.portrait_money_readings import month_end
from queries.customers.portrait_money_revenue import LEAST_MONTHS, expected_year
from queries.schema import PORTRAIT_MONEY

READS = tuple(dict.fromkeys((*BILLS_READ, *CHOICES_READ, *RISK_READS, "portraits")))
PAYMENTS = (
    "late_probability_share",
    "expected_late_cny",
    "bills_before",
    "late_why",
    "on_time_share",
    "overdue_cny",
)
"""Columns that payments make; the others rest on bills."""
_STAMPS = ("district_id", "month", "last_day", "bills_basis", "payments_basis", "received_at")
BILLS = tuple(name for name in PORTRAIT_MONEY.names if name not in {*PAYMENTS, *_STAMPS})
NO_TARIFF, FEW_READINGS, TOO_NEW = "no_tariff", "few_readings", "too_new"
NOTHING_TO_CHOOSE, NO_USE = "nothing_to_choose", "no_use"
_FARTHEST_TREND = (-0.8, 3.0)
"""Trends beyond are cut to these before their logarithm is taken [share a year]."""
_SUMS = ("bill", "basic_charge", "power_factor", "fed_in")


def bill_rows(
    last_day: date, lake: DuckDBPyConnection, *, region_id: str | None = None
) -> pl.DataFrame:
    """``BILLS`` of every account of a region, from its last 24 whole months up to ``last_day``.

    A month counts where the customer had the usage point from its first day on and nine readings
    of ten are there; of an account, where that holds of all the points it had then.
    """
    bills = month_bills(last_day, lake, region_id=region_id)
    trends = lake.sql(
        "select usage_point_id, trend_share_per_year as trend from portraits "
        "where trend_basis = 'equal_temperature' and month <= $month "
        "qualify row_number() over (partition by usage_point_id order by month desc) = 1 "
        "order by usage_point_id",
        params={"month": f"{last_day:%Y-%m}"},
    ).pl()
    accounts = _with_expected(_together(bills, trends))
    first_day, end = bills.months[YEAR], month_end(bills.months[-1])
    choices = best_choices(first_day, end, lake, region_id=region_id)
    return _with_choices(accounts, choices).select(
        pl.col(name).cast(PORTRAIT_MONEY.schema[name]) for name in BILLS
    )


def payment_rows(
    last_day: date, lake: DuckDBPyConnection, *, region_id: str | None = None
) -> pl.DataFrame:
    """``customer_id`` and PAYMENTS of every account with bills, as known on ``last_day``."""
    risk = arrears_risk(lake, as_of=last_day, region_id=region_id).rename({"why": "late_why"})
    paid = payment_behaviour(lake, as_of=last_day, region_id=region_id)
    return risk.join(paid.select("customer_id", "on_time_share"), on="customer_id").select(
        "customer_id", *(pl.col(name).cast(PORTRAIT_MONEY.schema[name]) for name in PAYMENTS)
    )


@dataclass(frozen=True, slots=True)
class _Together:
    """Accounts with their bills.

    Attributes:
        accounts: A row an account: who it is, sums of the last twelve months in fen.
        level_cny: Bills of 24 months at equal prices, gaps scaled up [CNY, (accounts, 24)]; NaN:
            not known.
    """

    accounts: pl.DataFrame
    level_cny: np.ndarray


def _together(bills: MonthBills, trends: pl.DataFrame) -> _Together:
    """Usage points put together by their accounts."""
    points = bills.points.with_row_index("row").filter(pl.col("customer_id").is_not_null())
    points = points.join(trends, on="usage_point_id", how="left", maintain_order="left")
    ids = points["customer_id"].unique().sort()
    at = ids.search_sorted(points["customer_id"]).to_numpy()
    rows = points["row"].to_numpy()
    own, known = bills.is_own[rows], bills.is_known[rows]

    def added(values: np.ndarray) -> np.ndarray:
        found = np.zeros((len(ids), *values.shape[1:]), values.dtype)
        np.add.at(found, at, values)
        return found

    owned, unread = added(own.astype(np.int64)), added((own & ~known).astype(np.int64))
    is_whole = (owned > 0) & (unread == 0)
    last = is_whole[:, YEAR:]

    def of_year(values: np.ndarray) -> np.ndarray:
        return (added(np.where(own, values[rows], 0))[:, YEAR:] * last).sum(axis=1)

    months = last.sum(axis=1)
    read = added(np.where(own, bills.readings.read_share[rows], 0.0))
    share = read[:, YEAR:] / np.maximum(owned[:, YEAR:], 1)
    level = added(np.where(known, bills.level_fen[rows], 0))
    accounts = _of_points(points).with_columns(
        bill_fen=pl.Series(of_year(bills.fen)),
        basic_charge_fen=pl.Series(of_year(bills.basic_fen)),
        power_factor_fen=pl.Series(of_year(bills.power_factor_fen)),
        fed_in_fen=pl.Series(of_year(bills.fed_in_fen)),
        energy_kwh=pl.Series(of_year(bills.readings.settled_kwh)),
        bill_months=pl.Series(months),
        readings_share=pl.Series((share * last).sum(axis=1) / np.maximum(months, 1)),
        owned_months=pl.Series((owned[:, YEAR:] > 0).sum(axis=1)),
        is_priced=pl.Series(added(bills.is_priced[rows].astype(np.int64)) > 0),
    )
    return _Together(accounts, np.where(is_whole, level / 100, np.nan))


def _of_points(points: pl.DataFrame) -> pl.DataFrame:
    """A row an account, by its number; what is one of several is that of the point that uses most.

    ``trend`` is the mean of the points' that have one, by their energy.
    """
    has_trend = pl.col("trend").is_not_null()
    by_energy = (pl.col("trend") * pl.col("energy_kwh")).sum()
    return (
        points.sort("customer_id", "energy_kwh", descending=[False, True])
        .group_by("customer_id", maintain_order=True)
        .agg(
            pl.col("customer_class", "tariff_code").first(),
            pl.col("is_assumed", "has_other_terms", "has_own_contract").any(),
            usage_points=pl.len(),
            trend=by_energy / pl.col("energy_kwh").filter(has_trend).sum(),
        )
        .with_columns(pl.col("trend").fill_nan(None))
    )


def _with_expected(together: _Together) -> pl.DataFrame:
    """Accounts with what they are expected to be billed, and why what is not known is not."""
    accounts = together.accounts
    growth = accounts["trend"].clip(*_FARTHEST_TREND).log1p().fill_null(np.nan).to_numpy()
    kinds = accounts["customer_class"].fill_null("").to_numpy()
    expected = expected_year(together.level_cny, kinds, growth)
    is_new = pl.col("owned_months") < LEAST_MONTHS
    unknown = (
        pl.when(~pl.col("is_priced"))
        .then(pl.lit(NO_TARIFF))
        .when(is_new)
        .then(pl.lit(TOO_NEW))
        .otherwise(pl.lit(FEW_READINGS))
    )
    is_billed = pl.col("bill_months") > 0
    amounts = [pl.when(is_billed).then(f"{name}_cny").alias(f"{name}_cny") for name in _SUMS]
    return (
        in_cny(accounts, *_SUMS)
        .with_columns(
            next_year_cny=pl.Series(expected.amount),
            next_year_low_cny=pl.Series(expected.low),
            next_year_high_cny=pl.Series(expected.high),
            growth_share=pl.Series(expected.growth_share),
            next_year_basis=pl.Series(expected.basis, dtype=pl.String),
            has_use=pl.Series(expected.has_use),
        )
        .with_columns(pl.col(pl.Float64).fill_nan(None))
        .with_columns(
            *amounts,
            pl.when(is_billed).then("energy_kwh").alias("energy_kwh"),
            pl.when(is_billed).then("readings_share").alias("readings_share"),
            price_cny_per_kwh=pl.when(is_billed & (pl.col("energy_kwh") > 0)).then(
                (pl.col("bill_cny") - pl.col("fed_in_cny")).cast(pl.Float64) / pl.col("energy_kwh")
            ),
            bill_why=pl.when(~is_billed).then(
                pl.when(pl.col("owned_months") == 0).then(pl.lit(TOO_NEW)).otherwise(unknown)
            ),
            next_year_why=pl.when(pl.col("next_year_cny").is_null())
            .then(unknown)
            .when(~pl.col("has_use"))
            .then(pl.lit(NO_USE)),
        )
    )


def _with_choices(accounts: pl.DataFrame, choices: pl.DataFrame) -> pl.DataFrame:
    """Accounts with their best choice; months of who was there before choose nothing for them."""
    is_whole_year = pl.col("owned_months") == YEAR
    why = (
        pl.when(~pl.col("is_priced"))
        .then(pl.lit(NO_TARIFF))
        .when(~is_whole_year)
        .then(pl.lit(TOO_NEW))
        .when(pl.col("readings_share").fill_null(0.0) < LEAST_READINGS_SHARE)
        .then(pl.lit(FEW_READINGS))
        .otherwise(pl.lit(NOTHING_TO_CHOOSE))
    )
    own = [name for name in CHOICES.names() if name != "customer_id"]
    return (
        accounts.join(choices, on="customer_id", how="left", maintain_order="left")
        .with_columns(pl.when(is_whole_year).then(pl.col(name)).alias(name) for name in own)
        .with_columns(choice_why=pl.when(pl.col("choice_policy").is_null()).then(why))
    )
