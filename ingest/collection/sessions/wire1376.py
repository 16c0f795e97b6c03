"""Questions of Q/GDW 1376.1 to one terminal, and the answers that match."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from ingest.collection.exchange import Exchange, ExchangeError
from ingest.collection.sessions.reach import Reach
from ingest.collection.sessions.stream import Arrived
from ingest.collection.sessions.terminal_link import TerminalLink
from ingest.collection.sessions.waiting import Not, wait_for_answer
from ingest.protocols.decoded import FrameError
from ingest.protocols.gdw1376.application import ACKNOWLEDGE, parse_application
from ingest.protocols.gdw1376.encoding import Terminal
from ingest.protocols.gdw1376.frame import Frame
from ingest.protocols.gdw1376.units import DataUnit

MASTER = 1
"""Address of this master station (MSA); terminals repeat it in their answers."""

_NUMBERS = 16
_ALL_DENIED = 2
_MOST_FRAMES = 64
Used = TypeVar("Used")


class Told(NamedTuple):
    """What a question brought.

    Attributes:
        units: Data units of all its frames; none where the terminal denies to have such data.
    """

    units: tuple[DataUnit, ...]
    exchanges: list[Exchange]


class Question(NamedTuple):
    """What is asked of a terminal.

    Attributes:
        build: Makes the frame for a terminal with a number.
        asked: AFN and data unit (point, function, label) of all that is asked for.
        what: Is asked of whom, for errors.
        seconds: To wait for each frame of the answer.
        meter: That it is about, if it is about one.
    """

    build: Callable[[Terminal, int], bytes]
    asked: Sequence[tuple[int, DataUnit]]
    what: str
    seconds: float
    meter: str | None = None


class Wire1376:
    """Questions to one terminal, over whatever connection it has."""

    def __init__(self, reach: Reach, numbers: Iterator[int]) -> None:
        """Begin with the next of the numbers, 0 to 15 over and over (PSEQ)."""
        self._reach = reach
        self._numbers = numbers
        address = reach.link.address
        self._terminal = Terminal(address[:4], int(address[4:]), MASTER)

    async def ask(self, question: Question, use: Callable[[Told], Used]) -> Used:
        """Ask one question, with a new number for each attempt.

        Args:
            question: What is asked.
            use: Makes something of the answer; its ExchangeError counts as no answer.

        Raises:
            ExchangeError: There is no usable answer.
        """
        what, seconds, meter = question.what, question.seconds, question.meter

        async def once(link: TerminalLink) -> Used:
            number = next(self._numbers)
            request = question.build(self._terminal, number)
            await link.ask(request, what)
            taker = _Taker(number, question.asked)
            units, frames = await wait_for_answer(link, taker.take, seconds=seconds, what=what)
            return use(Told(units, [link.exchange(frame, request, meter) for frame in frames]))

        return await self._reach.ask(once, what)


def unsupported(what: str) -> ExchangeError:
    """A want that this protocol has no question for."""
    return ExchangeError(what, reason="unsupported", may_retry=False)


class _Taker:
    """Puts the answer to one question together, which may come in several frames (FIR, FIN).

    Whether numbers count on within an answer (RSEQ) is done differently [M]: both are taken.
    """

    def __init__(self, number: int, asked: Sequence[tuple[int, DataUnit]]) -> None:
        self._number = number
        self._asked = {(afn, unit.point, unit.function): unit.label for afn, unit in asked}
        self._frames: list[Arrived[Frame]] = []
        self._units: list[DataUnit] = []

    def take(
        self, arrived: Arrived[Frame]
    ) -> tuple[tuple[DataUnit, ...], list[Arrived[Frame]]] | Not:
        frame = arrived.frame
        try:
            units = parse_application(frame).units
        except FrameError:
            return Not.OURS
        if not self._is_due(arrived):
            return Not.OURS
        if frame.afn == ACKNOWLEDGE:
            is_denial = [unit.function for unit in units] == [_ALL_DENIED]
            return ((), [arrived]) if is_denial else Not.OURS
        if not all(self._is_asked(frame.afn, unit) for unit in units):
            return Not.OURS
        self._frames.append(arrived)
        self._units += units
        if not frame.is_final and len(self._frames) < _MOST_FRAMES:
            return Not.WHOLE
        return tuple(self._units), self._frames

    def _is_due(self, arrived: Arrived[Frame]) -> bool:
        frame, count = arrived.frame, len(self._frames)
        if count and self._frames[-1].octets == arrived.octets:
            return False  # doubled
        numbers = {self._number, (self._number + count) % _NUMBERS}
        return frame.number in numbers and frame.is_first is (count == 0)

    def _is_asked(self, afn: int, unit: DataUnit) -> bool:
        key = afn, unit.point, unit.function
        return key in self._asked and self._asked[key] in {None, unit.label}
