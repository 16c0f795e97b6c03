"""What a session brought home, and asking again."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from ingest.collection.exchange import Exchange, ExchangeError
from ingest.collection.sessions.limits import Limits
from ingest.collection.wants import Want

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Collected:
    """Answers, and the wants that got none or not all.

    An answer that says that there is no such record is an answer, not a failure.

    Attributes:
        exchanges: In the order in which they came; to be kept before they are used.
        failures: By want; other answers to the same want may be among the exchanges.
    """

    exchanges: list[Exchange] = field(default_factory=list)
    failures: dict[Want, ExchangeError] = field(default_factory=dict)

    def fail(self, wants: Iterable[Want], error: ExchangeError) -> None:
        """Note why these wants are not met; what was noted first stays."""
        self.exchanges += [one for one in error.exchanges if one not in self.exchanges]
        for want in wants:
            self.failures.setdefault(want, error)

    def of_one(self) -> list[Exchange]:
        """The exchanges of a session that had one want.

        Raises:
            ExchangeError: It failed. What came before the failure is dropped with it: who wants to
                keep that too takes the whole.
        """
        for error in self.failures.values():
            raise error
        return self.exchanges


async def with_retries(
    ask: Callable[[], Awaitable[Answer]],
    limits: Limits,
    random: Random,
    is_over: Callable[[], bool] = lambda: False,
) -> Answer:
    """Ask until there is an answer, with exponential back-off and jitter between attempts.

    Args:
        ask: One attempt.
        limits: Of attempts and back-off.
        random: For jitter.
        is_over: Whether there is nobody left to ask.

    Raises:
        ExchangeError: Of the last attempt, or the first that says not to ask again.
    """
    for attempt in range(1, limits.attempts):
        try:
            return await ask()
        except ExchangeError as error:
            if not error.may_retry or is_over():
                raise
        await asyncio.sleep(backoff_seconds(attempt, limits, random))
    return await ask()


def backoff_seconds(attempt: int, limits: Limits, random: Random) -> float:
    """How long to wait after this attempt (from 1): between half and all of its doubled share.

    The jitter keeps meters that fell silent together from being asked together.
    """
    share = min(limits.backoff_seconds * 2 ** (attempt - 1), limits.longest_backoff_seconds)
    return share * random.uniform(0.5, 1.0)
