"""``POST /answers``: answers to webhooks, signed by the key of the address that was called."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from aiohttp import web
from sqlalchemy import Engine

from ingest.signals.certificates import server_context
from ingest.signals.outbox import message_of
from ingest.signals.reply import MOST_BYTES, ReplyError, read_reply, take_reply
from ingest.signals.signature import is_signed, key_of
from ingest.signals.webhook import CHANNEL
from queries.settings import Settings


class AnswersPort:
    """A port of its own: those who answer need no certificate, as VENs do."""

    def __init__(self, settings: Settings, engine: Engine, *, now: Callable[[], datetime]) -> None:
        """Check the settings; nothing is opened yet.

        Raises:
            SignalError: it would be reached from elsewhere without TLS, or there is no secret.
        """
        key_of(settings.signals_secret, "")
        self._context = server_context(settings)
        self._settings, self._engine, self._now = settings, engine, now
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_post("/answers", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        self.port = settings.answers_port

    async def start(self) -> None:
        """Listen; ``port`` says where, also when any was asked for."""
        await self._runner.setup()
        host = self._settings.signals_host
        await web.TCPSite(self._runner, host, self.port, ssl_context=self._context).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the port."""
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        body, headers = await request.read(), dict(request.headers)
        return await asyncio.to_thread(self._take, body, headers)

    def _take(self, body: bytes, headers: dict[str, str]) -> web.Response:
        try:
            data = read_reply(body)
            message = message_of(self._engine, str(data.get("message_id")), CHANNEL)
            # One answer to the unknown and the unsigned: nobody learns which messages there are.
            if message is None or not self._is_signed(message.address, body, headers):
                return web.json_response({"error": "unknown message_id or signature"}, status=401)
            told = take_reply(self._engine, message, data, body, self._now())
        except ReplyError as error:
            return web.json_response({"error": str(error)}, status=400)
        if told:
            return web.json_response({"counts": False, "error": told}, status=409)
        return web.json_response({"counts": True})

    def _is_signed(self, address: str, body: bytes, headers: dict[str, str]) -> bool:
        key = key_of(self._settings.signals_secret, address)
        return is_signed(key, body, headers, self._now())
