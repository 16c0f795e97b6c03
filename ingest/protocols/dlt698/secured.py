"""What is within a message that SECURITY protects, as far as it can be seen without its keys."""

from typing import NamedTuple

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.messages import Apdu
from ingest.protocols.dlt698.session_messages import SecurityRequest, SecurityResponse

_TAGS = (b"\x10", b"\x90")


class Opened(NamedTuple):
    """A message, and what protected it.

    Attributes:
        message: None: it is enciphered, or the wrapper says in a DAR why there is none.
        wrapper: None: it came bare. Its code cannot be checked here.
    """

    message: Apdu | None
    wrapper: SecurityRequest | SecurityResponse | None


def open_message(octets: bytes) -> Opened:
    """The message that ``octets`` are, or that lies plain in the SECURITY message that they are.

    Raises:
        FrameError: They are no message, or what they protect is none or protected once more.
    """
    outer = parse_apdu(octets)
    wrapper = outer.body
    if not isinstance(wrapper, SecurityRequest | SecurityResponse):
        return Opened(outer, None)
    if wrapper.is_cipher or wrapper.content is None:
        return Opened(None, wrapper)
    if wrapper.content[:1] in _TAGS:
        raise FrameError("a protected message within a protected message; expected a bare one", 0)
    return Opened(parse_apdu(wrapper.content), wrapper)
