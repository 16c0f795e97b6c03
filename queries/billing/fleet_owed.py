"""What everyone would owe under one tariff, in one scan of the day rows."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.account_terms import READS as TERMS_READS
from queries.billing.account_terms import account_terms, agreements_of
from queries.billing.accounts import Accounts, Agreement
from queries.billing.as_in_force import as_in_force
from queries.billing.cube_limits import CubeLimit
from queries.billing.cube_source import READS as CUBE_READS
from queries.billing.lab import known_points, tariff_of
from queries.billing.period_sums import period_sums
from queries.billing.pricing import price
from queries.billing.segments import months
from queries.billing.simulate import MONEY, cny
from queries.run import QuestionError

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "customer_class": pl.String(),
        "energy_kwh": pl.Float64(),
        "owed_cny": MONEY,
    }
)
READS = tuple(
    dict.fromkeys(
        (*CUBE_READS, *TERMS_READS, "transformers", "feeders", "substations", "regions", "tariffs")
    )
)


def fleet_owed(
    lake: DuckDBPyConnection,
    *,
    tariff: str,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
) -> pl.DataFrame:
    """What every account would owe under one tariff, exact to the fen, without a laboratory.

    For a single answer about many accounts: nothing is kept in memory for the next one. To try
    many prices, ask ``tariff_simulation``. Tiers count from the first day.

    Args:
        lake: From ``queries.lake.open_lake``.
        tariff: Code, or TOML text of one tariff.
        first_day: First day, included.
        last_day: Last day, included; bills are those of calendar months.
        region_id: Only accounts of this region; None: all in the user's scope.

    Returns:
        A row an account with readings: energy taken and what is owed for all months together.

    Raises:
        QuestionError: the tariff has a charge that sums and maxima by period cannot bill.
    """
    bills = months(first_day, last_day)
    tried = as_in_force(tariff_of(tariff), first_day, last_day)
    points = known_points(first_day, last_day, lake, region_id=region_id)
    terms = account_terms(lake, first_day=first_day, last_day=last_day)
    latest = terms.unique("usage_point_id", keep="last", maintain_order=True)
    agreements = dict(zip(latest["usage_point_id"], agreements_of(latest), strict=True))
    names = points["usage_point_id"].to_list()
    accounts = Accounts.of([agreements.get(name, Agreement()) for name in names])
    try:
        sums = period_sums(names, tried, bills, lake)
        priced = price(tried, sums, bills, accounts=accounts)
    except CubeLimit as limit:
        raise QuestionError(
            f"tariff '{tried.code}' cannot be billed from sums ({limit}). "
            "Ask billing/tariff_simulation, which reads the day rows where it must."
        ) from limit
    energy = sums.energy(None, sums.segments).floats()[:, :, 0].sum(axis=1)
    return points.with_columns(
        pl.Series("energy_kwh", energy), cny(priced.totals().sum(axis=1)).alias("owed_cny")
    ).select(RETURNS.names())
