"""Calls by webhook: POST of JSON, signed, tried again until the other side has taken it."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
from sqlalchemy import Engine

from ingest.signals.message import Message, told
from ingest.signals.outbox import outgoing, tried
from ingest.signals.reply import MOST_BYTES, ReplyError, read_reply, take_reply
from ingest.signals.signature import key_of, signed

CHANNEL = "webhook"
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=10)
_MOST_ATTEMPTS = 8
"""The last a good half hour after the first; then somebody has to call by telephone."""
_ANSWER_SECONDS = 10
_AT_ONCE = 20
_LATER = {408, 425, 429}
"""Of the refusals (4xx) those that ask to come again."""


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts.

    >>> pause(1).total_seconds(), pause(3).total_seconds(), pause(8).total_seconds()
    (15.0, 60.0, 600.0)
    """
    return min(_FIRST_PAUSE * 2 ** (attempts - 1), _LONGEST_PAUSE)


def is_due(message: Message, now: datetime) -> bool:
    """Whether a waiting message is to be tried now."""
    return not message.attempts or now >= message.tried_at + pause(message.attempts)


async def deliver(engine: Engine, secret: str, now: Callable[[], datetime]) -> int:
    """Try every webhook that is due, some at once; how many went through.

    Raises:
        SignalError: there is no usable secret.
    """
    waiting = await asyncio.to_thread(outgoing, engine, CHANNEL)
    due = [one for one in waiting if is_due(one, now())]
    if not due:
        return 0
    gate = asyncio.Semaphore(_AT_ONCE)
    # A redirect would carry the call to an address nobody entered.
    async with httpx.AsyncClient(timeout=_ANSWER_SECONDS, follow_redirects=False) as client:

        async def one(message: Message) -> bool:
            async with gate:
                return await _post(client, engine, message, secret, now)

        return sum(await asyncio.gather(*(one(message) for message in due)))


async def _post(
    client: httpx.AsyncClient,
    engine: Engine,
    message: Message,
    secret: str,
    now: Callable[[], datetime],
) -> bool:
    body, key = message.content.encode(), key_of(secret, message.address)
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": message.id,
        **signed(key, body, now()),
    }
    answer, state, wrong = b"", "waiting", ""
    try:
        async with client.stream(
            "POST", message.address, content=body, headers=headers
        ) as response:
            status = response.status_code
            if response.is_success:
                state, answer = "delivered", await _body(response)
            else:
                wrong = told("status", f"{status}")
                is_final = 300 <= status < 500 and status not in _LATER
                state = "failed" if is_final else state
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        wrong = told("unreachable", f"{type(error).__name__} {error}".strip())
    if state == "waiting" and message.attempts + 1 >= _MOST_ATTEMPTS:
        state = "failed"
    await asyncio.to_thread(tried, engine, [message], at=now(), state=state, wrong=wrong)
    if state == "delivered" and answer.strip():
        await asyncio.to_thread(_take, engine, message, answer, now())
    return state == "delivered"


async def _body(response: httpx.Response) -> bytes:
    """The body, of which nobody needs more than an answer."""
    found = b""
    async for part in response.aiter_bytes():
        found += part
        if len(found) > MOST_BYTES:
            return b""
    return found


def _take(engine: Engine, message: Message, body: bytes, at: datetime) -> None:
    """The answer in a response's body, if it holds one: "OK" is none, and no fault."""
    try:
        take_reply(engine, message, read_reply(body), body, at)
    except ReplyError:
        return
