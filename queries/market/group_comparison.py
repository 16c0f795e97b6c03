"""How any two regions or industries go together: shapes laid over each other, peaks added up."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.hourly_groups import READS as HOURLY_READS
from queries.hourly_groups import hourly_groups
from queries.load.group_series import GroupBy
from queries.run import QuestionError

RETURNS = pl.Schema(
    {
        "shape_overlap_share": pl.Float64(),
        "correlation": pl.Float64(),
        "first_maximum_kw": pl.Float64(),
        "second_maximum_kw": pl.Float64(),
        "maximum_together_kw": pl.Float64(),
        "coincidence_share": pl.Float64(),
    }
)
READS = HOURLY_READS

_HOURS_PER_DAY = 24


def group_comparison(  # noqa: PLR0913 - a period, a region, two groups
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    first_id: str | None,
    second_id: str | None,
    region_id: str | None = None,
    channel: str = "import",
    group_by: GroupBy = "industry",
) -> pl.DataFrame:
    """Whether two groups draw at the same hours or at others.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First service date, included.
        last_day: Last service date, included.
        first_id: One group; None: the points in none.
        second_id: The other.
        region_id: Only what lies in this region; None is every region in the user's scope.
        channel: ``import``, ``export`` …
        group_by: What usage points are put together by.

    Returns:
        One row. ``shape_overlap_share`` [0–1, what their mean days, each of energy 1, have in
        common], ``correlation`` of their hourly loads [−1–1], the highest hour of each and of both
        together [kW], and ``coincidence_share`` [the latter over the sum of the former: 1, they
        peak at once; 0.5, never while the other draws anything]. Hours not read of both are left
        out; null where none is left.

    Raises:
        QuestionError: a group that is not there.
    """
    loads = hourly_groups(
        lake,
        first_day=first_day,
        last_day=last_day,
        area_kind="all",
        area_id=None,
        region_id=region_id,
        channel=channel,
        group_by=group_by,
    )
    for wanted in (first_id, second_id):
        if wanted not in loads.names:
            known = ", ".join(str(name) for name in loads.names)
            raise QuestionError(f"no group '{wanted}' by {group_by}; there are {known}.")
    first, second = (loads.load_kw[loads.names.index(one)] for one in (first_id, second_id))
    return pl.DataFrame([together(first, second)], schema=RETURNS)


def together(first_kw: np.ndarray, second_kw: np.ndarray) -> dict[str, float | None]:
    """RETURNS of two hourly loads of whole days; NaN where not read."""
    both = ~np.isnan(first_kw) & ~np.isnan(second_kw)
    if not both.any():
        return dict.fromkeys(RETURNS)
    first, second = first_kw[both], second_kw[both]
    hour = np.flatnonzero(both) % _HOURS_PER_DAY
    shares = [_shares(one, hour) for one in (first, second)]
    maxima = first.max(), second.max()
    highest = (first + second).max()
    moves = first.std() > 0 and second.std() > 0
    return {
        "shape_overlap_share": None
        if any(one is None for one in shares)
        else float(np.minimum(*shares).sum()),  # type: ignore[arg-type]
        "correlation": float(np.corrcoef(first, second)[0, 1]) if moves else None,
        "first_maximum_kw": float(maxima[0]),
        "second_maximum_kw": float(maxima[1]),
        "maximum_together_kw": float(highest),
        "coincidence_share": float(highest / sum(maxima)) if sum(maxima) > 0 else None,
    }


def _shares(load_kw: np.ndarray, hour: np.ndarray) -> np.ndarray | None:
    """What of a mean day's energy falls into each hour; None where there is none."""
    count = np.bincount(hour, minlength=_HOURS_PER_DAY)
    mean = np.bincount(hour, load_kw, _HOURS_PER_DAY) / np.maximum(count, 1)
    return mean / mean.sum() if mean.sum() > 0 else None
