"""One frame or bare message, decoded for people and for the collector's log."""

from collections.abc import Callable, Iterator
from typing import Any

from ingest.protocols.decoded import Decoded, Field, FrameError
from ingest.protocols.dlt698 import messages, session_messages
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.fields import (
    data_fields,
    moment_of,
    record_fields,
    result_fields,
    selector_text,
    value_of,
)
from ingest.protocols.dlt698.fragments import KINDS, read_fragment
from ingest.protocols.dlt698.link import FRAGMENTED, FROM_SERVER, LinkFrame, parse_frame
from ingest.protocols.dlt698.moments import DateTime, DateTimeS
from ingest.protocols.dlt698.objects import Scalers, meaning
from ingest.protocols.dlt698.values import Column, Data, Road, Sid, Tag, meter_digits

PROTOCOL = "DL/T 698.45"


def decode(octets: bytes, scalers: Scalers | None = None) -> Decoded:
    """What one frame says.

    Args:
        octets: Exactly one link frame, FE before it or not.
        scalers: What the meter states of its scalers; else those of the table.

    Raises:
        FrameError: Not one frame, or no message within; the offset is that of ``octets``.
    """
    frame = parse_frame(octets)
    direction = "uplink" if frame.control & FROM_SERVER else "downlink"
    checks = {"HCS": True, "FCS": True}
    address = frame.address.removesuffix("F")
    if frame.control & FRAGMENTED:
        return Decoded(
            PROTOCOL, direction, "fragment", address, tuple(_fragment_fields(frame)), checks
        )
    try:
        decoded = decode_apdu(frame.data, scalers)
    except FrameError as error:
        start = len(octets) - len(frame.data) - 3
        raise FrameError(str(error), start + error.offset) from None
    return decoded._replace(direction=direction, address=address, checksums=checks)


def decode_apdu(apdu: bytes, scalers: Scalers | None = None) -> Decoded:
    """What one bare message says; the direction is the one that its service usually has.

    Raises:
        FrameError: It is no message.
    """
    message = parse_apdu(apdu)
    service = message.service
    is_answer = "-Response" in service or "-Notification" in service
    if service.startswith(("LINK", "REPORT-Response")):
        is_answer = service == "LINK-Request"
    fields = tuple(_message_fields(message, scalers))
    return Decoded(PROTOCOL, "uplink" if is_answer else "downlink", service, None, fields, {})


def _fragment_fields(frame: LinkFrame) -> Iterator[Field]:
    fragment = read_fragment(frame)
    yield Field("fragment", "part of a longer message", KINDS[fragment.kind])
    yield Field("sequence", "number of the part", fragment.sequence)
    yield Field("octets", "part of the message", fragment.part)


def _message_fields(message: messages.Apdu, scalers: Scalers | None) -> Iterator[Field]:
    if message.piid is not None:
        yield Field("PIID", "priority and number of the exchange", message.piid)
        if message.piid & 0x40:
            yield Field("ACD", "events are waiting", value=True)
    yield from _body_fields(message.body, scalers)
    report = message.follow_report
    if report is not None:
        yield from (
            field._replace(identifier=f"report.{field.identifier}")
            for field in _body_fields(report, scalers)
        )
    if message.time_tag is not None:
        sent, delay = message.time_tag
        yield Field("TimeTag", "sent", moment_of(sent))
        yield Field("TimeTag.delay", "may take", value_of(Data(Tag.TI, delay)))


def _body_fields(body: messages.Body, scalers: Scalers | None) -> Iterator[Field]:
    if body is not None:
        yield from _FIELDS.get(type(body), _named)(body, scalers)


def _asked(oad: str, before: str = "") -> Field:
    return Field(before + oad, meaning(oad).name, None)


def _oads(body: messages.Oads, _: Scalers | None) -> Iterator[Field]:
    yield from map(_asked, body.oads)


def _results(body: messages.Results, scalers: Scalers | None) -> Iterator[Field]:
    for result in body.results:
        yield from result_fields(result, scalers)


