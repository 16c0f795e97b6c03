"""What may be sent to a meter: reads, and nothing that could change it or switch anything."""

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.messages import ProxyCommand
from ingest.protocols.dlt698.session_messages import SecurityRequest, SecurityResponse

READS = frozenset(
    {
        "LINK-Response",
        "CONNECT-Request",
        "RELEASE-Request",
        "GET-Request-Normal",
        "GET-Request-NormalList",
        "GET-Request-Record",
        "GET-Request-RecordList",
        "GET-Request-Next",
        "GET-Request-MD5",
        "REPORT-Response-List",
        "REPORT-Response-RecordList",
        "REPORT-Response-TransData",
        "PROXY-Request-GetList",
        "PROXY-Request-GetRecord",
    }
)
"""Services that read, answer or open a session; three more may carry one of these."""

_ACKNOWLEDGEMENT = b"\x08"
"""REPORT-Response: all that is said in answer to a terminal that protects what it says."""

_DLT645_READS = {0x11: frozenset({4, 5, 10}), 0x12: frozenset({5}), 0x13: frozenset({0})}
"""DL/T 645 control bytes (read data, what follows, the address) and their lengths of data.

None is long enough to hide a second frame that a meter out of step could take for its own.
"""


def require_read(apdu: bytes) -> None:
    """Pass an APDU that only reads.

    Raises:
        ValueError: It is a SET, an ACTION, a proxied one of them, a proxied frame that is no
            DL/T 645 read, enciphered (nobody could tell), or no APDU at all.
    """
    try:
        message = parse_apdu(apdu)
    except FrameError as error:
        raise ValueError(f"{apdu.hex().upper()} is not sent: it is no message ({error})") from None
    body = message.body
    if isinstance(body, ProxyCommand):
        if not is_dlt645_read(body.octets):
            raise ValueError(
                f"{body.octets.hex().upper()} is not sent: expected a DL/T 645 frame that reads"
            )
    elif isinstance(body, SecurityRequest):
        if body.is_cipher:
            raise ValueError("an enciphered request is not sent: it could be a write")
        if body.content[:1] == apdu[:1]:
            raise ValueError("a protected request within a protected request is not sent")
        require_read(body.content)
    elif isinstance(body, SecurityResponse):
        if body.is_cipher or body.content is None or body.content[:1] != _ACKNOWLEDGEMENT:
            raise ValueError("a protected answer that acknowledges no report is not sent")
        require_read(body.content)
    elif message.service not in READS:
        raise ValueError(f"{message.service} is not sent: this workbench only reads")


def is_dlt645_read(octets: bytes) -> bool:
    """Whether this is exactly one whole DL/T 645-2007 frame that reads, FE before it or not."""
    frame = octets.lstrip(b"\xfe")
    if len(frame) < 12 or frame[0] != 0x68 or frame[7] != 0x68 or frame[-1] != 0x16:
        return False
    is_whole = len(frame) == frame[9] + 12 and sum(frame[:-2]) & 0xFF == frame[-2]
    return is_whole and frame[9] in _DLT645_READS.get(frame[8], ())
