"""What a Q/GDW 1376.1 terminal says unasked: it is kept, then acknowledged."""

from ingest.collection.sessions.stream import Arrived
from ingest.collection.sessions.terminal_link import TerminalLink
from ingest.protocols.decoded import FrameError
from ingest.protocols.gdw1376.application import LINK, parse_application
from ingest.protocols.gdw1376.encoding import Terminal
from ingest.protocols.gdw1376.frame import Frame
from ingest.protocols.gdw1376.requests import acknowledge

_LOGOUT = 2


class Unasked1376:
    """The reader of one connection."""

    def __init__(self, link: TerminalLink) -> None:
        """Read what comes over ``link``."""
        self.link = link

    async def take(self, arrived: Arrived[Frame]) -> None:
        """Sort a frame: answers to the question under way, the rest is kept and acknowledged."""
        frame = arrived.frame
        if not frame.is_uplink or frame.address != self.link.address:
            return  # our own echo, or another terminal's frame
        if not frame.is_initiated:
            if frame.wants_answer:
                await self._acknowledge(frame)
            self.link.put(arrived)
            return
        if frame.afn == LINK:
            await self.link.keep(arrived)
        else:
            await self.link.keep_once(arrived)
        if frame.wants_answer or frame.afn == LINK:
            await self._acknowledge(frame)
        if frame.afn == LINK and _functions(frame) == [_LOGOUT]:
            self.link.drop("the terminal logged out")

    async def _acknowledge(self, frame: Frame) -> None:
        to = Terminal(frame.region, frame.terminal, frame.master)
        await self.link.answer(acknowledge(to, frame.number, afn=frame.afn))


def _functions(frame: Frame) -> list[int]:
    try:
        return [unit.function for unit in parse_application(frame).units]
    except FrameError:
        return []
