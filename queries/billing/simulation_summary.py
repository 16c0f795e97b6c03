"""What other tariffs come to, and who wins and loses by them."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.lab import READS as LAB_READS
from queries.billing.simulate import MONEY
from queries.billing.simulation_groups import grouped
from queries.billing.tariff_simulation import tariff_simulation

RETURNS = pl.Schema(
    {
        "tariff": pl.String(),
        "accounts": pl.Int64(),
        "energy_kwh": pl.Float64(),
        "revenue_cny": MONEY,
        "now_cny": MONEY,
        "change_cny": MONEY,
        "change_share": pl.Float64(),
        "price_cny_per_kwh": pl.Float64(),
        "winners": pl.Int64(),
        "losers": pl.Int64(),
        "unchanged": pl.Int64(),
        "median_change_share": pl.Float64(),
        "change_share_p05": pl.Float64(),
        "change_share_p95": pl.Float64(),
        "incomplete_accounts": pl.Int64(),
    }
)
READS = LAB_READS


def simulation_summary(  # noqa: PLR0913 - tariffs, days, a selection
    lake: DuckDBPyConnection,
    *,
    tariffs: tuple[str, ...],
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    price_classes: tuple[str, ...] = (),
    customer_class: str | None = None,
) -> pl.DataFrame:
    """Revenue under each tariff against now, and how bills change.

    Args:
        lake: From ``queries.lake.open_lake``.
        tariffs: Those that are tried: codes, or TOML texts of one tariff each.
        first_day: First day, included.
        last_day: Last day, included; bills are those of calendar months.
        region_id: Only accounts of this region; None: all in the user's scope.
        price_classes: Only accounts of these price classes; empty: all.
        customer_class: Only accounts of this class; None: all.

    Returns:
        A row a tariff, in the order given: ``revenue_cny`` over all accounts of the selection,
        ``now_cny`` what they owe now, ``price_cny_per_kwh`` the revenue a kWh; accounts whose bill
        falls (``winners``), rises (``losers``) by a fen or more, or stays; the median, 5th and 95th
        percentile of the change of a bill [share of what is owed now].
    """
    rows = tariff_simulation(
        lake,
        tariffs=tariffs,
        first_day=first_day,
        last_day=last_day,
        region_id=region_id,
        price_classes=price_classes,
        customer_class=customer_class,
    )
    found = grouped(rows, ["tariff"])
    return found.rename({"owed_cny": "revenue_cny"}).select(RETURNS.names())
