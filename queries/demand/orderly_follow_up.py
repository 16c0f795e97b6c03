"""Who kept the load a plan of orderly use left them?"""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.orderly_kept import BY_PLAN, Asked, Kept, kept_of
from queries.demand.orderly_kept import READS as KEPT_READS
from queries.demand.orderly_terms import Level

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "name": pl.String(),
        "phone": pl.String(),
        "measure": pl.String(),
        "quota_kw": pl.Float64(),
        "is_kept": pl.Boolean(),
        "reference_kw": pl.Float64(),
        "limit_kw": pl.Float64(),
        "load_kw": pl.Float64(),
        "achieved_kw": pl.Float64(),
        "mean_excess_kw": pl.Float64(),
        "maximum_excess_kw": pl.Float64(),
        "quarters_over": pl.Int64(),
        "quarters_read": pl.Int64(),
    }
)
READS = KEPT_READS
_MEANS = ("reference_kw", "limit_kw", "load_kw", "achieved_kw", "mean_excess_kw")


def orderly_follow_up(  # noqa: PLR0913 - a plan, a day, hours, a level, a reference
    lake: DuckDBPyConnection,
    *,
    plan_id: str,
    service_date: date,
    level: Level = "IV",
    from_minute: int = 17 * 60,
    until_minute: int = 20 * 60,
    reference: str = BY_PLAN,
    roster_version: int | None = None,
) -> pl.DataFrame:
    """Every customer of a roster on a day, quarter of an hour by quarter, against its limit.

    It is worked out for any day there are readings of: on a day the plan was not in force it shows
    what customers drew who were never asked.

    Args:
        lake: From ``queries.lake.open_lake``.
        plan_id: The plan.
        service_date: The day.
        level: The level it was called at.
        from_minute: First minute of the hours [min after midnight, standard time, by quarters].
        until_minute: Minute after their last.
        reference: ``plan``: the load the plan was worked out from; or the code of a baseline of
            ``data/baselines.toml``: what the customer would have drawn that day.
        roster_version: As ``orderly_roster``.

    Returns:
        A row a usage point of the roster and the scope, the largest mean excess first. The limit is
        the reference less the quota, never below 0. ``is_kept``: no quarter read was above it by
        more than the plan's tolerance; null: none was, but not all were read, or there is no
        reference. Loads are means of the quarters read and known [kW]; ``achieved_kw`` is reference
        less load, ``mean_excess_kw`` and ``maximum_excess_kw`` are what was above the limit.

    Raises:
        OrderlyError: as ``orderly_kept.kept_of``.
    """
    asked = Asked(
        plan_id, service_date, level, from_minute, until_minute, reference, roster_version
    )
    kept = kept_of(lake, asked)
    measured = _measured(kept, asked.steps)
    own = ["usage_point_id", "customer_id", "name", "phone", "measure", "quota_kw"]
    found = pl.concat([kept.roster.select(own), measured], how="horizontal")
    return found.sort(
        ["mean_excess_kw", "usage_point_id"], descending=[True, False], nulls_last=True
    ).select(RETURNS.names())


def _measured(kept: Kept, steps: slice) -> pl.DataFrame:
    """What the quarters of the hours say of every customer."""
    load, reference, limit = (
        one[:, steps] for one in (kept.load_kw, kept.reference_kw, kept.limit_kw)
    )
    is_known = ~(np.isnan(load) | np.isnan(reference))
    count = is_known.sum(axis=1)
    excess = np.where(is_known, np.maximum(load - limit, 0), 0.0)
    # a watt more or less is how the readings are rounded
    is_over = is_known & (load > limit * (1 + kept.tolerance_share) + 1e-3)
    means = [
        np.divide(
            np.where(is_known, values, 0).sum(axis=1),
            count,
            out=np.full(len(load), np.nan),
            where=count > 0,
        )
        for values in (reference, limit, load, reference - load, excess)
    ]
    over = is_over.sum(axis=1)
    is_kept = [
        False if exceeded else True if known == load.shape[1] else None
        for exceeded, known in zip(over, count, strict=True)
    ]
    highest = np.where(count > 0, excess.max(axis=1, initial=0.0), np.nan)
    return pl.DataFrame(
        {
            **{
                name: pl.Series(one).fill_nan(None) for name, one in zip(_MEANS, means, strict=True)
            },
            "maximum_excess_kw": pl.Series(highest).fill_nan(None),
            "quarters_over": pl.Series(over, dtype=pl.Int64),
            "quarters_read": pl.Series(count, dtype=pl.Int64),
            "is_kept": pl.Series(is_kept, dtype=pl.Boolean),
        }
    )
