"""An event and those it called, as the scope shows them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand import response_records
from queries.demand.response_programme import Terms, read_terms
from queries.lake import lake_state
from queries.local_time import standard_offset
from queries.run import QuestionError


@dataclass(frozen=True, slots=True)
class CalledEvent:
    """An event and those it called, as far as the scope shows them.

    Attributes:
        event_id: Its id.
        programme_id: Of its programme.
        state: planned, called, cancelled or settled.
        reason: heat, cold, shortage or test.
        terms: Under which it was made.
        day: Service date.
        from_minute: First minute [min after local midnight, standard time].
        until_minute: Minute after its last.
        calls: ``response_records.CALLS`` with ``agreed_kw``, by usage point.
    """

    event_id: str
    programme_id: str
    state: str
    reason: str
    terms: Terms
    day: date
    from_minute: int
    until_minute: int
    calls: pl.DataFrame

    @property
    def points(self) -> tuple[str, ...]:
        """The usage points called, ascending."""
        return tuple(self.calls["usage_point_id"])


def called_event(cursor: DuckDBPyConnection, event_id: str) -> CalledEvent:
    """The event of this id.

    Raises:
        QuestionError: there is none in the scope, or it does not lie within one service date.
    """
    found = response_records.events(cursor).filter(pl.col("event_id") == event_id)
    if found.is_empty():
        raise QuestionError(f"there is no event '{event_id}'. Choose one of demand/events.")
    row = found.row(0, named=True)
    zone = ZoneInfo(lake_state(cursor).zone_name)
    begin, end = (local_standard(row[name], zone) for name in ("starts_at", "ends_at"))
    midnight = datetime(begin.year, begin.month, begin.day)  # noqa: DTZ001 - local standard time
    minutes = [int((one - midnight).total_seconds() // 60) for one in (begin, end)]
    if minutes[1] > 24 * 60:
        raise QuestionError(f"event '{event_id}' goes past midnight; it is settled as two events.")
    agreed = response_records.enrolments(cursor, row["programme_id"]).select(
        "enrolment_id", agreed_kw="agreed_reduction_kw"
    )
    calls = response_records.calls(cursor, event_id).join(agreed, on="enrolment_id", how="left")
    return CalledEvent(
        event_id,
        row["programme_id"],
        row["state"],
        row["reason"],
        read_terms(row["terms"]),
        begin.date(),
        minutes[0],
        minutes[1],
        calls.sort("usage_point_id"),
    )


def local_standard(instant: datetime, zone: ZoneInfo) -> datetime:
    """Local standard time, without a zone."""
    return (instant.astimezone(UTC) + standard_offset(zone, instant.year)).replace(tzinfo=None)
