"""Which time-of-use calendars there are."""

from functools import lru_cache

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.calendar_file import calendars_in
from queries.billing.calendar_model import Calendar
from queries.settings import PROJECT
from queries.toml_files import FileState, toml_states

FOLDER = PROJECT / "data" / "tariffs" / "calendars"
"""The calendars that come with Fenggu, and those laid beside them."""
RETURNS = pl.Schema(
    {
        "calendar_code": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "notice": pl.String(),
        "applies_to": pl.String(),
        "certainty": pl.String(),
        "doubts": pl.List(pl.String()),
        "periods": pl.List(pl.String()),
    }
)
READS = ("tariffs",)


def calendars(lake: DuckDBPyConnection) -> pl.DataFrame:
    """One row a calendar, Liaoning first, the others by code.

    Returns:
        ``notice`` that it was read from, ``applies_to`` whom (null: unsaid), how certain it is and
        what is doubtful about it, and the names of its ``periods``.
    """
    del lake  # calendars are files
    rows = [
        (
            one.code,
            one.name_zh,
            one.name_en,
            one.notice,
            one.applies_to,
            one.certainty,
            list(one.doubts),
            list(one.periods),
        )
        for one in known_calendars().values()
    ]
    frame = pl.DataFrame(rows, schema=RETURNS, orient="row")
    return frame.sort(pl.col("calendar_code") != "liaoning", "calendar_code")


def known_calendars() -> dict[str, Calendar]:
    """Every calendar by code, read again when a file has changed."""
    return _read(toml_states(FOLDER))


@lru_cache(maxsize=2)
def _read(_changed: tuple[FileState, ...]) -> dict[str, Calendar]:
    return calendars_in(FOLDER)
