"""Waiting for the answer to one question among everything else that comes."""

import asyncio
from collections.abc import Callable
from enum import Enum
from typing import Protocol, TypeVar

from ingest.collection.exchange import ExchangeError
from ingest.collection.sessions.stream import Arrived

Answer = TypeVar("Answer")


class Not(Enum):
    """Why a frame is not the answer waited for."""

    OURS = "an answer to another question: late, doubled, or wrongly numbered"
    AN_ANSWER = "an echo of our own question"
    WHOLE = "a part of the answer; the rest has time of its own"


class Source(Protocol):
    """Where frames come from: a connection, or what its reader sorted out of it."""

    @property
    def stray_bytes(self) -> int:
        """How many bytes came so far that belong to no frame."""
        ...

    async def receive(self, deadline: float) -> Arrived:
        """The next frame; TimeoutError or ConnectionError."""
        ...


async def wait_for_answer(
    source: Source, take: Callable[[Arrived], Answer | Not], *, seconds: float, what: str
) -> Answer:
    """What ``take`` makes of the first frame that it does not refuse.

    Args:
        source: Of frames.
        take: What a frame is to this question.
        seconds: To wait, anew after each part of an answer.
        what: Was asked of whom, for the error.

    Raises:
        ExchangeError: There is none. Damaged answers (``checksum``) are told from answers to other
            questions (``mismatch``), and both from none at all (``timeout``).
    """
    loop = asyncio.get_running_loop()
    strays, foreign = source.stray_bytes, 0
    deadline = loop.time() + seconds
    while True:
        try:
            arrived = await source.receive(deadline)
        except TimeoutError:
            raise _silence(what, seconds, source.stray_bytes - strays, foreign) from None
        except ConnectionError as error:
            text = f"{what}: {error}"
            raise ExchangeError(text, reason="disconnected", may_retry=True) from error
        taken = take(arrived)
        if not isinstance(taken, Not):
            return taken
        foreign += taken is Not.OURS
        if taken is Not.WHOLE:
            deadline = loop.time() + seconds


def _silence(what: str, seconds: float, stray_bytes: int, foreign: int) -> ExchangeError:
    text = f"{what}: no answer within {seconds:g} s"
    if stray_bytes:
        text += f"; {stray_bytes} bytes came that are no valid frame"
        return ExchangeError(text, reason="checksum", may_retry=True)
    if foreign:
        text += f"; {foreign} answers came that are to other questions"
        return ExchangeError(text, reason="mismatch", may_retry=True)
    return ExchangeError(text, reason="timeout", may_retry=True)
