"""Application messages: octets to ``Apdu``, by service tag and kind."""

import struct
from typing import NamedTuple

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt698 import services, sessions
from ingest.protocols.dlt698.messages import Apdu
from ingest.protocols.dlt698.parts import (
    read_follow_report,
    read_records,
    read_results,
    read_time_tag,
)
from ingest.protocols.dlt698.reading import Reader

_BARE, _REQUEST, _RESPONSE = range(3)
"""What stands behind the body: nothing; a time tag; a report that follows, and a time tag."""


class _Service(NamedTuple):
    name: str
    read_body: Reader
    tail: int


_WITHOUT_KIND = {
    0x01: _Service("LINK-Request", sessions.link_request, _BARE),
    0x81: _Service("LINK-Response", sessions.link_response, _BARE),
    0x02: _Service("CONNECT-Request", sessions.connect_request, _REQUEST),
    0x82: _Service("CONNECT-Response", sessions.connect_response, _RESPONSE),
    0x03: _Service("RELEASE-Request", sessions.nothing, _REQUEST),
    0x83: _Service("RELEASE-Response", sessions.release_response, _RESPONSE),
    0x84: _Service("RELEASE-Notification", sessions.release_notification, _RESPONSE),
    0x6E: _Service("ERROR-Request", sessions.error_message, _REQUEST),
    0xEE: _Service("ERROR-Response", sessions.error_message, _RESPONSE),
}
_SECURITY = {
    0x10: _Service("SECURITY-Request", sessions.security_request, _BARE),
    0x90: _Service("SECURITY-Response", sessions.security_response, _BARE),
}
_WITH_KIND = {
    0x05: (
        "GET-Request",
        _REQUEST,
        {
            1: ("Normal", services.one_oad),
            2: ("NormalList", services.oads),
            3: ("Record", services.one_record_request),
            4: ("RecordList", services.record_requests),
            5: ("Next", services.next_request),
            6: ("MD5", services.one_oad),
        },
    ),
    0x85: (
        "GET-Response",
        _RESPONSE,
        {
            1: ("Normal", services.one_result),
            2: ("NormalList", read_results),
            3: ("Record", services.one_record),
            4: ("RecordList", read_records),
            5: ("Next", services.block),
            6: ("MD5", services.digest),
        },
    ),
    0x06: (
        "SET-Request",
        _REQUEST,
        {
            1: ("Normal", services.one_write),
            2: ("NormalList", services.writes),
            3: ("ThenGet", services.writes_then_reads),
        },
    ),
    0x86: (
        "SET-Response",
        _RESPONSE,
        {
            1: ("Normal", services.one_set),
            2: ("NormalList", services.sets),
            3: ("ThenGet", services.sets_then_reads),
        },
    ),
    0x07: (
        "ACTION-Request",
        _REQUEST,
        {
            1: ("Normal", services.one_write),
            2: ("NormalList", services.writes),
            3: ("ThenGet", services.writes_then_reads),
        },
    ),
    0x87: (
        "ACTION-Response",
        _RESPONSE,
        {
            1: ("Normal", services.one_action),
            2: ("NormalList", services.actions),
            3: ("ThenGet", services.actions_then_reads),
        },
    ),
    0x08: (
        "REPORT-Response",
        _REQUEST,
        {
            1: ("List", services.oads),
            2: ("RecordList", services.oads),
            3: ("TransData", sessions.nothing),
        },
    ),
    0x88: (
        "REPORT-Notification",
        _RESPONSE,
        {
            1: ("List", read_results),
            2: ("RecordList", read_records),
            3: ("TransData", services.trans_report),
        },
    ),
    0x09: (
        "PROXY-Request",
        _REQUEST,
        {
            1: ("GetList", sessions.proxy_get_list),
            2: ("GetRecord", sessions.proxy_get_record),
            7: ("TransCommand", sessions.proxy_command),
        },
    ),
    0x89: (
        "PROXY-Response",
        _RESPONSE,
        {
            1: ("GetList", sessions.proxy_results),
            2: ("GetRecord", sessions.proxy_record),
            7: ("TransCommand", sessions.proxy_answer),
        },
    ),
}
_PROXIED_WRITES = {3: "SetList", 4: "SetThenGetList", 5: "ActionList", 6: "ActionThenGetList"}

_BY_KIND = {
    tag << 8 | kind: _Service(f"{name}-{what}", read, tail)
    for tag, (name, tail, kinds) in _WITH_KIND.items()
    for kind, (what, read) in kinds.items()
} | {
    tag << 8 | kind: _Service(f"{name}-{what}", sessions.unparsed, _BARE)
    for tag, name in ((0x09, "PROXY-Request"), (0x89, "PROXY-Response"))
    for kind, what in _PROXIED_WRITES.items()
}


def parse_apdu(octets: bytes) -> Apdu:
    """The one application message that ``octets`` are.

    Raises:
        FrameError: They end early, go on too long, or are no message known.
    """
    try:
        apdu, end = _read_apdu(octets)
    except (IndexError, struct.error):
        raise FrameError(
            f"the message ends after {len(octets)} octets, within a value; expected more",
            len(octets),
        ) from None
    if end != len(octets):
        raise FrameError(f"{len(octets) - end} octets are left; expected none", end)
    return apdu


def _read_apdu(octets: bytes) -> tuple[Apdu, int]:
    tag = octets[0]
    if tag in _WITH_KIND:
        service = _BY_KIND.get(tag << 8 | octets[1])
        at = 3
    elif tag in _SECURITY:
        service = _SECURITY[tag]
        body, at = service.read_body(octets, 1)
        return Apdu(service.name, None, body), at
    else:
        service = _WITHOUT_KIND.get(tag)
        at = 2
    if service is None:
        raise FrameError(f"{octets[:2].hex().upper()} is no service known", 0)
    name, read_body, tail = service
    piid = octets[at - 1]
    body, at = read_body(octets, at)
    if tail == _BARE:
        return Apdu(name, piid, body), at
    report = None
    if tail == _RESPONSE:
        report, at = read_follow_report(octets, at)
    time_tag, at = read_time_tag(octets, at)
    return Apdu(name, piid, body, report, time_tag), at