def _records(body: messages.Records, scalers: Scalers | None) -> Iterator[Field]:
    for record in body.records:
        yield from record_fields(record, scalers)


def _record_request(request: messages.RecordRequest, before: str = "") -> Iterator[Field]:
    yield _asked(request.oad, before)
    table = before + request.oad
    yield Field(f"{table}.RSD", "rows asked for", selector_text(request.selector))
    for column in request.columns:
        yield from _column(column, f"{table}.")


def _column(column: Column, before: str) -> Iterator[Field]:
    if isinstance(column, Road):
        for oad in column.columns:
            yield _asked(oad, f"{before}{column.oad}.")
    else:
        yield _asked(column, before)


def _record_requests(body: messages.RecordRequests, _: Scalers | None) -> Iterator[Field]:
    for request in body.requests:
        yield from _record_request(request)


def _next(body: messages.NextRequest, _: Scalers | None) -> Iterator[Field]:
    yield Field("block", "last block received", body.block)


def _block(body: messages.Block, scalers: Scalers | None) -> Iterator[Field]:
    yield Field("block", "number of the block", body.number)
    yield Field("last", "no block follows", body.is_last)
    if body.content is None:
        yield Field("DAR", "why it broke off", body.dar)
    yield from _body_fields(body.content, scalers)


def _digest(body: messages.Digest, _: Scalers | None) -> Iterator[Field]:
    yield Field(body.oad, f"{meaning(body.oad).name}, MD5", body.digest)
    if body.digest is None:
        yield Field(f"{body.oad}.DAR", "why there is none", body.dar)


def _writes(body: messages.Writes, scalers: Scalers | None) -> Iterator[Field]:
    for write in body.writes:
        yield from data_fields(write.target, write.data, scalers)
        if write.read is not None:
            yield _asked(write.read)
            yield Field(f"{write.read}.delay", "read after", write.delay, "s")


def _writtens(body: messages.Writtens, scalers: Scalers | None) -> Iterator[Field]:
    for written in body.results:
        yield Field(f"{written.target}.DAR", meaning(written.target).name, written.dar)
        if written.data is not None:
            yield from data_fields(written.target, written.data, scalers)
        if written.read is not None:
            yield from result_fields(written.read, scalers)


def _trans_report(body: messages.TransReport, _: Scalers | None) -> Iterator[Field]:
    for number, piece in enumerate(body.pieces, 1):
        yield Field(f"{body.port}.{number}", f"{meaning(body.port).name}: received", piece)


def _proxy_get_list(body: messages.ProxyGetList, _: Scalers | None) -> Iterator[Field]:
    yield Field("timeout", "for all meters", body.timeout_seconds, "s")
    for target in body.targets:
        digits = meter_digits(target.address)
        yield Field(f"{digits}.timeout", "for this meter", target.timeout_seconds, "s")
        for oad in target.oads:
            yield _asked(oad, f"{digits}.")


def _proxy_get_record(body: messages.ProxyGetRecord, _: Scalers | None) -> Iterator[Field]:
    yield Field("timeout", "for the meter", body.timeout_seconds, "s")
    yield from _record_request(body.request, f"{meter_digits(body.address)}.")


def _proxy_command(body: messages.ProxyCommand, _: Scalers | None) -> Iterator[Field]:
    port = body.port
    yield Field(port, f"{meaning(port).name}: to be sent", body.octets)
    yield Field(f"{port}.line", "port settings", value_of(Data(Tag.COMDCB, body.line)))
    yield Field(f"{port}.timeout", "for the answer", body.answer_timeout_seconds, "s")
    yield Field(f"{port}.pause", "that ends the answer", body.byte_timeout_ms, "ms")


def _proxy_results(body: messages.ProxyResults, scalers: Scalers | None) -> Iterator[Field]:
    for target in body.targets:
        for result in target.results:
            yield from result_fields(result, scalers, f"{meter_digits(target.address)}.")


