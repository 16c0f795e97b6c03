"""Our side of OpenADR 2.0b, a virtual top node (VTN): VENs register, poll and answer.

openleadr speaks the protocol; what it would keep in memory comes from ``response_messages`` at
each poll, so that a restart loses nothing. Over TLS a VEN is known by the fingerprint of its
certificate beside its id in the enrolment's address. Readings settle an event, so no reports are
asked for.
"""

import asyncio
import uuid
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from aiohttp import web
from openleadr import OpenADRServer, errors
from sqlalchemy import Engine, select

from ingest.signals.addresses import AddressError, Ven, ven_of
from ingest.signals.answers_in import OPT_IN, OPT_OUT, Answer, take_answer
from ingest.signals.certificates import SignalError, security_of
from ingest.signals.message import CANCELLATION, EVENT, Message
from ingest.signals.openadr_event import event_of_openadr_id, openadr_event
from ingest.signals.outbox import ACTOR, confirmed, of_event, outgoing, tried
from queries.demand.response_tables import RESPONSE_ENROLMENTS, RESPONSE_EVENTS, RESPONSE_MESSAGES
from queries.records import as_text
from queries.settings import Settings

CHANNEL = "openadr"
_OPTS = {"optIn": OPT_IN, "optOut": OPT_OUT}
_COUNTED_EVERY = timedelta(minutes=1)
"""A VEN that polls every ten seconds and confirms nothing is written down no more often."""


