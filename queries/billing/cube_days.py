"""The tables of points and days that the SQL of cubes and sums reads."""

from collections.abc import Sequence
from datetime import date

from duckdb import DuckDBPyConnection

from queries.day_classes import day_class
from queries.lake import lake_state


def name_points(points: Sequence[str], lake: DuckDBPyConnection) -> None:
    """Make the table of the points that the SQL reads."""
    lake.execute(
        "create or replace temp table cube_points as select unnest($points) as usage_point_id",
        {"points": list(points)},
    )


def name_days(
    days: Sequence[date], kinds: Sequence[int], cells: Sequence[int], lake: DuckDBPyConnection
) -> None:
    """Make the table of the days that the SQL reads: their kind, cell and class."""
    country = lake_state(lake).holiday_country
    lake.execute(
        "create or replace temp table cube_days as select unnest($days)::date as service_date, "
        "unnest($kinds)::integer as kind, unnest($cells)::integer as cell, "
        "unnest($classes)::varchar as day_class",
        {
            "days": list(days),
            "kinds": list(kinds),
            "cells": list(cells),
            "classes": [day_class(day, country) for day in days],
        },
    )
