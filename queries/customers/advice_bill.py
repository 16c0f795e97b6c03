"""How would the bill of this customer change if it followed the advice, part by part?"""

from collections import defaultdict
from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.lines import Priced
from queries.billing.simulate import MONEY, in_cny
from queries.customers.advice import READS as ADVICE_READS
from queries.customers.advice_change import ToBill, billed
from queries.customers.advice_equipment import Lighting
from queries.customers.advice_of_one import Asked, advice_of_one

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "part": pl.String(),
        "period": pl.String(),
        "before_cny": MONEY,
        "after_cny": MONEY,
        "saving_cny": MONEY,
    }
)
READS = ADVICE_READS


def advice_bill(  # noqa: PLR0913 - whose, which days, a sheet
    lake: DuckDBPyConnection,
    *,
    usage_point_id: str,
    kind: str,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    lamps: int | None = None,
    hours_per_day: float | None = None,
    old_w: float = 40.0,
    new_w: float = 18.0,
    lamp_cny: float = 35.0,
) -> pl.DataFrame:
    """The bills of the months before and after one kind of advice, added up by what they pay for.

    Inputs are those of ``customers/advice``, and the ``kind``.

    Returns:
        A row a kind of charge and time-of-use period (null: all hours), in the order of the bill:
        ``part`` is ``energy``, ``demand``, ``capacity``, ``fixed``, ``power_factor`` …; the columns
        add up to what is owed. None where the advice changes nothing.
    """
    sheet = Lighting(lamps, hours_per_day, old_w, new_w, lamp_cny)
    asked = Asked(usage_point_id, first_day, last_day, region_id, sheet)
    one = next((a for a in advice_of_one(asked, lake) if a.change.kind == kind), None)
    if one is None or not (one.change.load or one.change.tariff or one.change.agreement):
        return RETURNS.to_frame()
    before = _parts(billed([ToBill.now(one.basis)]))
    after = _parts(billed([ToBill.after(one.basis, one.change)]))
    rows = [
        {
            "usage_point_id": usage_point_id,
            "part": part,
            "period": period,
            "before_fen": before.get((part, period), 0),
            "after_fen": after.get((part, period), 0),
            "saving_fen": before.get((part, period), 0) - after.get((part, period), 0),
        }
        for part, period in dict.fromkeys([*before, *after])
    ]
    schema = {"usage_point_id": pl.String, "part": pl.String, "period": pl.String}
    amounts = ("before", "after", "saving")
    schema |= {f"{name}_fen": pl.Int64 for name in amounts}
    return in_cny(pl.DataFrame(rows, schema=schema), *amounts).select(RETURNS.names())


def _parts(priced: Priced) -> dict[tuple[str, str | None], int]:
    """Fen by kind of charge and period."""
    found: dict[tuple[str, str | None], int] = defaultdict(int)
    for line in priced.lines:
        fen = int(line.amount.over(10**priced.decimals).sum())
        found[line.kind, line.period if line.kind == "energy" else None] += fen
    return dict(found)
