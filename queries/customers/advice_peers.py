"""How much of its load a customer's like keep on at night."""

from contextlib import closing
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.kind_days import READS as KIND_READS
from queries.kind_days import kind_days
from queries.lake import unscoped
from queries.load.mild_nights import mild_nights
from queries.load.standby import USUAL_QUANTILE, size_bands

READS = tuple(dict.fromkeys((*KIND_READS, "customers", "regions")))
LEAST_PEERS = 10
"""Others: as with neighbours no figure is made of fewer, as they may lie beyond the scope."""
_DIGITS = 3
_DISTRICT = """
    with recursive above as (
        select region_id, parent_region_id
        from regions
        where region_id = $region_id
        union
        select regions.region_id, regions.parent_region_id
        from regions
        inner join above on above.parent_region_id = regions.region_id
    )

    select region_id
    from above
    where parent_region_id is null
    order by region_id
"""


def usual_night_shares(
    first_day: date, last_day: date, lake: DuckDBPyConnection, *, region_id: str | None
) -> dict[str, float]:
    """By usage point the night share that three quarters of its like do not exceed.

    The night share is the lowest mean hour between 0 and 6 o'clock of spring and autumn days over
    the mean load. Alike are customers of one class, industry and size (``queries.load.standby``),
    at least LEAST_PEERS others; who has fewer is left out. They are looked for in the whole
    district of ``region_id``, whatever the scope: a customer is told what staff are told of it.
    """
    with closing(unscoped(lake, READS)) as whole:
        days = kind_days(
            whole,
            first_day=first_day,
            last_day=last_day,
            area_kind="all",
            area_id=None,
            region_id=_district(region_id, whole),
            channel="import",
        )
        kinds = _kinds(whole)
    points = (
        mild_nights(days)
        .filter(pl.col("mean_kw") > 0)
        .join(kinds, on="usage_point_id", how="left", maintain_order="left")
    )
    if points.is_empty():
        return {}
    kinds = points["kind"].fill_null("").to_numpy().astype(str)
    mean_kw = points["mean_kw"].to_numpy()
    bands = size_bands(kinds, mean_kw)
    share = points["night_kw"].to_numpy() / np.maximum(mean_kw, 1e-9)
    found = {}
    for band in np.unique(bands[bands >= 0]):
        own = np.flatnonzero(bands == band)
        if len(own) <= LEAST_PEERS:
            continue
        # To three digits: the quantile is a value of one of them.
        usual = round(
            float(np.quantile(share[own], USUAL_QUANTILE, method="inverted_cdf")), _DIGITS
        )
        found |= {points["usage_point_id"][int(row)]: usual for row in own}
    return found


def _district(region_id: str | None, lake: DuckDBPyConnection) -> str | None:
    """The district that a region is part of; the region where the register has no more."""
    if region_id is None:
        return None
    found = lake.sql(_DISTRICT, params={"region_id": region_id}).pl()["region_id"]
    return found[0] if len(found) else region_id


def _kinds(lake: DuckDBPyConnection) -> pl.DataFrame:
    """Class and division of industry (大类, GB/T 4754) of every usage point."""
    return lake.sql(
        """
        select
            places.usage_point_id,
            concat_ws(' ', places.customer_class, left(known.industry_code, 2)) as kind
        from places
        left join (
            select customer_id, arg_max(industry_code, valid_from) as industry_code
            from customers
            group by customer_id
        ) as known using (customer_id)
        order by places.usage_point_id
        """
    ).pl()
