"""What a call says, the same to everyone: JSON, from which each channel makes its own form."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Row

EVENT, CANCELLATION = "event", "cancellation"


def told(code: str, text: str) -> str:
    """What is wrong with a message, as records keep it: a code that pages have words for, and text.

    >>> told("status", "the other side answered with status 404.")
    'status: the other side answered with status 404.'
    """
    return f"{code}: {text}"


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the outbox.

    Attributes:
        id: Also the key by which a recipient knows one that comes twice.
        event_id: Of the event it calls to, or cancels.
        channel: ``openadr``, ``webhook``, ``mqtt`` or ``phone``.
        address: Of the enrolments.
        kind: EVENT or CANCELLATION.
        state: ``waiting``, ``delivered`` or ``failed``.
        attempts: So far.
        tried_at: The last attempt, or when it was written [UTC].
        content: JSON of ``event_content``.
    """

    id: str
    event_id: str
    channel: str
    address: str
    kind: str
    state: str
    attempts: int
    tried_at: datetime
    content: str

    @property
    def said(self) -> "Said":
        """The content, read."""
        return read_content(self.content)


@dataclass(frozen=True, slots=True)
class Said:
    """The content of a call.

    Attributes:
        programme_id: Whose terms hold.
        starts_at, ends_at, called_at: Of the event [UTC].
        reason: heat, cold, shortage or test.
        reduction_kw: Planned of all its points [kW]; None: not of every one.
        points: Usage points called at this address.
    """

    programme_id: str
    starts_at: datetime
    ends_at: datetime
    called_at: datetime
    reason: str
    reduction_kw: float | None
    points: tuple[str, ...]

    @property
    def length(self) -> timedelta:
        """Of the event."""
        return self.ends_at - self.starts_at


def event_content(
    identifier: str, kind: str, event: Row, points: list[tuple[str, float | None]]
) -> str:
    """What a message says, as JSON.

    Args:
        identifier: Of the message.
        kind: EVENT or CANCELLATION.
        event: A row of ``response_events``, called.
        points: Usage points at the address, and what the plan expects of each [kW].
    """
    expected = [kw for _, kw in points if kw is not None]
    content = {
        "message_id": identifier,
        "kind": kind,
        "event_id": event.id,
        "programme_id": event.programme_id,
        "called_at": event.called_at,
        "starts_at": event.starts_at,
        "ends_at": event.ends_at,
        "answer_before": event.starts_at,
        "reason": event.reason,
        "reduction_kw": round(sum(expected), 3) if len(expected) == len(points) else None,
        "points": [{"usage_point_id": point, "reduction_kw": kw} for point, kw in points],
    }
    return json.dumps(content, ensure_ascii=False)


def read_content(content: str) -> Said:
    """What ``event_content`` wrote."""
    data = json.loads(content)
    starts_at, ends_at, called_at = (
        datetime.fromisoformat(data[name]) for name in ("starts_at", "ends_at", "called_at")
    )
    return Said(
        data["programme_id"],
        starts_at,
        ends_at,
        called_at,
        data["reason"],
        data["reduction_kw"],
        tuple(point["usage_point_id"] for point in data["points"]),
    )
