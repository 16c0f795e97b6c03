"""Daily energy of groups of usage points, where some of them were not read every day."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import polars as pl

from queries.run import QuestionError

GroupBy = Literal[
    "all", "customer_class", "industry", "region", "substation", "feeder", "transformer"
]
"""What usage points are put together by."""

_COLUMN = {
    "region": "region_id",
    "substation": "substation_id",
    "feeder": "feeder_id",
    "transformer": "transformer_id",
}
_LEAST_WEIGHT_SHARE = 0.5
"""Of a group's usual energy: what was read on a day must stand for it, or the day is not known."""


def group_ids(points: pl.DataFrame, group_by: GroupBy) -> pl.Series:
    """The group of every point; null where it is in none.

    Raises:
        QuestionError: no such kind of group.
    """
    if group_by not in get_args(GroupBy):
        raise QuestionError(f"group_by '{group_by}' is none of {', '.join(get_args(GroupBy))}.")
    if group_by == "all":
        return pl.Series("group_id", ["all"] * points.height, dtype=pl.String)
    return points[_COLUMN.get(group_by, group_by)].alias("group_id")


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups that have the weather of one region.

    Attributes:
        weather_region_id: That region.
        names: Of the groups, in order; None: of points in no group.
        members: (groups, points), 1 where a point is in a group, else 0.
    """

    weather_region_id: str
    names: tuple[str | None, ...]
    members: np.ndarray


def groups_by_weather(groups: pl.Series, weather_regions: pl.Series) -> Iterator[Groups]:
    """The groups by the region whose weather most of their points have.

    Groups none of whose points has any weather are left out.
    """
    main = (
        pl.DataFrame({"group": groups, "weather": weather_regions})
        .drop_nulls("weather")
        .group_by("group", "weather")
        .len()
        .sort("len", "weather", descending=[True, False])
        .unique("group", keep="first", maintain_order=True)
        .sort("group", nulls_last=True)
    )
    for (weather,), rows in main.group_by("weather", maintain_order=True):
        names = tuple(rows["group"])
        yield Groups(str(weather), names, np.stack([_ones(groups, name) for name in names]))


def _ones(groups: pl.Series, name: str | None) -> np.ndarray:
    is_member = groups.is_null() if name is None else (groups == name).fill_null(value=False)
    return is_member.to_numpy().astype(np.float64)


def group_energy(energy: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Energy of every group and day, (groups, days); NaN where too little of it was read.

    What was not read is taken to do as the rest of its group did that day: a ratio estimate with
    each point's usual energy as its size. A point counts from its first day read to its last.

    Args:
        energy: (points, days); NaN where not read.
        members: (groups, points), 1 where a point is in a group.
    """
    is_read = np.logical_not(np.isnan(energy))
    total_read = np.nansum(energy, axis=1)
    usual = np.maximum(total_read / np.maximum(is_read.sum(axis=1), 1), 0.0)
    is_there = is_read.cumsum(axis=1) > 0
    is_there &= is_read[:, ::-1].cumsum(axis=1)[:, ::-1] > 0
    sizes = members * usual
    there, read = sizes @ is_there, sizes @ is_read
    total = members @ np.nan_to_num(energy)
    known = read > _LEAST_WEIGHT_SHARE * there
    return np.where(
        known, total * np.divide(there, read, where=known, out=np.ones_like(read)), np.nan
    )
