"""The demand of each month of one account against the contract that would have been best."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.best_choice import READS as CHOICE_READS
from queries.billing.choices import LEAST_MONTHS, two_part_of
from queries.billing.contract_value import contracts_of_quarters
from queries.billing.day_rows import Routed
from queries.billing.lab import laboratory
from queries.billing.tariffs import known_tariffs

RETURNS = pl.Schema(
    {
        "month": pl.Date(),
        "quarter": pl.Int64(),
        "maximum_kw": pl.Float64(),
        "contract_kw": pl.Float64(),
        "best_contract_kw": pl.Int64(),
        "tolerated_kw": pl.Float64(),
    }
)
READS = CHOICE_READS


def contract_months(
    lake: DuckDBPyConnection,
    *,
    usage_point_id: str,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
) -> pl.DataFrame:
    """Each month's maximum demand, the contract there is, and the best one told with hindsight.

    Args:
        lake: From ``queries.lake.open_lake``.
        usage_point_id: Of one account.
        first_day: First day, included.
        last_day: Last day, included; as ``best_choice`` takes them.
        region_id: A region it lies in, where the laboratory of that region is in memory already.

    Returns:
        A row a month, ``month`` its first day: ``maximum_kw`` of fixed quarter hours, a lower bound
        of what a demand register shows; ``contract_kw`` the contract it has, null where its basic
        charge is none by contract; ``best_contract_kw`` of the month's quarter, and
        ``tolerated_kw``, up to which that one bills no excess. No rows where no two-part tariff
        is open to the account.
    """
    lab = laboratory(first_day, last_day, lake, region_id=region_id)
    rows = np.flatnonzero((lab.points["usage_point_id"] == usage_point_id).to_numpy())
    known = known_tariffs()
    code = lab.points["tariff_code"][int(rows[0])] if len(rows) else None
    if code is None:
        return RETURNS.to_frame()
    agreement = lab.accounts.agreements[lab.accounts.index[rows[0]]]
    tariff = two_part_of(known[code], known, capacity_kva=float(agreement.capacity_kva))
    load = Routed(lab.cube.those(rows), lake, [usage_point_id])
    found = tariff and contracts_of_quarters(tariff, load, lab.bills, [agreement])
    if not found:
        return RETURNS.to_frame()
    quarter = np.arange(len(lab.bills)) // LEAST_MONTHS
    best_kw = found.contracts_kw[0, quarter]
    has_contract = tariff == known[code] and agreement.choice == found.charge.choice
    contract_kw = float(agreement.contract_kw) if has_contract else None
    return pl.DataFrame(
        {
            "month": [first for first, _ in lab.bills],
            "quarter": quarter + 1,
            "maximum_kw": found.maxima_kw[0],
            "contract_kw": [contract_kw] * len(lab.bills),
            "best_contract_kw": best_kw,
            "tolerated_kw": best_kw * float(found.charge.contract.tolerated_share),
        },
        schema=RETURNS,
    )
