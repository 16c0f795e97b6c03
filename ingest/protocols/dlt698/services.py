"""Readers of the bodies of reads, writes and reports (GET, SET, ACTION, REPORT)."""

from ingest.protocols.dlt698.data import read_data
from ingest.protocols.dlt698.messages import (
    Block,
    Digest,
    NextRequest,
    Oads,
    RecordRequests,
    Records,
    Results,
    TransReport,
    Write,
    Writes,
    Written,
    Writtens,
)
from ingest.protocols.dlt698.parts import (
    read_record,
    read_record_request,
    read_records,
    read_result,
    read_results,
    unknown_choice,
)
from ingest.protocols.dlt698.reading import (
    read_flag,
    read_many,
    read_oad,
    read_octets,
    read_u8,
    read_u16,
)


def one_oad(octets: bytes, at: int) -> tuple[Oads, int]:
    """One attribute."""
    oad, at = read_oad(octets, at)
    return Oads((oad,)), at


def oads(octets: bytes, at: int) -> tuple[Oads, int]:
    """Several attributes."""
    listed, at = read_many(octets, at, read_oad, 4)
    return Oads(listed), at


def one_record_request(octets: bytes, at: int) -> tuple[RecordRequests, int]:
    """One table."""
    request, at = read_record_request(octets, at)
    return RecordRequests((request,)), at


def record_requests(octets: bytes, at: int) -> tuple[RecordRequests, int]:
    """Several tables."""
    requests, at = read_many(octets, at, read_record_request, 6)
    return RecordRequests(requests), at


def one_result(octets: bytes, at: int) -> tuple[Results, int]:
    """One result."""
    result, at = read_result(octets, at)
    return Results((result,)), at


def one_record(octets: bytes, at: int) -> tuple[Records, int]:
    """One record."""
    record, at = read_record(octets, at)
    return Records((record,)), at


def next_request(octets: bytes, at: int) -> tuple[NextRequest, int]:
    """The block that has come."""
    block, at = read_u16(octets, at)
    return NextRequest(block), at


def block(octets: bytes, at: int) -> tuple[Block, int]:
    """A block of a long answer."""
    is_last, at = read_flag(octets, at)
    number, at = read_u16(octets, at)
    choice, at = read_u8(octets, at)
    if choice == 0:
        return Block(is_last, number, None, octets[at]), at + 1
    if choice == 1:
        results, at = read_results(octets, at)
        return Block(is_last, number, results), at
    if choice == 2:
        records, at = read_records(octets, at)
        return Block(is_last, number, records), at
    raise unknown_choice(octets, at - 1, "00 (broken off), 01 (results) or 02 (records)")


def digest(octets: bytes, at: int) -> tuple[Digest, int]:
    """MD5 of an attribute."""
    oad, at = read_oad(octets, at)
    is_there, at = read_flag(octets, at)
    if not is_there:
        return Digest(oad, None, octets[at]), at + 1
    value, at = read_octets(octets, at)
    return Digest(oad, value), at


def _write(octets: bytes, at: int) -> tuple[Write, int]:
    target, at = read_oad(octets, at)
    data, at = read_data(octets, at)
    return Write(target, data), at


def _write_then_read(octets: bytes, at: int) -> tuple[Write, int]:
    write, at = _write(octets, at)
    oad, at = read_oad(octets, at)
    delay, at = read_u8(octets, at)
    return write._replace(read=oad, delay=delay), at


def one_write(octets: bytes, at: int) -> tuple[Writes, int]:
    """One SET or ACTION."""
    write, at = _write(octets, at)
    return Writes((write,)), at


def writes(octets: bytes, at: int) -> tuple[Writes, int]:
    """Several."""
    listed, at = read_many(octets, at, _write, 5)
    return Writes(listed), at


def writes_then_reads(octets: bytes, at: int) -> tuple[Writes, int]:
    """Several, with what to read afterwards."""
    listed, at = read_many(octets, at, _write_then_read, 10)
    return Writes(listed), at


def _set(octets: bytes, at: int) -> tuple[Written, int]:
    target, at = read_oad(octets, at)
    dar, at = read_u8(octets, at)
    return Written(target, dar), at


def _acted(octets: bytes, at: int) -> tuple[Written, int]:
    written, at = _set(octets, at)
    has_data, at = read_flag(octets, at)
    if not has_data:
        return written, at
    data, at = read_data(octets, at)
    return written._replace(data=data), at


def one_set(octets: bytes, at: int) -> tuple[Writtens, int]:
    """How a SET went."""
    written, at = _set(octets, at)
    return Writtens((written,)), at


def sets(octets: bytes, at: int) -> tuple[Writtens, int]:
    """How several SETs went."""
    listed, at = read_many(octets, at, _set, 5)
    return Writtens(listed), at


def sets_then_reads(octets: bytes, at: int) -> tuple[Writtens, int]:
    """How several SETs went, and what was read afterwards."""

    def both(octets: bytes, at: int) -> tuple[Written, int]:
        written, at = _set(octets, at)
        read, at = read_result(octets, at)
        return written._replace(read=read), at

    listed, at = read_many(octets, at, both, 11)
    return Writtens(listed), at


def one_action(octets: bytes, at: int) -> tuple[Writtens, int]:
    """How an ACTION went."""
    written, at = _acted(octets, at)
    return Writtens((written,)), at


def actions(octets: bytes, at: int) -> tuple[Writtens, int]:
    """How several ACTIONs went."""
    listed, at = read_many(octets, at, _acted, 6)
    return Writtens(listed), at


def actions_then_reads(octets: bytes, at: int) -> tuple[Writtens, int]:
    """How several ACTIONs went, and what was read afterwards."""

    def both(octets: bytes, at: int) -> tuple[Written, int]:
        written, at = _acted(octets, at)
        read, at = read_result(octets, at)
        return written._replace(read=read), at

    listed, at = read_many(octets, at, both, 12)
    return Writtens(listed), at


def trans_report(octets: bytes, at: int) -> tuple[TransReport, int]:
    """A port and pieces of octets.

    A count stands before the pieces: the one report seen reads to its end only so.
    """
    port, at = read_oad(octets, at)
    pieces, at = read_many(octets, at, read_octets)
    return TransReport(port, pieces), at
