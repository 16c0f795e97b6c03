"""All that this workbench can say to meters and terminals: every function gives one APDU.

There is none for SET and ACTION, and ``request_frame`` passes reads only.
"""

from collections.abc import Iterable
from datetime import datetime

from ingest.protocols.dlt698.bodies import write_record_request, write_time_tag
from ingest.protocols.dlt698.fragments import acknowledgement
from ingest.protocols.dlt698.link import BY_CLIENT, USER_DATA, LinkFrame, encode_frame
from ingest.protocols.dlt698.messages import (
    Apdu,
    ProxyCommand,
    ProxyGetList,
    ProxyGetRecord,
    RecordRequest,
    Records,
    Results,
    TimeTag,
    TransReport,
)
from ingest.protocols.dlt698.moments import DateTime, DateTimeS
from ingest.protocols.dlt698.read_only import require_read
from ingest.protocols.dlt698.session_messages import ConnectRequest, LinkResponse
from ingest.protocols.dlt698.sessions import ASSOCIATION
from ingest.protocols.dlt698.values import NULL, Data, SelectRange, Tag, Ti
from ingest.protocols.dlt698.writing import (
    pack,
    write_date_time,
    write_many,
    write_oad,
    write_octets,
)

FREEZE_TIME = "20210200"


def request_frame(
    apdu: bytes, address: str, *, control: int = BY_CLIENT | USER_DATA, **parts: int
) -> bytes:
    """The link frame that carries ``apdu``, if it only reads.

    Args:
        apdu: From a function of this module.
        address: Digits of the server; wildcards and groups by ``address_kind``.
        control: 43 for a request; 01 for an answer to LINK, 03 to a report.
        parts: ``client``, ``address_kind`` and ``logical`` of ``LinkFrame``.

    Raises:
        ValueError: The APDU could write.
    """
    require_read(apdu)
    return encode_frame(LinkFrame(control, address, parts.pop("client", 0), apdu, **parts))


def acknowledge_fragment(received: LinkFrame) -> bytes:
    """The link frame that has the sender of a fragment send the next; it carries no message."""
    return encode_frame(acknowledgement(received))


def link_answer(piid: int, answer: LinkResponse) -> bytes:
    """The answer to a terminal's login, heartbeat or logout."""
    moments = (answer.requested, answer.received, answer.sent)
    return pack(">BBB", 0x81, piid, answer.result) + b"".join(map(write_date_time, moments))


def get(oad: str, piid: int = 0, tag: TimeTag | None = None) -> bytes:
    """Read one attribute."""
    return _head(0x0501, piid) + write_oad(oad) + write_time_tag(tag)


def get_list(oads: Iterable[str], piid: int = 0, tag: TimeTag | None = None) -> bytes:
    """Read several attributes."""
    return _head(0x0502, piid) + write_many(map(write_oad, oads)) + write_time_tag(tag)


def get_record(request: RecordRequest, piid: int = 0, tag: TimeTag | None = None) -> bytes:
    """Read rows of one table."""
    return _head(0x0503, piid) + write_record_request(request) + write_time_tag(tag)


def get_record_list(
    requests: Iterable[RecordRequest], piid: int = 0, tag: TimeTag | None = None
) -> bytes:
    """Read rows of several tables."""
    tables = write_many(map(write_record_request, requests))
    return _head(0x0504, piid) + tables + write_time_tag(tag)


def get_next(received_block: int, piid: int = 0, tag: TimeTag | None = None) -> bytes:
    """Read the block after ``received_block`` of a long answer."""
    return _head(0x0505, piid) + pack(">H", received_block) + write_time_tag(tag)


def get_md5(oad: str, piid: int = 0, tag: TimeTag | None = None) -> bytes:
    """Read the digest of one attribute."""
    return _head(0x0506, piid) + write_oad(oad) + write_time_tag(tag)


def acknowledge_report(notification: Apdu) -> bytes:
    """The acknowledgement of a REPORT, which the terminal else repeats.

    Raises:
        ValueError: ``notification`` is no report.
    """
    piid = 0 if notification.piid is None else notification.piid & 0xBF  # ACD is the server's
    match notification.body:
        case Results(results) if notification.service == "REPORT-Notification-List":
            oads = [result.oad for result in results]
            return _head(0x0801, piid) + write_many(map(write_oad, oads)) + b"\x00"
        case Records(records) if notification.service == "REPORT-Notification-RecordList":
            oads = [record.oad for record in records]
            return _head(0x0802, piid) + write_many(map(write_oad, oads)) + b"\x00"
        case TransReport():
            return _head(0x0803, piid) + b"\x00"
    raise ValueError(f"{notification.service} is not acknowledged; expected a report")


