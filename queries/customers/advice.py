"""What could this customer save, and how sure is it?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.simulate import MONEY
from queries.customers.advice_basis import READS as BASIS_READS
from queries.customers.advice_equipment import Lighting
from queries.customers.advice_of_one import Asked, advice_of_one

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "kind": pl.String(),
        "status": pl.String(),
        "reason": pl.String(),
        "saving_kwh": pl.Float64(),
        "saving_low_kwh": pl.Float64(),
        "saving_high_kwh": pl.Float64(),
        "before_cny": MONEY,
        "after_cny": MONEY,
        "saving_cny": MONEY,
        "cost_cny": pl.Int64(),
        "payback_years": pl.Float64(),
        "confidence": pl.String(),
        "figures": pl.String(),
    }
)
READS = BASIS_READS


def advice(  # noqa: PLR0913 - whose, which days, a sheet
    lake: DuckDBPyConnection,
    *,
    usage_point_id: str,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    lamps: int | None = None,
    hours_per_day: float | None = None,
    old_w: float = 40.0,
    new_w: float = 18.0,
    lamp_cny: float = 35.0,
) -> pl.DataFrame:
    """Every kind of saving advice for one usage point, each with the bill before and after.

    Each piece is a change of the customer's own curve or contract of the days asked about; its
    money is the bill of the months as they were less the bill if it had been followed, by the
    billing engine, to the fen, from the interval readings. Nothing adds up: two pieces followed
    together save less than both.

    Args:
        lake: From ``queries.lake.open_lake``.
        usage_point_id: Whose.
        first_day: First day, included.
        last_day: Last day, included; bills are those of calendar months, a year of them.
        region_id: Where its peers are looked for; None: all in the user's scope.
        lamps: Of the lighting sheet, to be replaced; None: estimated from the curve.
        hours_per_day: Lamps burning on an open day; None: estimated.
        old_w: Of a lamp there is [W].
        new_w: Of the one that replaces it [W].
        lamp_cny: Of a new lamp, fitted [CNY].

    Returns:
        A row a kind, what saves most first, then what is not advised; none where there is no tariff
        or no reading. ``status`` is ``advised``, or ``little_to_gain``, ``not_enough_data`` or
        ``not_applicable`` for the ``reason``, a code. ``saving_kwh`` [of the days; taken less from
        the grid; below zero: more] with its 95 % interval where the temperature tells it,
        ``before_cny``, ``after_cny``, ``saving_cny``; ``cost_cny`` to buy, ``payback_years``.
        ``confidence``: high, medium, low. ``figures``: JSON of what its sentences name.
    """
    sheet = Lighting(lamps, hours_per_day, old_w, new_w, lamp_cny)
    asked = Asked(usage_point_id, first_day, last_day, region_id, sheet)
    rows = [one.row() for one in advice_of_one(asked, lake)]
    is_advised = pl.col("status") == "advised"
    saved = pl.col("saving_cny").cast(pl.Float64)
    return pl.DataFrame(rows, schema=RETURNS).sort(~is_advised, -saved, "kind", nulls_last=True)
