"""When each period of a time-of-use calendar begins and ends."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.calendars import known_calendars
from queries.billing.dials import RETURNS as DIALS
from queries.billing.dials import dials
from queries.run import QuestionError

RETURNS = DIALS
READS = ("tariffs",)


def time_of_use(lake: DuckDBPyConnection, *, calendar_code: str = "liaoning") -> pl.DataFrame:
    """The hours of a calendar by kind of day and season, in the order of the hours.

    Returns:
        As ``queries.billing.dials.dials``: ``from_minute`` and ``until_minute`` of the local day
        [min, 0–1440]; no row goes across midnight.

    Raises:
        QuestionError: there is no such calendar.
    """
    del lake  # calendars are files
    known = known_calendars()
    if calendar_code not in known:
        raise QuestionError(
            f"calendar_code '{calendar_code}' is none of {', '.join(sorted(known))}."
        )
    return dials(known[calendar_code])
