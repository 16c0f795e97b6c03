"""The arithmetic behind one area's new business, line by line."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.market.group_portraits import year_of
from queries.market.potential import TOGETHER
from queries.market.potential_areas import READS as AREAS_READS
from queries.market.potential_areas import AreaKind, potential_areas
from queries.market.potential_arithmetic import VALUE, AreaFacts, Number, outcome, steps
from queries.market.potential_assumptions import BUSINESSES, Range, read_potential
from queries.run import QuestionError

RETURNS = pl.Schema(
    {
        "line": pl.Int64(),
        "step": pl.String(),
        "source": pl.String(),
        "detail": pl.String(),
        "figure": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "value_at_low_cny": pl.Float64(),
        "value_at_high_cny": pl.Float64(),
    }
)
READS = AREAS_READS


def potential_steps(  # noqa: PLR0913 - days, an area, a business
    lake: DuckDBPyConnection,
    *,
    assumptions: str,
    first_day: date,
    last_day: date,
    business: str,
    area_id: str,
    region_id: str | None = None,
    kind: AreaKind = "transformer",
) -> pl.DataFrame:
    """Every number that goes into an area's potential, in the order it is worked out.

    Args:
        lake: From ``queries.lake.open_lake``.
        assumptions: TOML as in ``data/potential.toml``.
        first_day: First day there is data of.
        last_day: Last service date, included; the last twelve whole months are looked at.
        business: ``charging``, ``solar``, ``storage``, ``heating`` or ``service``.
        area_id: Of ``market/potential``.
        region_id: Only what lies in this region; None is every region in the user's scope.
        kind: What ``area_id`` names: ``transformer``, ``feeder`` or ``region``.

    Returns:
        A row a line: ``step``, ``figure`` in the unit its name ends in (a count where it names
        none), ``source`` (``register``, ``readings``, ``grid``, ``tariff``, ``assumption`` or
        ``computed`` from the lines above) and ``detail`` (where an assumption is from, which
        tariff). Of an assumption ``low`` and ``high``, and the value [CNY/a] if it alone were
        there. ``figure`` is null where it is not known.

    Raises:
        QuestionError: no such business or area.
    """
    if business not in BUSINESSES:
        raise QuestionError(f"business '{business}' is none of {', '.join(BUSINESSES)}.")
    ranges = read_potential(assumptions)[business]
    begin, end = year_of(first_day, last_day)
    areas = potential_areas(kind, lake, first_day=begin, last_day=end, region_id=region_id)
    place = areas.named["area_id"].index_of(area_id)
    if place is None:
        raise QuestionError(
            f"no {kind} '{area_id}' here; choose one of market/potential, '{TOGETHER}' apart."
        )
    return lines(business, _of_one(areas.facts, place), ranges, areas.tariff_code)


def lines(
    business: str, facts: AreaFacts, ranges: Mapping[str, Range], tariff_code: str | None
) -> pl.DataFrame:
    """RETURNS of the facts of one area."""
    known = dict(ranges)
    base: dict[str, Number] = {name: one.base for name, one in known.items()}
    rows = []
    for line, step in enumerate(steps(business, facts, base), start=1):
        row: dict[str, object] = {
            "line": line,
            "step": step.name,
            "source": step.source,
            "figure": float(step.values[0]),
        }
        if step.source == "assumption":
            one = known[step.name]
            row |= {"detail": one.source, "low": one.low, "high": one.high}
            for end in ("low", "high"):
                moved = outcome(business, facts, {**base, step.name: getattr(one, end)}, VALUE)
                row[f"value_at_{end}_cny"] = float(moved[0])
        elif step.source == "tariff":
            row["detail"] = tariff_code
        rows.append(row)
    return pl.DataFrame(rows, schema=RETURNS).with_columns(pl.col("figure").fill_nan(None))


def _of_one(facts: AreaFacts, place: int) -> AreaFacts:
    values = {name: np.atleast_1d(getattr(facts, name)[place]) for name in AreaFacts.__slots__}
    return AreaFacts(**values)