def _proxy_record(body: messages.ProxyRecord, scalers: Scalers | None) -> Iterator[Field]:
    yield from record_fields(body.record, scalers, f"{meter_digits(body.address)}.")


def _proxy_answer(body: messages.ProxyAnswer, _: Scalers | None) -> Iterator[Field]:
    yield Field(body.port, f"{meaning(body.port).name}: received", body.octets)
    if body.octets is None:
        yield Field(f"{body.port}.DAR", "why there is none", body.dar)


def _security_request(
    body: session_messages.SecurityRequest, scalers: Scalers | None
) -> Iterator[Field]:
    yield from _content(body.content, is_cipher=body.is_cipher, scalers=scalers)
    yield from _proof(body.verification)


def _security_response(
    body: session_messages.SecurityResponse, scalers: Scalers | None
) -> Iterator[Field]:
    if body.content is None:
        yield Field("DAR", "why there is no answer", body.dar)
    else:
        yield from _content(body.content, is_cipher=body.is_cipher, scalers=scalers)
    if body.verification is not None:
        yield from _proof(body.verification)
        yield Field("MAC.verified", "checked by the crypto machine", body.mac_verified)


def _content(octets: bytes, *, is_cipher: bool, scalers: Scalers | None) -> Iterator[Field]:
    """The protected message; one within another is not opened, so hostile nesting ends here."""
    yield Field("content", "enciphered message" if is_cipher else "message", octets)
    if is_cipher or octets[:1] in {b"\x10", b"\x90"}:
        return
    try:
        inner = parse_apdu(octets)
    except FrameError:
        return
    yield Field("service", "service of the message", inner.service)
    yield from _message_fields(inner, scalers)


def _proof(proof: session_messages.Proof | bytes) -> Iterator[Field]:
    if isinstance(proof, bytes):
        yield Field("MAC", "message authentication code", proof)
        return
    for name, value in proof._asdict().items():
        if isinstance(value, Sid):
            yield from _proof(value)
        elif isinstance(value, (int, bytes)):
            yield Field(_PROOF_NAMES.get(name, name), name.replace("_", " "), value)


_PROOF_NAMES = {"mac": "MAC", "random": "RN", "identifier": "SID", "attached": "SID.attached"}


def _named(body: Any, _: Scalers | None) -> Iterator[Field]:  # noqa: ANN401 - any body
    """The parts of a message of the session, by their own names."""
    for name, value in body._asdict().items():
        words = name.replace("_", " ")
        if isinstance(value, session_messages.Association):
            yield from _named(value, None)
        elif name == "secrets":
            for number, secret in enumerate(value, 1):
                yield Field(f"secret.{number}", "proof of identity", secret)
        elif isinstance(value, (DateTime, DateTimeS)):
            yield Field(name, words, moment_of(value))
        else:
            yield Field(name, words, value, "s" if name.endswith("_seconds") else "")


def _unparsed(body: messages.Unparsed, _: Scalers | None) -> Iterator[Field]:
    yield Field("octets", "not decoded further", body.octets)


_FIELDS: dict[type, Callable[[Any, Scalers | None], Iterator[Field]]] = {
    messages.Oads: _oads,
    messages.Results: _results,
    messages.RecordRequests: _record_requests,
    messages.Records: _records,
    messages.NextRequest: _next,
    messages.Block: _block,
    messages.Digest: _digest,
    messages.Writes: _writes,
    messages.Writtens: _writtens,
    messages.TransReport: _trans_report,
    messages.ProxyGetList: _proxy_get_list,
    messages.ProxyGetRecord: _proxy_get_record,
    messages.ProxyCommand: _proxy_command,
    messages.ProxyResults: _proxy_results,
    messages.ProxyRecord: _proxy_record,
    messages.ProxyAnswer: _proxy_answer,
    messages.Unparsed: _unparsed,
    session_messages.SecurityRequest: _security_request,
    session_messages.SecurityResponse: _security_response,
}
