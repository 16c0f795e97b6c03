"""Groups of similar customers, never so small that they tell of a single one."""

from dataclasses import dataclass

import polars as pl

LEAST = 10
"""Others in a group, and others with a value behind every figure of it (k-anonymity, k = 10)."""
CAPACITY_BANDS_KVA = (8.0, 12.0, 20.0, 50.0, 100.0, 315.0, 1000.0)
"""Borders of the classes of size, by contracted capacity; the upper one belongs to its class."""
LEVELS = ("station", "district", "class")
"""Same class and size in the same region; in the whole district; same class in the district."""


@dataclass(frozen=True, slots=True)
class Group:
    """Whom one usage point is compared with.

    Attributes:
        level: One of LEVELS; None: no group of LEAST others was found.
        members: Their usage points, the own one not among them; empty without a group.
        band: Place of the capacity among CAPACITY_BANDS_KVA; None: not compared by size.
    """

    level: str | None
    members: tuple[str, ...]
    band: int | None


def with_bands(points: pl.DataFrame) -> pl.DataFrame:
    """``points`` with ``band``, the class of size of ``contracted_capacity_kva``; null unknown."""
    capacity = pl.col("contracted_capacity_kva")
    band = pl.sum_horizontal((capacity > border).cast(pl.Int64) for border in CAPACITY_BANDS_KVA)
    return points.with_columns(band=pl.when(capacity.is_not_null()).then(band))


def group_of(points: pl.DataFrame, usage_point_id: str) -> Group:
    """The narrowest group of similar customers that has LEAST others; widened, else refused.

    Args:
        points: ``usage_point_id``, ``customer_id``, ``customer_class``, ``region_id``,
            ``district_id``, ``contracted_capacity_kva``, of everybody with readings.
        usage_point_id: Who is compared.
    """
    known = with_bands(points)
    own = known.filter(usage_point_id=usage_point_id)
    if own.is_empty():
        return Group(None, (), None)
    me = own.row(0, named=True)
    others = known.filter(
        (pl.col("usage_point_id") != usage_point_id)
        # An account's other usage points are no neighbours of it.
        & pl.col("customer_id").ne_missing(pl.lit(me["customer_id"], pl.String))
        & (pl.col("customer_class") == pl.lit(me["customer_class"], pl.String))
        & (pl.col("district_id") == pl.lit(me["district_id"], pl.String))
    )
    same_size = pl.col("band") == pl.lit(me["band"], pl.Int64)
    rules = {
        "station": same_size & (pl.col("region_id") == pl.lit(me["region_id"], pl.String)),
        "district": same_size,
        "class": pl.lit(value=True),
    }
    for level in LEVELS:
        if level != "class" and me["band"] is None:
            continue
        members = others.filter(rules[level])
        # Accounts are counted: one with ten usage points is one.
        if members["customer_id"].n_unique() >= LEAST:
            band = me["band"] if level != "class" else None
            return Group(level, tuple(members["usage_point_id"].sort()), band)
    return Group(None, (), None)


def quartiles(values: pl.DataFrame, by: str) -> pl.DataFrame:
    """Quartiles of ``value`` over customers for each ``by``; null where fewer than LEAST have one.

    Args:
        values: ``by``, ``customer_id``, ``value``: rows of group members.
        by: The column of months or hours.

    Returns:
        ``by``, ``neighbours`` (null with fewer than LEAST), ``low_kwh``, ``median_kwh``,
        ``high_kwh``, to three significant digits.
    """
    is_enough = pl.col("neighbours") >= LEAST
    figures = {
        name: pl.col("value").quantile(share, "linear").round_sig_figs(3)
        for name, share in (("low_kwh", 0.25), ("median_kwh", 0.5), ("high_kwh", 0.75))
    }
    return (
        values.drop_nulls("value")
        .group_by(by, "customer_id")
        .agg(pl.col("value").sum())
        .group_by(by)
        .agg(neighbours=pl.len().cast(pl.Int64), **figures)
        .with_columns(
            pl.when(is_enough).then(name).alias(name) for name in (*figures, "neighbours")
        )
        .sort(by)
    )
