"""Readers of what opens, closes, protects and passes on (LINK, CONNECT, SECURITY, PROXY, ERROR)."""

import struct

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt698.messages import (
    ProxyAnswer,
    ProxyCommand,
    ProxyGetList,
    ProxyGetRecord,
    ProxyRecord,
    ProxyResult,
    ProxyResults,
    ProxyTarget,
    Unparsed,
)
from ingest.protocols.dlt698.parts import (
    read_record,
    read_record_request,
    read_result,
    unknown_choice,
)
from ingest.protocols.dlt698.reading import (
    read_comdcb,
    read_date_time,
    read_date_time_s,
    read_flag,
    read_many,
    read_oad,
    read_octets,
    read_sid,
    read_sid_mac,
    read_tsa,
    read_u8,
    read_u16,
    take,
)
from ingest.protocols.dlt698.session_messages import (
    Association,
    Code,
    ConnectRequest,
    ConnectResponse,
    ErrorMessage,
    LinkRequest,
    LinkResponse,
    Proof,
    ReleaseNotification,
    ReleaseResponse,
    Rn,
    RnMac,
    SecurityRequest,
    SecurityResponse,
)

ASSOCIATION = struct.Struct(">H8s16sHHBHI")
MAKER_OCTETS = 32
_SECRETS = (0, 1, 2, 2)


def link_request(octets: bytes, at: int) -> tuple[LinkRequest, int]:
    """Login, heartbeat or logout."""
    kind, at = read_u8(octets, at)
    if kind > 2:
        raise unknown_choice(octets, at - 1, "00 (login), 01 (heartbeat) or 02 (logout)")
    heartbeat, at = read_u16(octets, at)
    sent, at = read_date_time(octets, at)
    return LinkRequest(kind, heartbeat, sent), at


def link_response(octets: bytes, at: int) -> tuple[LinkResponse, int]:
    """Result and three instants."""
    result, at = read_u8(octets, at)
    requested, at = read_date_time(octets, at)
    received, at = read_date_time(octets, at)
    sent, at = read_date_time(octets, at)
    return LinkResponse(result, requested, received, sent), at


def _association(octets: bytes, at: int) -> tuple[Association, int]:
    return Association(*ASSOCIATION.unpack_from(octets, at)), at + ASSOCIATION.size


def connect_request(octets: bytes, at: int) -> tuple[ConnectRequest, int]:
    """What is proposed and how the client proves itself."""
    association, at = _association(octets, at)
    mechanism, at = read_u8(octets, at)
    if mechanism >= len(_SECRETS):
        raise unknown_choice(octets, at - 1, "00 to 03, the mechanisms")
    secrets = []
    for _ in range(_SECRETS[mechanism]):
        secret, at = read_octets(octets, at)
        secrets.append(secret)
    return ConnectRequest(association, mechanism, tuple(secrets)), at


def connect_response(octets: bytes, at: int) -> tuple[ConnectResponse, int]:
    """What is agreed; random number and signature, if security was asked for."""
    maker, at = take(octets, at, MAKER_OCTETS)
    association, at = _association(octets, at)
    result, at = read_u8(octets, at)
    has_secrets, at = read_flag(octets, at)
    secrets: tuple[bytes, ...] = ()
    if has_secrets:
        random, at = read_octets(octets, at)
        signature, at = read_octets(octets, at)
        secrets = (random, signature)
    return ConnectResponse(maker, association, result, secrets), at


def release_response(octets: bytes, at: int) -> tuple[ReleaseResponse, int]:
    """The result."""
    result, at = read_u8(octets, at)
    return ReleaseResponse(result), at


def release_notification(octets: bytes, at: int) -> tuple[ReleaseNotification, int]:
    """Begin and end of the connection."""
    connected, at = read_date_time_s(octets, at)
    released, at = read_date_time_s(octets, at)
    return ReleaseNotification(connected, released), at


def error_message(octets: bytes, at: int) -> tuple[ErrorMessage, int]:
    """The reason."""
    reason, at = read_u8(octets, at)
    return ErrorMessage(reason), at


