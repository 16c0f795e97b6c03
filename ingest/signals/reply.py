"""An answer as a webhook or a topic gives it: JSON that names the message it is to."""

import json
from datetime import datetime
from math import isfinite

from sqlalchemy import Engine

from ingest.signals.answers_in import OPT_IN, OPT_OUT, Answer, take_answer
from ingest.signals.message import EVENT, Message
from ingest.signals.outbox import ACTOR, confirmed

_EXPECTED = (
    f'expected {{"answer": "{OPT_IN}"}} or "{OPT_OUT}", perhaps with "usage_point_id" and '
    '"reduction_kw" of 0 or more'
)
MOST_BYTES = 64_000


class ReplyError(ValueError):
    """What came is no answer; the message says what is expected."""


def read_reply(body: bytes) -> dict[str, object]:
    """The JSON object of a reply.

    Raises:
        ReplyError: it is none.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ReplyError(f"no JSON; {_EXPECTED}.") from error
    if not isinstance(data, dict):
        raise ReplyError(f"no JSON object; {_EXPECTED}.")
    return data


def take_reply(
    engine: Engine, message: Message, data: dict[str, object], body: bytes, at: datetime
) -> str:
    """Keep the answer that a reply to a message holds; why it does not count, empty where it does.

    An answer also confirms that the message has arrived.

    Raises:
        ReplyError: it holds none.
    """
    points = message.said.points
    point, kilowatts = data.get("usage_point_id"), data.get("reduction_kw")
    wrong = [
        data.get("answer") not in {OPT_IN, OPT_OUT},
        point is not None and point not in points,
        kilowatts is not None and not _is_load(kilowatts),
        message.kind != EVENT,
    ]
    if any(wrong):
        raise ReplyError(f"no answer to a call; {_EXPECTED}.")
    confirmed(engine, [message])
    answer = Answer(
        event_id=message.event_id,
        points=points if point is None else (str(point),),
        answer=str(data["answer"]),
        at=at,
        channel=message.channel,
        address=message.address,
        content=body.decode("utf-8", "replace"),
        reply_kw=None if kilowatts is None else float(str(kilowatts)),
    )
    return take_answer(engine, ACTOR, answer)


def _is_load(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isfinite(value) and value >= 0
