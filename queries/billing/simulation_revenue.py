"""What revenue consists of under other tariffs: by component and period."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.lab import READS as LAB_READS
from queries.billing.simulate import MONEY, NOW, Selection, cny, simulate

RETURNS = pl.Schema(
    {
        "tariff": pl.String(),
        "kind": pl.String(),
        "component": pl.String(),
        "period": pl.String(),
        "tier": pl.Int8(),
        "quantity": pl.Float64(),
        "revenue_cny": MONEY,
        "price": pl.Float64(),
    }
)
READS = LAB_READS


def simulation_revenue(  # noqa: PLR0913 - tariffs, days, a selection
    lake: DuckDBPyConnection,
    *,
    tariffs: tuple[str, ...],
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    price_classes: tuple[str, ...] = (),
    customer_class: str | None = None,
) -> pl.DataFrame:
    """Revenue by kind of charge, component, period and tier: now, and under each tariff.

    Args:
        lake: From ``queries.lake.open_lake``.
        tariffs: Those that are tried: codes, or TOML texts of one tariff each.
        first_day: First day, included.
        last_day: Last day, included; bills are those of calendar months.
        region_id: Only accounts of this region; None: all in the user's scope.
        price_classes: Only accounts of these price classes; empty: all.
        customer_class: Only accounts of this class; None: all.

    Returns:
        ``tariff`` is ``now`` for what holds today. ``quantity`` is in the unit of the kind: kWh of
        energy, kW·months or kVA·months of demand and capacity. A null ``period`` is all periods, a
        null ``tier`` no tiers. ``price`` is the mean one, ``revenue_cny`` a unit of ``quantity``.
        The rows of one tariff add up to its revenue.
    """
    chosen = Selection(first_day, last_day, region_id, price_classes, customer_class)
    found = simulate(tariffs, chosen, lake)
    rows, fen = [], []
    for name, owed in {NOW: found.now, **found.under}.items():
        for (kind, component, period, tier), (quantity, amount) in owed.parts.items():
            if not amount.any() and not quantity.any():
                continue
            rows.append((name, kind, component, period, tier, float(quantity.sum())))
            fen.append(int(amount.sum()))
    frame = pl.DataFrame(rows, schema=dict(list(RETURNS.items())[:6]), orient="row")
    return frame.with_columns(cny(np.array(fen, dtype=np.int64)).alias("revenue_cny")).with_columns(
        pl.when(pl.col("quantity") != 0)
        .then(pl.col("revenue_cny").cast(pl.Float64) / pl.col("quantity"))
        .alias("price")
    )
