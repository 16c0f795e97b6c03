"""What meters and terminals say: for the simulated field and for tests, never to a meter."""

from collections.abc import Iterable

from ingest.protocols.dlt698.bodies import (
    write_follow_report,
    write_record,
    write_result,
    write_time_tag,
)
from ingest.protocols.dlt698.fragments import fragment
from ingest.protocols.dlt698.link import (
    BY_CLIENT,
    FRAGMENTED,
    FROM_SERVER,
    LINK_MANAGEMENT,
    USER_DATA,
    LinkFrame,
    encode_frame,
)
from ingest.protocols.dlt698.messages import (
    Apdu,
    Block,
    Digest,
    ProxyAnswer,
    ProxyRecord,
    ProxyResults,
    Record,
    Records,
    Result,
    Results,
    TransReport,
)
from ingest.protocols.dlt698.moments import DateTimeS
from ingest.protocols.dlt698.session_messages import ConnectResponse, LinkRequest
from ingest.protocols.dlt698.sessions import ASSOCIATION, MAKER_OCTETS
from ingest.protocols.dlt698.writing import (
    pack,
    write_date_time,
    write_date_time_s,
    write_many,
    write_oad,
    write_octets,
)

ANSWER = FROM_SERVER | BY_CLIENT | USER_DATA
LINK = FROM_SERVER | LINK_MANAGEMENT
REPORT = FROM_SERVER | USER_DATA


def answer_frame(apdu: bytes, address: str, client: int = 0, control: int = ANSWER) -> bytes:
    """The link frame of an answer (``ANSWER``), login (``LINK``) or report (``REPORT``)."""
    return encode_frame(LinkFrame(control, address, client, apdu))


def answer_fragments(
    apdu: bytes, address: str, size: int, client: int = 0, control: int = ANSWER
) -> tuple[bytes, ...]:
    """The link frames of a long answer, ``size`` octets of it in each."""
    frame = LinkFrame(control | FRAGMENTED, address, client, b"")
    return tuple(encode_frame(frame._replace(data=data)) for data in fragment(apdu, size))


def link_request(piid: int, request: LinkRequest) -> bytes:
    """A terminal's login, heartbeat or logout."""
    head = pack(">BBBH", 0x01, piid, request.kind, request.heartbeat_seconds)
    return head + write_date_time(request.sent)


def got(result: Result, piid: int = 0, report: Results | Records | None = None) -> bytes:
    """GET-Response-Normal."""
    return pack(">HB", 0x8501, piid) + write_result(result) + write_follow_report(report) + b"\x00"


def got_list(results: Iterable[Result], piid: int = 0) -> bytes:
    """GET-Response-NormalList."""
    return pack(">HB", 0x8502, piid) + write_many(map(write_result, results)) + b"\x00\x00"


def got_record(record: Record, piid: int = 0) -> bytes:
    """GET-Response-Record."""
    return pack(">HB", 0x8503, piid) + write_record(record) + b"\x00\x00"


def got_record_list(records: Iterable[Record], piid: int = 0) -> bytes:
    """GET-Response-RecordList."""
    return pack(">HB", 0x8504, piid) + write_many(map(write_record, records)) + b"\x00\x00"


def got_block(block: Block, piid: int = 0) -> bytes:
    """GET-Response-Next."""
    head = pack(">HB?H", 0x8505, piid, block.is_last, block.number)
    match block.content:
        case Results(results):
            content = b"\x01" + write_many(map(write_result, results))
        case Records(records):
            content = b"\x02" + write_many(map(write_record, records))
        case None:
            content = b"\x00" + pack(">B", block.dar or 0)
    return head + content + b"\x00\x00"


def got_md5(digest: Digest, piid: int = 0) -> bytes:
    """GET-Response-MD5."""
    if digest.digest is None:
        content = b"\x00" + pack(">B", digest.dar or 0)
    else:
        content = b"\x01" + write_octets(digest.digest)
    return pack(">HB", 0x8506, piid) + write_oad(digest.oad) + content + b"\x00\x00"


