"""Did bills come late as often as was foretold?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.arrears_model import RELIABILITY
from queries.customers.arrears_risk import model_of
from queries.customers.payment_bills import READS as BILL_READS

RETURNS = RELIABILITY
READS = BILL_READS


def arrears_reliability(lake: DuckDBPyConnection, *, as_of: date) -> pl.DataFrame:
    """Foretold probabilities of paying late beside what came, by classes of probability.

    Args:
        lake: From ``queries.lake.open_lake``.
        as_of: As in ``arrears_risk``.

    Returns:
        A row a class from ``from_share`` to ``to_share``, of the bills of the latest three decided
        months, foretold by a fit on the months before: how many ``bills``, the mean
        ``foretold_share``, the ``late_share`` that came. None where there are too few bills.
    """
    return model_of(lake, as_of)[1].reliability
