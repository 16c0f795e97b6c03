"""What the messages say that open, close and protect a session."""

from typing import NamedTuple, TypeAlias

from ingest.protocols.dlt698.moments import DateTime, DateTimeS
from ingest.protocols.dlt698.values import Sid, SidMac


class LinkRequest(NamedTuple):
    """Kind 0 login 登录, 1 heartbeat 心跳, 2 logout; ``heartbeat_seconds`` until the next."""

    kind: int
    heartbeat_seconds: int
    sent: DateTime


class LinkResponse(NamedTuple):
    """The answer, with what drift and delay can be told from: three instants.

    Attributes:
        result: Bit 7: our clock can be trusted; bits 2-0: 0 accepted, 1 address taken, 2 not
            allowed, 3 no room [M but 0].
        requested: The terminal's clock when it sent its request, as it said.
        received: Our clock when the request came.
        sent: Our clock when this answer went.
    """

    result: int
    requested: DateTime
    received: DateTime
    sent: DateTime


class Association(NamedTuple):
    """What both ends can do: masks of services and functions, longest frames and APDUs [octets]."""

    version: int
    protocol: bytes
    functions: bytes
    send_bytes: int
    receive_bytes: int
    window: int
    apdu_bytes: int
    timeout_seconds: int


class ConnectRequest(NamedTuple):
    """Mechanism 0 none, 1 password, 2 symmetric, 3 signature; ``secrets`` as it needs them."""

    association: Association
    mechanism: int
    secrets: tuple[bytes, ...]


class ConnectResponse(NamedTuple):
    """Maker and versions (32 octets), what is agreed, and the result (0: connected)."""

    maker: bytes
    association: Association
    result: int
    secrets: tuple[bytes, ...]


class ReleaseResponse(NamedTuple):
    """0: released."""

    result: int


class ReleaseNotification(NamedTuple):
    """The server let go of a connection: when it began and when it ended."""

    connected: DateTimeS
    released: DateTimeS


class Rn(NamedTuple):
    """A random number that the answer's code must be made with."""

    random: bytes


class RnMac(NamedTuple):
    """A random number and the code of the request."""

    random: bytes
    mac: bytes


Proof: TypeAlias = Rn | RnMac | Sid | SidMac
Code: TypeAlias = bytes | SidMac | None


class SecurityRequest(NamedTuple):
    """An APDU within, plain or enciphered, and what proves it."""

    is_cipher: bool
    content: bytes
    verification: Proof


class SecurityResponse(NamedTuple):
    """An APDU within, plain or enciphered, or in ``dar`` why there is none.

    Attributes:
        verification: Its code, if one came.
        mac_verified: None: only the crypto machine (ESAM) could check the code, and it did not.
    """

    is_cipher: bool
    content: bytes | None
    dar: int | None
    verification: Code
    mac_verified: None = None


class ErrorMessage(NamedTuple):
    """The other end could not make sense: 1 APDU not understood, 2 service not offered [M]."""

    reason: int


SessionBody: TypeAlias = (
    LinkRequest | LinkResponse | ConnectRequest | ConnectResponse | ReleaseResponse
    | ReleaseNotification | SecurityRequest | SecurityResponse | ErrorMessage
)  # fmt: skip
