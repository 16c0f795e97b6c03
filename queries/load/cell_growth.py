"""Growth by hour and month, or by kind of day, at equal temperature, from monthly cells."""

import itertools

import numpy as np
import polars as pl

from queries.cell_loads import CellLoads
from queries.load.compared_months import ComparedMonths

_HEATING_BELOW_C = range(6, 19)
_COOLING_ABOVE_C = range(18, 28)
_LEAST_TEMPERATURE_DAYS_SHARE = 0.9


def cell_growth(loads: CellLoads, months: ComparedMonths, by: list[str]) -> pl.DataFrame:
    """Loads of both years by the columns ``by`` of the cells, and by hour.

    Every hour follows the temperature of its day in its own way: weighted least squares over the
    cells on the means of the two hinges (linear, so a cell's mean is enough), rest days, two
    harmonics of the year and a step between the years; the change points are those that suit the
    day's energy best. What the other temperatures and rest days of the later year do is then added
    to the earlier one.

    Returns:
        ``by`` (such as ``season``, ``day_kind``), ``hour`` [0–23, standard or wall
        time as the cubes], ``before_kw``, ``after_kw`` [mean load], ``expected_kw`` [before, with
        the later year's temperatures and rest days; null without weather], ``days`` of the later
        year.
    """
    cells = loads.cells.with_columns(
        is_after=pl.col("month").is_in([f"{begin:%Y-%m}" for begin, _ in months.later]),
        is_before=pl.col("month").is_in([f"{begin:%Y-%m}" for begin, _ in months.earlier]),
    )
    # Where the years overlap, as they do in less than two years of data, a month is in both.
    moved_kw, moving = _movable(loads, cells)
    keys = cells.select(by).unique(maintain_order=True).sort(by)
    parts = []
    for key in keys.iter_rows(named=True):
        is_own = cells.select(pl.all_horizontal(pl.col(c) == v for c, v in key.items()))
        own = is_own.to_series().to_numpy()
        before, after = (own & cells[name].to_numpy() for name in ("is_before", "is_after"))
        if not before.any() or not after.any():
            continue
        parts.append(_compared(loads, cells, key, before, after, moved_kw, moving))
    return pl.concat(parts)


def _compared(  # noqa: PLR0913, PLR0917 - the cells of one row of the answer
    loads: CellLoads,
    cells: pl.DataFrame,
    key: dict,
    before: np.ndarray,
    after: np.ndarray,
    moved_kw: np.ndarray | None,
    moving: np.ndarray,
) -> pl.DataFrame:
    days = cells["class_days"].to_numpy().astype(np.float64)
    before_kw, after_kw = (
        np.average(loads.load_kw[part], axis=0, weights=days[part]) for part in (before, after)
    )
    expected_kw = np.full(before_kw.shape, np.nan)
    if moved_kw is not None:
        differs = np.average(moving[after], axis=0, weights=days[after])
        differs -= np.average(moving[before], axis=0, weights=days[before])
        expected_kw = before_kw + differs @ moved_kw
    return pl.DataFrame(
        {
            **{name: [value] * len(before_kw) for name, value in key.items()},
            "hour": np.arange(len(before_kw)),
            "before_kw": before_kw,
            "after_kw": after_kw,
            "expected_kw": expected_kw,
            "days": np.full(len(before_kw), int(days[after].sum())),
        }
    ).with_columns(pl.col("expected_kw").fill_nan(None))


def _movable(loads: CellLoads, cells: pl.DataFrame) -> tuple[np.ndarray | None, np.ndarray]:
    """What a unit of each movable term does to every hour (terms, 24), and the terms (cells, 3).

    None where too few days have a temperature.
    """
    is_rest = (cells["day_kind"] == "rest_day").to_numpy().astype(np.float64)
    due = int(loads.cells["class_days"].sum())
    nothing = np.zeros((cells.height, 3))
    if loads.days.height < _LEAST_TEMPERATURE_DAYS_SHARE * due:
        return None, nothing
    heating, cooling = _hinges(loads)
    angle = 2 * np.pi * (cells["month"].str.slice(5).cast(pl.Float64).to_numpy() - 0.5) / 12
    waves = [wave(order * angle) for order in (1, 2) for wave in (np.sin, np.cos)]
    fixed = np.stack([np.ones(cells.height), cells["is_after"].to_numpy(), *waves], axis=1)
    size = np.sqrt(cells["class_days"].to_numpy())[:, None]
    whole_day = loads.load_kw.sum(axis=1, keepdims=True)
    best, chosen = np.inf, nothing
    for low, high in itertools.product(range(heating.shape[1]), range(cooling.shape[1])):
        moving = np.stack([heating[:, low], cooling[:, high], is_rest], axis=1)
        design = np.hstack([moving, fixed]) * size
        solved = np.linalg.lstsq(design, whole_day * size, rcond=None)[0]
        left = float(((whole_day * size - design @ solved) ** 2).sum())
        if left < best and (solved[:2] >= 0).all():
            best, chosen = left, moving
    design = np.hstack([chosen, fixed]) * size
    return np.linalg.lstsq(design, loads.load_kw * size, rcond=None)[0][:3], chosen


def _hinges(loads: CellLoads) -> tuple[np.ndarray, np.ndarray]:
    """Means of the hinges of the cells' days, (cells, candidates); the first of each is none."""
    temperature = pl.col("temperature_c")
    low = [(limit - temperature).clip(0).mean().alias(f"h{limit}") for limit in _HEATING_BELOW_C]
    high = [(temperature - limit).clip(0).mean().alias(f"c{limit}") for limit in _COOLING_ABOVE_C]
    means = loads.days.group_by("month", "day_class").agg(*low, *high)
    placed = loads.cells.join(
        means, on=["month", "day_class"], how="left", maintain_order="left"
    ).fill_null(strategy="mean")
    columns = [f"h{limit}" for limit in _HEATING_BELOW_C]
    others = [f"c{limit}" for limit in _COOLING_ABOVE_C]
    none = np.zeros((placed.height, 1))  # an area may answer to the heat alone, or to nothing
    return (
        np.hstack([none, placed.select(columns).to_numpy()]),
        np.hstack([none, placed.select(others).to_numpy()]),
    )
