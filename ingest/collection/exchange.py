"""One question and its answer on the wire, as they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Exchange:
    """Bytes that arrived, and what they answer.

    Attributes:
        at: When the last byte of the answer had arrived [UTC].
        source: Where it came from: collector and peer, such as ``east/terminal 000000000003``.
        protocol: ``dlt645``, ``dlt698``, ``gdw1376``, ``mqtt``.
        meter: Communication address of the meter it is about; None: the answer itself says.
        request: The frame that was sent; None: it came unasked.
        answer: The frame as it came, with nothing cut off.
    """

    at: datetime
    source: str
    protocol: str
    meter: str | None
    request: bytes | None
    answer: bytes


class ExchangeError(Exception):
    """A question that got no usable answer.

    Attributes:
        reason: A word for the statistics: ``timeout``, ``disconnected``, ``checksum``, ``refused``,
            ``mismatch``, ``offline``, ``unsupported``, ``enciphered``.
        may_retry: Whether asking again makes sense; where it does not, somebody has to look.
        answer: What came instead, if anything did.
        exchanges: That are to be kept all the same: others may be able to read them.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        may_retry: bool,
        answer: bytes | None = None,
        exchanges: Sequence[Exchange] = (),
    ) -> None:
        """Say what was asked of whom, and what came."""
        super().__init__(message)
        self.reason = reason
        self.may_retry = may_retry
        self.answer = answer
        self.exchanges = tuple(exchanges)
