"""Advice for many usage points as rows of the table ``advices``, some at a time."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.accounts import Agreement
from queries.billing.lab import laboratory
from queries.billing.tariff_model import Tariff
from queries.billing.tariffs import known_tariffs
from queries.customers.advice_assessed import Advice, assess
from queries.customers.advice_basis import READS as BASIS_READS
from queries.customers.advice_basis import bases
from queries.schema import ADVICES

READS = (*BASIS_READS, "daily_features")
ROWS = pl.Schema({name: kind for name, kind in ADVICES.schema.items() if name != "received_at"})
AT_ONCE = 100
"""Usage points whose curves are held at once: a year of one is 0.3 MB, and a copy for each kind."""


def what_it_rests_on(
    first_day: date, last_day: date, lake: DuckDBPyConnection, *, region_id: str | None = None
) -> pl.DataFrame:
    """``usage_point_id``, ``features_version`` and ``terms_hash`` of all that can be advised.

    Advice is worked out again where one of the two has changed: readings came in late, or the
    agreement or a tariff is another. Weather and peers are looked at with the next month.
    """
    lab = laboratory(first_day, last_day, lake, region_id=region_id)
    agreements = [lab.accounts.agreements[place] for place in lab.accounts.index.tolist()]
    codes = lab.points["tariff_code"].to_list()
    hashes = [_terms_hash(code, one) for code, one in zip(codes, agreements, strict=True)]
    versions = lake.sql(
        """
        select usage_point_id, max(profile_version) as features_version
        from daily_features
        where service_date between $first_day and $last_day
        group by usage_point_id
        order by usage_point_id
        """,
        params={"first_day": first_day, "last_day": last_day},
    ).pl()
    return (
        lab.points.select("usage_point_id", "tariff_code")
        .with_columns(pl.Series("terms_hash", hashes, dtype=pl.String))
        .filter(pl.col("tariff_code").is_not_null())
        .join(versions, on="usage_point_id", how="left", maintain_order="left")
        .select("usage_point_id", "features_version", "terms_hash")
    )


def advice_rows(
    rests_on: pl.DataFrame,
    first_day: date,
    last_day: date,
    lake: DuckDBPyConnection,
    *,
    region_id: str | None = None,
) -> Iterator[pl.DataFrame]:
    """ROWS of every kind of advice, AT_ONCE usage points at a time, each billed before and after.

    Args:
        rests_on: As ``what_it_rests_on``, of those that are to be advised.
        first_day: First day billed, included.
        last_day: Last day billed, included.
        lake: From ``queries.lake.open_lake``, opened for READS.
        region_id: Where they and their peers are.
    """
    known = known_tariffs()
    points = rests_on["usage_point_id"].to_list()
    for first in range(0, len(points), AT_ONCE):
        own = bases(
            first_day,
            last_day,
            lake,
            region_id=region_id,
            usage_point_ids=points[first : first + AT_ONCE],
        )
        found = [_row(one) for one in assess(own, known)]
        rows = pl.DataFrame(found, schema=_OWN).join(
            rests_on, on="usage_point_id", how="left", maintain_order="left"
        )
        yield rows.with_columns(
            month=pl.lit(f"{last_day:%Y-%m}"),
            district_id=pl.lit(region_id, pl.String),
            first_day=pl.lit(first_day),
            last_day=pl.lit(last_day),
        ).select(pl.col(name).cast(kind) for name, kind in ROWS.items())


_GIVEN = ("month", "district_id", "first_day", "last_day", "features_version", "terms_hash")
_OWN = pl.Schema({name: kind for name, kind in ROWS.items() if name not in _GIVEN})


def _row(one: Advice) -> dict[str, object]:
    return one.row() | {"customer_class": one.basis.customer_class}


def _terms_hash(tariff_code: str | None, agreement: Agreement) -> str:
    text = f"{tariff_code} {agreement} {_tariffs_hash(tuple(known_tariffs().values()))}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@lru_cache(maxsize=2)
def _tariffs_hash(tariffs: Sequence[Tariff]) -> str:
    return hashlib.sha256(repr(tariffs).encode()).hexdigest()
