"""An address that turned out to be wrong: corrected where the enrolment has it, and called anew."""

import json

from sqlalchemy import Engine, select, update

from ingest.records.engine import Actor, change
from ingest.records.response_enrolments import CHANNELS
from ingest.records.response_programmes import ResponseError
from ingest.signals.addresses import AddressError, check_address
from queries.demand.response_tables import RESPONSE_CALLS, RESPONSE_ENROLMENTS, RESPONSE_MESSAGES

_MAY = frozenset({"planner", "administrator"})


def readdress(engine: Engine, actor: Actor, message_id: str, *, channel: str, address: str) -> int:
    """Correct channel and address of the enrolments that a failed message was for; how many.

    The next message to them is written and sent by ``python -m ingest signals`` as to any address
    that has not been called yet.

    Raises:
        ResponseError: the actor may not, the message is gone or has not failed, or the address is
            none of the channel (``address``).
    """
    if actor.role not in _MAY:
        raise ResponseError("not_yours", f"enrolments are changed by {' or '.join(sorted(_MAY))}.")
    plain = address.strip()
    try:
        check_address(channel, plain)
    except AddressError as error:
        raise ResponseError("address", str(error)) from error
    if channel not in CHANNELS:
        raise ResponseError("channel", f"a channel is one of {', '.join(CHANNELS)}.")
    detail: dict[str, object] = {"channel": channel}
    subject = ("response_message", message_id)
    with change(
        engine, actor, "response_enrolment.readdress", subject=subject, detail=detail
    ) as connection:
        messages, calls = RESPONSE_MESSAGES.c, RESPONSE_CALLS.c
        failed = select(messages.event_id, messages.content).where(
            (messages.id == message_id)
            & (messages.direction == "out")
            & (messages.state == "failed")
        )
        message = connection.execute(failed).first()
        if message is None:
            raise ResponseError("gone", "the message has not failed, or is no more.")
        points = [one["usage_point_id"] for one in json.loads(message.content)["points"]]
        own = select(calls.enrolment_id).where(
            (calls.event_id == message.event_id) & calls.usage_point_id.in_(points)
        )
        identifiers = list(connection.scalars(own))
        moved = update(RESPONSE_ENROLMENTS).where(RESPONSE_ENROLMENTS.c.id.in_(identifiers))
        connection.execute(moved.values(channel=channel, address=plain))
        detail["enrolments"] = identifiers
    return len(identifiers)