def proxy_get_list(request: ProxyGetList, piid: int = 0, tag: TimeTag | None = None) -> bytes:
    """Have a terminal read attributes of the meters behind it."""
    targets = write_many(
        write_octets(target.address)
        + pack(">H", target.timeout_seconds)
        + write_many(map(write_oad, target.oads))
        for target in request.targets
    )
    timeout = pack(">H", request.timeout_seconds)
    return _head(0x0901, piid) + timeout + targets + write_time_tag(tag)


def proxy_get_record(request: ProxyGetRecord, piid: int = 0, tag: TimeTag | None = None) -> bytes:
    """Have a terminal read a table of a meter behind it."""
    target = pack(">H", request.timeout_seconds) + write_octets(request.address)
    table = write_record_request(request.request)
    return _head(0x0902, piid) + target + table + write_time_tag(tag)


def proxy_command(command: ProxyCommand, piid: int = 0, tag: TimeTag | None = None) -> bytes:
    """Have a terminal send a DL/T 645 frame that reads out of a port.

    Raises:
        ValueError: The octets are no such frame.
    """
    line = pack(">5BHH", *command.line, command.answer_timeout_seconds, command.byte_timeout_ms)
    port = write_oad(command.port) + line
    apdu = _head(0x0907, piid) + port + write_octets(command.octets) + write_time_tag(tag)
    require_read(apdu)
    return apdu


def with_random(apdu: bytes, random: bytes) -> bytes:
    """``apdu`` plain, and a random number for the meter to make its code with.

    Args:
        apdu: From a function of this module.
        random: Fresh for every request (16 octets by custom): an old answer cannot be replayed.

    Raises:
        ValueError: The APDU could write.
    """
    protected = b"\x10\x00" + write_octets(apdu) + b"\x01" + write_octets(random)
    require_read(protected)
    return protected


def in_kind(apdu: bytes) -> bytes:
    """``apdu`` as the answer to what a terminal protected, without a code for it.

    Only the crypto machine could make one. For the acknowledgement of a report that came plain with
    a random number and a code.

    Args:
        apdu: From ``acknowledge_report``.

    Raises:
        ValueError: The APDU is no acknowledgement.
    """
    protected = b"\x90\x00" + write_octets(apdu) + b"\x00"
    require_read(protected)
    return protected


def connect(request: ConnectRequest, piid: int = 0, tag: TimeTag | None = None) -> bytes:
    """Open an application association."""
    proposed = pack(ASSOCIATION.format, *request.association)
    proof = pack(">B", request.mechanism) + b"".join(map(write_octets, request.secrets))
    return pack(">BB", 0x02, _checked(piid)) + proposed + proof + write_time_tag(tag)


def release(piid: int = 0, tag: TimeTag | None = None) -> bytes:
    """Close the application association."""
    return pack(">BB", 0x03, _checked(piid)) + write_time_tag(tag)


def rows_between(
    start: datetime, end: datetime, minutes: int | None = None, column: str = FREEZE_TIME
) -> SelectRange:
    """Rows with ``start`` <= freeze time < ``end`` by the meter's clock, one each ``minutes``."""
    step = NULL if minutes is None else Data(Tag.TI, Ti(1, minutes))
    first, last = (Data(Tag.DATE_TIME_S, DateTimeS.of(moment)) for moment in (start, end))
    return SelectRange(column, first, last, step)


def now(moment: datetime) -> DateTime:
    """``moment`` as LINK answers say it; weekdays count from Sunday = 0 [M]."""
    day, clock = moment.timetuple()[:3], moment.timetuple()[3:6]
    return DateTime(*day, moment.isoweekday() % 7, *clock, moment.microsecond // 1000)


def _head(service: int, piid: int) -> bytes:
    return pack(">HB", service, _checked(piid))


def _checked(piid: int) -> int:
    if piid & 0x40 or not 0 <= piid <= 0xFF:
        raise ValueError(f"PIID {piid}: expected 0 to 63, and 128 more for priority")
    return piid
