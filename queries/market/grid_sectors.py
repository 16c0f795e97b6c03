"""Whose energy hangs on every transformer and feeder."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_area
from queries.grid.areas import Kind
from queries.market.assumptions import HOUSEHOLDS, SECTORS
from queries.market.history import industry_of_division, sector_of
from queries.run import run_sql

READS = ("daily_totals", "usage_points", "customers", "regions", "transformers", "feeders",
         "substations")  # fmt: skip

_ROWS = pl.Schema(
    {
        "transformer_id": pl.String(),
        "feeder_id": pl.String(),
        "division": pl.String(),
        "usage_points": pl.Int64(),
        "energy_kwh": pl.Float64(),
        "squares_kwh2": pl.Float64(),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class AreaSectors:
    """What hangs on areas, in their order.

    Attributes:
        share: Of every sector in the area's energy [0–1, (areas, sectors)]; services where nothing
            was read.
        households, businesses: Usage points with readings (areas,).
        own_spread: Root of the sum of squares of the points' shares (areas,).
    """

    share: np.ndarray
    households: np.ndarray
    businesses: np.ndarray
    own_spread: np.ndarray


def area_sectors(  # noqa: PLR0913 - whose, when, where
    kind: Kind,
    area_ids: pl.Series,
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
) -> AreaSectors:
    """The sectors on each of these transformers or feeders."""
    choose_area(lake, "all", None, "places", region_id=region_id)
    rows = run_sql(lake, "market/grid_sectors", _ROWS, first_day=first_day, last_day=last_day)
    place = {area: number for number, area in enumerate(area_ids)}
    known = rows.filter(pl.col(f"{kind}_id").is_in(list(place))).with_columns(
        sector=industry_of_division().map_elements(sector_of, return_dtype=pl.String)
    )
    at = [place[area] for area in known[f"{kind}_id"]]
    sector = [SECTORS.index(one) for one in known["sector"]]
    shape = len(place), len(SECTORS)
    energy, points, squares = (np.zeros(shape) for _ in range(3))
    for values, name in (
        (energy, "energy_kwh"),
        (points, "usage_points"),
        (squares, "squares_kwh2"),
    ):
        np.add.at(
            values,
            (np.array(at, int), np.array(sector, int)),
            known[name].cast(pl.Float64).to_numpy(),
        )
    whole = energy.sum(axis=1, keepdims=True)
    nothing = (np.array(SECTORS) == "tertiary").astype(float)
    at_home = SECTORS.index(HOUSEHOLDS)
    safe = np.where(whole > 0, whole, 1.0)
    return AreaSectors(
        share=np.where(whole > 0, energy / safe, nothing),
        households=points[:, at_home],
        businesses=points.sum(axis=1) - points[:, at_home],
        own_spread=np.sqrt(np.where(whole > 0, squares.sum(axis=1, keepdims=True) / safe**2, 1.0))[
            :, 0
        ],
    )
