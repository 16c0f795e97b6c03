"""Who of a scenario's customers a segment drawn by conditions holds."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.offer_rules import ELIGIBLE, RuleError, eligibility, read_rules
from queries.customers.portrait_fields import READS as FIELD_READS
from queries.customers.portrait_fields import RETURNS as FIELDS
from queries.customers.portrait_fields import portrait_fields
from queries.demand.what_if_terms import Condition, WhatIfError

READS = FIELD_READS


def in_segment(
    conditions: Sequence[Condition], points: pl.DataFrame, source: DuckDBPyConnection
) -> np.ndarray:
    """Whether each customer meets all conditions by its newest portrait, (customers,).

    Raises:
        WhatIfError: a condition asks for what there is not, or compares it wrongly.
    """
    if not conditions:
        return np.ones(points.height, bool)
    given = [one.model_dump(mode="json") for one in conditions]
    try:
        rules = read_rules(given, FIELDS)
    except RuleError as error:
        raise WhatIfError(f"answers: segment: {error}") from error
    known = portrait_fields(source)
    members = known.filter(eligibility(known, rules) == ELIGIBLE)["usage_point_id"]
    return points["usage_point_id"].is_in(members.implode()).to_numpy()
