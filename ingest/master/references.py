"""Names in master data that nothing answers to: doubtful, not wrong, so findings and no rejects."""

from collections.abc import Mapping

import polars as pl

from ingest.master.reading import KEYS, MasterBatch
from queries.schema import FINDINGS

REFERENCES: tuple[tuple[str, str, str], ...] = (
    ("substations", "region_id", "regions"),
    ("regions", "parent_region_id", "regions"),
    ("feeders", "substation_id", "substations"),
    ("transformers", "feeder_id", "feeders"),
    ("transformers", "transformer_meter_id", "usage_points"),
    ("network_nodes", "transformer_id", "transformers"),
    ("network_nodes", "parent_network_node_id", "network_nodes"),
    ("usage_points", "customer_id", "customers"),
    ("usage_points", "transformer_id", "transformers"),
    ("usage_points", "feeder_id", "feeders"),
    ("usage_points", "region_id", "regions"),
    ("usage_points", "network_node_id", "network_nodes"),
    ("meters", "usage_point_id", "usage_points"),
    ("agreements", "usage_point_id", "usage_points"),
    ("agreements", "deducted_from_usage_point_id", "usage_points"),
)
"""Which column names a row of which table: (table, column, table it names)."""

REFERENCE_FINDINGS = pl.Schema(
    {
        name: dtype
        for name, dtype in FINDINGS.schema.items()
        if name not in {"magnitude", "evidence", "batch_id", "received_at"}
    }
)


def unknown_references(batch: MasterBatch, lake: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Names in ``batch`` that neither it nor the lake answers to, as REFERENCE_FINDINGS.

    Args:
        batch: What a file says.
        lake: The reference tables by name, as known now; a table left out is empty.

    Returns:
        One row a name and column that names it; ``value`` is how many rows name it.
    """
    findings = [pl.DataFrame(schema=REFERENCE_FINDINGS)]
    for table, column, target in REFERENCES:
        rows = batch.tables.get(table)
        if rows is None or column not in rows.columns:
            continue
        key = KEYS[target]
        answering = [
            frame.select(pl.col(key).alias(column))
            for frame in (batch.tables.get(target), lake.get(target))
            if frame is not None
        ]
        named = rows.filter(pl.col(column).is_not_null())
        for answers in answering:
            named = named.join(answers, on=column, how="anti")
        findings.append(
            named.group_by(subject_id=column)
            .agg(value=pl.len().cast(pl.String))
            .select(
                rule=pl.lit("unknown_reference"),
                what=pl.lit(target.removesuffix("s")),
                subject_id="subject_id",
                found_in=pl.lit(f"{table}.{column}"),
                value="value",
                expected=pl.lit(f"{target}.{key}"),
                first_day=pl.lit(None, pl.Date),
                last_day=pl.lit(None, pl.Date),
            )
        )
    return pl.concat(findings).sort("found_in", "subject_id")