class Vtn:
    """The VTN of one process; openleadr allows no second one in it."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        *,
        tell: Callable[..., None],
        now: Callable[[], datetime] | None = None,
        poll_every: timedelta = timedelta(seconds=10),
    ) -> None:
        """Check the settings; nothing is opened yet.

        Args:
            settings: Address, id and certificates.
            engine: The operational database.
            tell: The log.
            now: Our clock [UTC]; None: the machine's.
            poll_every: How often VENs are asked to poll.

        Raises:
            SignalError: the settings do not go together.
        """
        self._settings, self._engine, self._tell = settings, engine, tell
        self._now = now or (lambda: datetime.now(UTC))
        self._security = security_of(settings)
        self._context = self._security.context() if self._security else None
        if settings.openadr_vtn_id.islower():
            raise SignalError(
                f"FENGGU_OPENADR_VTN_ID '{settings.openadr_vtn_id}' is in lower case only, which "
                "VENs refuse. Use a capital."
            )
        files = self._security
        with warnings.catch_warnings():
            # openleadr keeps itself in aiohttp's application under a plain name.
            warnings.simplefilter("ignore", web.NotAppKeyWarning)
            self._server = OpenADRServer(
                vtn_id=settings.openadr_vtn_id,
                cert=str(files.certificate) if files else None,
                key=str(files.key) if files else None,
                show_fingerprint=False,
                requested_poll_freq=poll_every,
                ven_lookup=self._look_up,
                # Who it is, TLS says with a fingerprint; signatures belong to the level "high".
                verify_message_signatures=False,
            )
        for name, handler in (
            ("on_create_party_registration", self._register),
            ("on_cancel_party_registration", self._cancel_registration),
            ("on_register_report", self._no_reports),
            ("on_poll", self._poll),
            ("on_request_event", self._all_events),
            ("on_created_event", self._answered),
        ):
            self._server.add_handler(name, handler)
        self._runner: web.AppRunner | None = None
        self.port = settings.openadr_port

    async def start(self) -> None:
        """Listen; ``port`` says where, also when any was asked for.

        openleadr's own ``run`` prints to standard output, where our log goes, and serves in clear
        when one of the three files is missing.
        """
        self._runner = web.AppRunner(self._server.app, access_log=None)
        await self._runner.setup()
        host = self._settings.signals_host
        site = web.TCPSite(self._runner, host, self.port, ssl_context=self._context)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._tell("openadr", host=host, port=self.port, tls=self._context is not None)

    async def stop(self) -> None:
        """Close the port."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _look_up(self, ven_id: str) -> dict[str, object] | None:
        """Who a VEN is, for openleadr; None asks it to register, which is refused."""
        ven = await asyncio.to_thread(self._enrolled, ven_id)
        if ven is None:
            return None
        return {
            "ven_id": ven.ven_id,
            "ven_name": ven.ven_id,
            "fingerprint": ven.fingerprint,
            "registration_id": self._registration_id(ven.ven_id),
        }

    def _registration_id(self, ven_id: str) -> str:
        # Always the same: a VEN that registered before a restart of ours need not do so again.
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:{self._settings.openadr_vtn_id}:{ven_id}"))

    def _enrolled(self, ven_id: str) -> Ven | None:
        """The VEN, where an enrolment of today names it, and all that do name one certificate."""
        members = RESPONSE_ENROLMENTS.c
        today = self._now().astimezone(self._settings.zone).date().isoformat()
        is_its = members.address.contains(ven_id, autoescape=True)
        asked = select(members.address).where(
            (members.channel == CHANNEL)
            & is_its
            & (members.last_day.is_(None) | (members.last_day >= today))
        )
        with self._engine.connect() as connection:
            addresses = connection.scalars(asked.distinct()).all()
        vens = {ven for ven in map(_ven, addresses) if ven is not None and ven.ven_id == ven_id}
        known = {ven for ven in vens if ven.fingerprint}
        if len(known) > 1:
            self._tell("ven_refused", ven=ven_id, message="enrolments name several certificates")
            return None
        return next(iter(known or vens), None)

    async def _register(self, payload: dict) -> tuple[str, str] | bool:
        ven_id = payload.get("ven_id") or payload.get("ven_name") or ""
        ven = await asyncio.to_thread(self._enrolled, ven_id)
        if ven is None or (self._context and payload.get("fingerprint") != ven.fingerprint):
            self._tell("ven_refused", ven=ven_id, fingerprint=payload.get("fingerprint"))
            return False
        self._tell("ven_registered", ven=ven_id)
        return ven.ven_id, self._registration_id(ven.ven_id)

    def _cancel_registration(self, payload: dict) -> tuple[str, dict]:
        """Confirmed, and without effect: who is enrolled may come back as it likes."""
        self._tell("ven_left", ven=payload.get("ven_id"))
        kept = ("ven_id", "registration_id")
        return "oadrCanceledPartyRegistration", {name: payload.get(name) for name in kept}

    def _no_reports(self, report: object) -> None:
        """Reports are not asked for; openleadr calls it with the one on offer."""

    async def _poll(self, ven_id: str) -> tuple[str, dict] | None:
        """What waits for the VEN; it comes with every poll until it is confirmed."""
        messages = await asyncio.to_thread(self._waiting, ven_id)
        if not messages:
            return None
        await asyncio.to_thread(self._went_out, messages)
        # A tuple: of a list, as openleadr's documentation has it, it makes an answer that fails.
        events = [openadr_event(one, ven_id) for one in messages]
        return "oadrDistributeEvent", {"events": events}

    def _waiting(self, ven_id: str) -> list[Message]:
        return [one for one in outgoing(self._engine, CHANNEL) if _is_for(one, ven_id)]

    def _went_out(self, messages: list[Message]) -> None:
        now = self._now()
        fresh = [
            one for one in messages if not one.attempts or now - one.tried_at >= _COUNTED_EVERY
        ]
        tried(self._engine, fresh, at=now, state="waiting")

    async def _all_events(self, ven_id: str) -> list:
        """Every event of the VEN that is not over, for one that has just started."""
        messages = await asyncio.to_thread(self._live, ven_id)
        await asyncio.to_thread(self._went_out, [one for one in messages if one.state == "waiting"])
        return [openadr_event(one, ven_id) for one in messages]

    def _live(self, ven_id: str) -> list[Message]:
        waiting = self._waiting(ven_id)
        events, messages = RESPONSE_EVENTS.c, RESPONSE_MESSAGES.c
        asked = (
            select(events.id)
            .join(RESPONSE_MESSAGES, messages.event_id == events.id)
            .where(
                (events.state == "called")
                & (events.ends_at > as_text(self._now()))
                & (messages.channel == CHANNEL)
                & messages.address.contains(ven_id, autoescape=True)
            )
        )
        with self._engine.connect() as connection:
            live = connection.scalars(asked.distinct()).all()
        known = [
            one
            for event_id in live
            for one in of_event(self._engine, event_id, CHANNEL)
            if one.state == "delivered" and _is_for(one, ven_id)
        ]
        return [*known, *waiting]

    async def _answered(self, ven_id: str, event_id: str, opt_type: str) -> None:
        told = await asyncio.to_thread(self._take, ven_id, event_of_openadr_id(event_id), opt_type)
        if told:
            self._tell("answer_refused", ven=ven_id, event_id=event_id, message=told)
            raise errors.NotAllowedError(told)

    def _take(self, ven_id: str, event_id: str, opt_type: str) -> str:
        """Keep what a VEN says to an event; why it does not count, empty where it does."""
        # What failed was for another address, or is over.
        messages = [
            one
            for one in of_event(self._engine, event_id, CHANNEL)
            if _is_for(one, ven_id) and one.state != "failed"
        ]
        if not messages or opt_type not in _OPTS:
            raise errors.InvalidIdError(f"event {event_id} was not sent to this VEN")
        cancelled = [one for one in messages if one.kind == CANCELLATION]
        if cancelled:
            # Whatever it opts for: it says that it has the cancellation.
            confirmed(self._engine, cancelled)
            return ""
        calls = [one for one in messages if one.kind == EVENT]
        confirmed(self._engine, [one for one in calls if one.state == "waiting"])
        answer = Answer(
            event_id=event_id,
            points=tuple(sorted({point for one in calls for point in one.said.points})),
            answer=_OPTS[opt_type],
            at=self._now(),
            channel=CHANNEL,
            address=ven_id,
            content=f"oadrCreatedEvent {event_id} {opt_type}",
        )
        return take_answer(self._engine, ACTOR, answer)


def _ven(address: str | None) -> Ven | None:
    try:
        return ven_of(address or "")
    except AddressError:
        return None


def _is_for(message: Message, ven_id: str) -> bool:
    ven = _ven(message.address)
    return ven is not None and ven.ven_id == ven_id
