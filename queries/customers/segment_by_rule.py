"""A segment drawn by hand: whoever meets every rule."""

import json

import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.offer_rules import ELIGIBLE, UNKNOWN, RuleError, eligibility, read_rules
from queries.customers.portrait_fields import READS as FIELD_READS
from queries.customers.portrait_fields import RETURNS as FIELDS
from queries.customers.portrait_fields import portrait_fields

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "customer_class": pl.String(),
        "annual_kwh": pl.Float64(),
        "is_member": pl.Boolean(),
    }
)
READS = FIELD_READS


def segment_by_rule(
    lake: DuckDBPyConnection,
    *,
    rules: str,
    month: str | None = None,
    region_id: str | None = None,
) -> pl.DataFrame:
    """Every usage point with a portrait, and whether it meets all rules.

    Args:
        lake: From ``queries.lake.open_lake``.
        rules: JSON of what ``offer_rules.read_rules`` reads, over ``portrait_fields.FIELDS``:
            ``[{"column": "night_share", "test": "at_least", "value": 0.3}]``.
        month: ``YYYY-MM`` of the portraits; None: the newest of each.
        region_id: Only customers of this region.

    Returns:
        ``is_member`` is null where something that decides is not known: nobody is a member by
        what was never measured.

    Raises:
        RuleError: JSON or a rule is wrong; the message says where.
    """
    try:
        given = json.loads(rules)
    except ValueError as error:
        raise RuleError(f"the rules are no JSON ({error}); expected a list of rules.") from error
    if not isinstance(given, list):
        raise RuleError(f"the rules are {type(given).__name__}; expected a list of rules.")
    found = portrait_fields(lake, month=month, region_id=region_id)
    verdict = eligibility(found, read_rules(given, FIELDS))
    is_member = pl.when(verdict != UNKNOWN).then(verdict == ELIGIBLE)
    return found.with_columns(is_member.alias("is_member")).select(RETURNS.names())