def report_list(results: Iterable[Result], piid: int = 0) -> bytes:
    """REPORT-Notification-List."""
    return pack(">HB", 0x8801, piid) + write_many(map(write_result, results)) + b"\x00\x00"


def report_record_list(records: Iterable[Record], piid: int = 0) -> bytes:
    """REPORT-Notification-RecordList."""
    return pack(">HB", 0x8802, piid) + write_many(map(write_record, records)) + b"\x00\x00"


def report_trans(report: TransReport, piid: int = 0) -> bytes:
    """REPORT-Notification-TransData."""
    pieces = write_many(map(write_octets, report.pieces))
    return pack(">HB", 0x8803, piid) + write_oad(report.port) + pieces + b"\x00\x00"


def proxied_list(answer: ProxyResults, piid: int = 0) -> bytes:
    """PROXY-Response-GetList."""
    targets = write_many(
        write_octets(target.address) + write_many(map(write_result, target.results))
        for target in answer.targets
    )
    return pack(">HB", 0x8901, piid) + targets + b"\x00\x00"


def proxied_record(answer: ProxyRecord, piid: int = 0) -> bytes:
    """PROXY-Response-GetRecord."""
    target = write_octets(answer.address) + write_record(answer.record)
    return pack(">HB", 0x8902, piid) + target + b"\x00\x00"


def proxied_command(answer: ProxyAnswer, piid: int = 0) -> bytes:
    """PROXY-Response-TransCommand."""
    if answer.octets is None:
        content = b"\x00" + pack(">B", answer.dar or 0)
    else:
        content = b"\x01" + write_octets(answer.octets)
    return pack(">HB", 0x8907, piid) + write_oad(answer.port) + content + b"\x00\x00"


def secured(apdu: bytes, mac: bytes | None) -> bytes:
    """SECURITY-Response: ``apdu`` plain, with a code or without."""
    code = b"\x00" if mac is None else b"\x01\x00" + write_octets(mac)
    return b"\x90\x00" + write_octets(apdu) + code


def secured_report(apdu: bytes, random: bytes, mac: bytes) -> bytes:
    """SECURITY-Request of a terminal: its report plain, with a random number and a code [M]."""
    proof = b"\x02" + write_octets(random) + write_octets(mac)
    return b"\x10\x00" + write_octets(apdu) + proof


def enciphered(octets: bytes, mac: bytes) -> bytes:
    """SECURITY-Response of which the crypto machine alone can tell what it says."""
    return b"\x90\x01" + write_octets(octets) + b"\x01\x00" + write_octets(mac)


def refused(dar: int) -> bytes:
    """SECURITY-Response that says why there is none."""
    return b"\x90\x02" + pack(">B", dar) + b"\x00"


def connected(answer: ConnectResponse, piid: int = 0) -> bytes:
    """CONNECT-Response."""
    if len(answer.maker) != MAKER_OCTETS:
        raise ValueError(f"maker of {len(answer.maker)} octets; expected {MAKER_OCTETS}")
    agreed = pack(ASSOCIATION.format, *answer.association) + pack(">B", answer.result)
    secrets = b"\x01" + b"".join(map(write_octets, answer.secrets)) if answer.secrets else b"\x00"
    return pack(">BB", 0x82, piid) + answer.maker + agreed + secrets + b"\x00\x00"


def released(piid: int = 0, result: int = 0) -> bytes:
    """RELEASE-Response."""
    return pack(">BBB", 0x83, piid, result) + b"\x00\x00"


def let_go(connected_at: DateTimeS, released_at: DateTimeS, piid: int = 0) -> bytes:
    """RELEASE-Notification."""
    moments = write_date_time_s(connected_at) + write_date_time_s(released_at)
    return pack(">BB", 0x84, piid) + moments + b"\x00\x00"


def error(reason: int, piid: int = 0) -> bytes:
    """ERROR-Response."""
    return pack(">BBB", 0xEE, piid, reason) + b"\x00\x00"


def tagged(apdu: bytes, request: Apdu) -> bytes:
    """``apdu`` with the time tag of ``request`` given back, as a server must [M]."""
    return apdu[:-1] + write_time_tag(request.time_tag)
