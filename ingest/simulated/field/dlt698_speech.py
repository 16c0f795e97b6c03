"""How a server of DL/T 698.45 speaks: frames, fragments, blocks, and each of them gone wrong."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ingest.protocols.dlt698 import answers
from ingest.protocols.dlt698.fragments import ACKNOWLEDGEMENT, read_fragment
from ingest.protocols.dlt698.link import LinkFrame
from ingest.protocols.dlt698.messages import (
    Block,
    Body,
    ProxyRecord,
    ProxyResult,
    ProxyResults,
    Record,
    Records,
    Result,
    Results,
)
from ingest.protocols.dlt698.values import NULL, Column, Data, Road, Tag
from ingest.simulated.field.dlt698_values import FREEZE_TIME, METER
from ingest.simulated.field.faults import Answer, Fault

BLOCK_UNAVAILABLE = 9
_MOST_OCTETS = 16_000
"""Of an APDU in one link frame; a frame holds 16,383 with its header."""
_TIMES = ("6040", "6041", "6042")


class Response(NamedTuple):
    """What is to be said.

    Attributes:
        encode: Makes an APDU of a body and a PIID.
        body: As it should be.
        shows: Lasting faults that it makes visible.
        spoilt: Bodies that are wrong in other ways than those that :func:`spoilt_bodies` knows.
    """

    encode: Callable[..., bytes]
    body: Body | Result | Record
    shows: frozenset[Fault] = frozenset()
    spoilt: Mapping[Fault, Callable[[], Body]] = MappingProxyType({})


class Speech:
    """One server's side of a connection: what of a long answer is still to be sent.

    Attributes:
        address: Of the server.
        block_octets: Longer answers to GET come in blocks; None: never.
        fragment_octets: Longer APDUs come in several link frames; None: only if they must.
    """

    def __init__(
        self, address: str, *, block_octets: int | None = None, fragment_octets: int | None = None
    ) -> None:
        """Nothing has been said yet."""
        self.address = address
        self.block_octets, self.fragment_octets = block_octets, fragment_octets
        self._fragments: tuple[bytes, ...] = ()
        self._blocks: list[Block] = []

    def is_meant(self, frame: LinkFrame) -> bool:
        """Whether a frame is for this server: its own address, or only wildcards."""
        digits = frame.address.removesuffix("F")
        return digits == self.address or not digits.strip("A")

    def answer(self, response: Response, piid: int, tag: Callable[[bytes], bytes]) -> Answer:
        """A response as it goes over the line.

        Args:
            response: What to say.
            piid: Of the request.
            tag: Gives back the request's time tag.
        """

        def said(body: Body | Result | Record, number: int = piid) -> bytes:
            return tag(response.encode(body, number & 0xBF))

        apdu = said(response.body)
        blocks = self._in_blocks(response.body, apdu)
        if blocks:
            self._blocks = blocks
            apdu = tag(answers.got_block(blocks[0], piid & 0xBF))
        wrong: dict[Fault, Callable[[], Any]] = {
            **_spoilt_bodies(response.body),
            **response.spoilt,
        }
        spoilt: dict[Fault, Callable[[], tuple[bytes, ...]]] = {
            fault: lambda body=body: self.frames(said(body())) for fault, body in wrong.items()
        }
        spoilt[Fault.MISMATCH] = lambda: self.frames(_foreign(response.body, piid, said))
        spoilt[Fault.FRAGMENTED] = lambda: self.frames(apdu, size=max(len(apdu) // 3, 1))
        return Answer(self.frames(apdu), spoilt, response.shows)

    def frames(
        self, apdu: bytes, control: int = answers.ANSWER, size: int | None = None
    ) -> tuple[bytes, ...]:
        """The frame of an APDU, or the first of several: the next waits to be asked for."""
        size = size or self.fragment_octets or _MOST_OCTETS
        if len(apdu) <= size:
            self._fragments = ()
            return (answers.answer_frame(apdu, self.address, control=control),)
        self._fragments = answers.answer_fragments(apdu, self.address, size, control=control)
        return self._fragments[:1]

    def next_fragment(self, frame: LinkFrame) -> Answer | None:
        """What follows the fragment that a frame acknowledges; None: nothing does."""
        acknowledged = read_fragment(frame)
        due = acknowledged.sequence + 1
        if acknowledged.kind != ACKNOWLEDGEMENT or due >= len(self._fragments):
            return None
        return Answer((self._fragments[due],))

    def next_block(self, received: int) -> Response:
        """The block after that with number ``received``; DAR 9 where there is none."""
        if received + 1 < len(self._blocks):
            return Response(_encode_block, self._blocks[received + 1])
        return Response(_encode_block, Block(True, received + 1, None, BLOCK_UNAVAILABLE))  # noqa: FBT003 - is_last

    def _in_blocks(self, body: Body | Result | Record, apdu: bytes) -> list[Block]:
        """The blocks of a long table; none where it is short."""
        if (
            not isinstance(body, Record)
            or self.block_octets is None
            or len(apdu) <= self.block_octets
        ):
            return []
        rows = body.rows or ()
        at_once = max(1, len(rows) * self.block_octets // len(apdu))
        parts = [rows[at : at + at_once] for at in range(0, len(rows), at_once)]
        return [
            Block(number == len(parts) - 1, number, Records((body._replace(rows=part),)))
            for number, part in enumerate(parts)
        ]


def _foreign(body: Body | Result | Record, piid: int, said: Callable[..., bytes]) -> bytes:
    """An answer to another question: of another meter, else with another number."""
    if isinstance(body, ProxyRecord):
        other = bytes((*body.address[:-1], body.address[-1] ^ 1))
        return said(body._replace(address=other), piid)
    return said(body, piid ^ 1)


def _encode_block(body: Block, piid: int) -> bytes:
    return answers.got_block(body, piid)


def _spoilt_bodies(body: Body | Result | Record) -> dict[Fault, Callable[[], Any]]:
    """What a body looks like without its values, and without the times of its rows."""
    found: dict[Fault, Callable[[], Any]] = {}
    if isinstance(body, Result | Results | ProxyResults) or any(one.rows for one in _records(body)):
        found[Fault.NO_VALUES] = lambda: _changed(body, _without_values)
    if any(_has_time(record) for record in _records(body)):
        found[Fault.NULL_TIME] = lambda: _changed(body, _without_times)
    return found


def _records(body: Body | Result | Record) -> tuple[Record, ...]:
    match body:
        case Record():
            return (body,)
        case ProxyRecord():
            return (body.record,)
        case Records(records):
            return records
    return ()


def _changed(
    body: Body | Result | Record, change: Callable[[Column, Data], Data]
) -> Body | Result | Record:
    """A body with each of its cells changed; what it is about stays."""
    match body:
        case Record(_, columns, rows) if rows:
            changed = tuple(
                tuple(change(column, cell) for column, cell in zip(columns, row, strict=True))
                for row in rows
            )
            return body._replace(rows=changed)
        case ProxyRecord():
            record = _changed(body.record, change)
            return body._replace(record=record) if isinstance(record, Record) else body
        case Result(oad, data) if data is not None:
            return Result(oad, change(oad, data))
        case Results(results):
            return Results(tuple(_result(one, change) for one in results))
        case ProxyResults(targets):
            return ProxyResults(
                tuple(
                    ProxyResult(one.address, tuple(_result(each, change) for each in one.results))
                    for one in targets
                )
            )
    return body


def _result(result: Result, change: Callable[[Column, Data], Data]) -> Result:
    data = None if result.data is None else change(result.oad, result.data)
    return Result(result.oad, data, result.dar)


def _has_time(record: Record) -> bool:
    named = [
        oad
        for column in record.columns
        for oad in (column.columns if isinstance(column, Road) else (column,))
    ]
    return bool(record.rows) and FREEZE_TIME in named


def _without_times(column: Column, data: Data) -> Data:
    return _each(column, data, lambda oad: oad == FREEZE_TIME)


def _without_values(column: Column, data: Data) -> Data:
    return _each(
        column, data, lambda oad: oad not in (FREEZE_TIME, METER) and oad[:4] not in _TIMES
    )


def _each(column: Column, data: Data, is_lost: Callable[[str], bool]) -> Data:
    if not isinstance(column, Road):
        return NULL if is_lost(column) else data
    if not isinstance(data.value, tuple):
        return data
    parts = tuple(
        NULL if is_lost(oad) else part for oad, part in zip(column.columns, data.value, strict=True)
    )
    return Data(Tag.STRUCTURE, parts)  # type: ignore[arg-type]
