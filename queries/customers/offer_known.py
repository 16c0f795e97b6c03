"""All that rules may ask of customers, a row a usage point: register, bill, money and portrait."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.best_choice import READS as CHOICE_READS
from queries.billing.best_choice import best_choice
from queries.billing.tariffs import known_tariffs
from queries.customers.offer import Choice
from queries.customers.offer_candidates import COLUMNS, candidates
from queries.customers.offer_candidates import READS as CANDIDATE_READS
from queries.customers.portrait_fields import READS as FIELD_READS
from queries.customers.portrait_fields import RETURNS as PORTRAIT_FIELDS
from queries.customers.portrait_fields import portrait_fields
from queries.held import Held

READS = tuple(dict.fromkeys((*CANDIDATE_READS, *CHOICE_READS, *FIELD_READS)))
SAVING = "choice_saving_cny"
ASKED = pl.Schema(
    {name: dtype for name, dtype in PORTRAIT_FIELDS.items() if name not in {*COLUMNS, SAVING}}
)
"""What the portrait adds; of what the bill knows as well, the bill's is taken."""
KNOWN = pl.Schema(COLUMNS | {SAVING: pl.Float64()} | ASKED)
FIELDS = pl.Schema(
    {n: dtype for n, dtype in KNOWN.items() if n not in {"usage_point_id", "customer_id"}}
)
"""What a rule may ask for."""
_held: Held[pl.DataFrame] = Held(6)
_tried: Held[pl.DataFrame] = Held(2)


def customers_known(
    first_day: date,
    last_day: date,
    lake: DuckDBPyConnection,
    *,
    region_id: str | None = None,
    choice: Choice | None = None,
) -> pl.DataFrame:
    """Everyone a scope shows that is billed, as ``KNOWN``; null is not known.

    Args:
        first_day: First day of what is billed, included.
        last_day: Last day, included.
        lake: From ``queries.lake.open_lake``, opened for READS.
        region_id: Only of this region.
        choice: The one whose saving is asked for, billed exactly [CNY a year]; None: none.
    """
    codes = tuple(sorted((code, hash(tariff)) for code, tariff in known_tariffs().items()))
    asked = first_day, last_day, region_id, choice, codes
    return _held.of(lake, asked, lambda: _made(first_day, last_day, lake, region_id, choice))


def _made(
    first_day: date,
    last_day: date,
    lake: DuckDBPyConnection,
    region_id: str | None,
    choice: Choice | None,
) -> pl.DataFrame:
    found = candidates(first_day, last_day, lake, region_id=region_id)
    if found.is_empty():
        return KNOWN.to_frame()
    asked = portrait_fields(lake, region_id=region_id).select("usage_point_id", *ASKED)
    found = found.join(asked, on="usage_point_id", how="left", maintain_order="left")
    if choice is None:
        found = found.with_columns(pl.lit(None, pl.Float64).alias(SAVING))
    else:
        tried = choices_tried(first_day, last_day, lake, region_id=region_id)
        days = (last_day - first_day).days + 1
        saved = _savings(tried, choice, 365.25 / days)
        found = found.join(saved, on="usage_point_id", how="left", maintain_order="left")
    return found.select(KNOWN.names()).cast(KNOWN)


def choices_tried(
    first_day: date, last_day: date, lake: DuckDBPyConnection, *, region_id: str | None = None
) -> pl.DataFrame:
    """Rows of ``billing/best_choice``, held: every offer asks for others of them."""
    codes = tuple(sorted((code, hash(tariff)) for code, tariff in known_tariffs().items()))
    asked = {"first_day": first_day, "last_day": last_day, "region_id": region_id}
    return _tried.of(lake, (*asked.values(), codes), lambda: best_choice(lake, **asked))


def _savings(tried: pl.DataFrame, choice: Choice, per_year: float) -> pl.DataFrame:
    """The best of the proposed choices of each usage point [CNY a year]."""
    is_proposed = pl.col("policy") == choice.policy
    for name in ("tariff_code", "basic_charge"):
        if (wanted := getattr(choice, name)) is not None:
            is_proposed &= pl.col(name) == wanted
    saving = pl.col("saving_cny").cast(pl.Float64).max() * per_year
    return (
        tried.filter(is_proposed)
        .group_by("usage_point_id", maintain_order=True)
        .agg(saving.alias(SAVING))
    )
