"""A call as OpenADR 2.0b has it: an event with a level for everyone, and kW where they are planned.

``LOAD_DISPATCH`` of the type ``delta`` is a change against what would have been used without the
event, which is what a programme pays for; a ``setpoint`` would need the VEN to know our baseline.
"""

from urllib.parse import quote, unquote

from openleadr import enums, objects

from ingest.signals.message import CANCELLATION, Message, Said

LEVELS = {"test": 1, "heat": 2, "cold": 2, "shortage": 3}
"""Of SIMPLE: 1 moderate, 2 high, 3 special."""


def openadr_event(message: Message, ven_id: str) -> objects.Event:
    """The event that a message calls to, or cancels, for one VEN."""
    said, is_cancelled = message.said, message.kind == CANCELLATION
    event = objects.Event(
        event_descriptor=objects.EventDescriptor(
            event_id=openadr_id(message.event_id),
            modification_number=int(is_cancelled),
            market_context=f"urn:fenggu:programme:{quote(said.programme_id, safe='')}",
            event_status="far",
            created_date_time=said.called_at,
            modification_date_time=message.tried_at if is_cancelled else said.called_at,
            test_event=said.reason == "test",
            vtn_comment=said.reason,
        ),
        active_period=objects.ActivePeriod(
            dtstart=said.starts_at,
            duration=said.length,
        ),
        event_signals=_signals(message.id, said),
        targets=[objects.Target(ven_id=ven_id)],
        response_required="always",
    )
    period = event.active_period
    # It is declared as a dict, and written as a duration.
    period.notification_period = said.starts_at - said.called_at  # pyright: ignore[reportAttributeAccessIssue]
    if is_cancelled:
        # Only now: an Event works out its status by the clock when it is made.
        event.event_descriptor.event_status = enums.EVENT_STATUS.CANCELLED
    return event


def _signals(identifier: str, said: Said) -> list[objects.EventSignal]:
    def intervals(value: float) -> list[objects.Interval]:
        return [objects.Interval(said.starts_at, said.length, value)]

    signals = [
        objects.EventSignal(
            intervals=intervals(LEVELS[said.reason]),
            signal_name="SIMPLE",
            signal_type="level",
            signal_id=f"{identifier}-level",
            # openleadr says 0 also while the event runs, and warns where something else stands.
            current_value=0,
        )
    ]
    if said.reduction_kw:
        signals.append(
            objects.EventSignal(
                intervals=intervals(-said.reduction_kw),
                signal_name="LOAD_DISPATCH",
                signal_type="delta",
                signal_id=f"{identifier}-kw",
                measurement=objects.Measurement(
                    "powerReal",
                    "RealPower",
                    "W",
                    scale="k",
                    power_attributes=objects.PowerAttributes(hertz=50, voltage=220, ac=True),
                ),
            )
        )
    return signals


def openadr_id(event_id: str) -> str:
    """The event's id as it stands in XML, where openleadr escapes nothing.

    >>> event_of_openadr_id(openadr_id("A&B <1>"))
    'A&B <1>'
    """
    return quote(event_id, safe="")


def event_of_openadr_id(identifier: str) -> str:
    """The event's id of ``openadr_id``."""
    return unquote(identifier)