def nothing(_octets: bytes, at: int) -> tuple[None, int]:
    """A message without a body."""
    return None, at


def proxy_get_list(octets: bytes, at: int) -> tuple[ProxyGetList, int]:
    """Reads from several meters."""
    timeout, at = read_u16(octets, at)
    targets, at = read_many(octets, at, _proxy_target, 4)
    return ProxyGetList(timeout, targets), at


def _proxy_target(octets: bytes, at: int) -> tuple[ProxyTarget, int]:
    address, at = read_tsa(octets, at)
    timeout, at = read_u16(octets, at)
    oads, at = read_many(octets, at, read_oad, 4)
    return ProxyTarget(address, timeout, oads), at


def proxy_get_record(octets: bytes, at: int) -> tuple[ProxyGetRecord, int]:
    """A table of one meter."""
    timeout, at = read_u16(octets, at)
    address, at = read_tsa(octets, at)
    request, at = read_record_request(octets, at)
    return ProxyGetRecord(timeout, address, request), at


def proxy_command(octets: bytes, at: int) -> tuple[ProxyCommand, int]:
    """Octets for a port."""
    port, at = read_oad(octets, at)
    line, at = read_comdcb(octets, at)
    answer_timeout, at = read_u16(octets, at)
    byte_timeout, at = read_u16(octets, at)
    inner, at = read_octets(octets, at)
    return ProxyCommand(port, line, answer_timeout, byte_timeout, inner), at


def proxy_results(octets: bytes, at: int) -> tuple[ProxyResults, int]:
    """What several meters said."""
    targets, at = read_many(octets, at, _proxy_result, 2)
    return ProxyResults(targets), at


def _proxy_result(octets: bytes, at: int) -> tuple[ProxyResult, int]:
    address, at = read_tsa(octets, at)
    results, at = read_many(octets, at, read_result, 6)
    return ProxyResult(address, results), at


def proxy_record(octets: bytes, at: int) -> tuple[ProxyRecord, int]:
    """A table of one meter."""
    address, at = read_tsa(octets, at)
    record, at = read_record(octets, at)
    return ProxyRecord(address, record), at


def proxy_answer(octets: bytes, at: int) -> tuple[ProxyAnswer, int]:
    """What the port received."""
    port, at = read_oad(octets, at)
    is_there, at = read_flag(octets, at)
    if not is_there:
        return ProxyAnswer(port, None, octets[at]), at + 1
    inner, at = read_octets(octets, at)
    return ProxyAnswer(port, inner), at


def unparsed(octets: bytes, at: int) -> tuple[Unparsed, int]:
    """All the rest."""
    return Unparsed(octets[at:]), len(octets)


def security_request(octets: bytes, at: int) -> tuple[SecurityRequest, int]:
    """An APDU and what proves it."""
    is_cipher, at = read_flag(octets, at)
    content, at = read_octets(octets, at)
    choice, at = read_u8(octets, at)
    verification: Proof
    if choice == 0:
        verification, at = read_sid_mac(octets, at)
    elif choice in {1, 2}:
        random, at = read_octets(octets, at)
        verification = Rn(random)
        if choice == 2:
            mac, at = read_octets(octets, at)
            verification = RnMac(random, mac)
    elif choice == 3:
        verification, at = read_sid(octets, at)
    else:
        raise unknown_choice(octets, at - 1, "00 to 03, the kinds of proof")
    return SecurityRequest(is_cipher, content, verification), at


def security_response(octets: bytes, at: int) -> tuple[SecurityResponse, int]:
    """An APDU or DAR, and a code."""
    form, at = read_u8(octets, at)
    content, dar = None, None
    if form in {0, 1}:
        content, at = read_octets(octets, at)
    elif form == 2:
        dar, at = read_u8(octets, at)
    else:
        raise FrameError(f"form {form:02X}; expected 00 plain, 01 cipher or 02 error", at - 1)
    has_code, at = read_flag(octets, at)
    verification: Code = None
    if has_code:
        choice, at = read_flag(octets, at)
        verification, at = read_sid_mac(octets, at) if choice else read_octets(octets, at)
    return SecurityResponse(form == 1, content, dar, verification), at
