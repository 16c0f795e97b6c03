"""What application messages (APDUs) say: one named tuple for each kind of body."""

from typing import NamedTuple, TypeAlias

from ingest.protocols.dlt698.moments import DateTimeS
from ingest.protocols.dlt698.session_messages import SessionBody
from ingest.protocols.dlt698.values import Column, Comdcb, Data, Selector, Ti


class TimeTag(NamedTuple):
    """When the sender sent it, and how long it may take (zero: any time)."""

    sent: DateTimeS
    delay: Ti


class Result(NamedTuple):
    """One attribute read: its value, or in ``dar`` why there is none."""

    oad: str
    data: Data | None
    dar: int | None = None


class RecordRequest(NamedTuple):
    """Which rows and columns of which table; no columns: all that are kept."""

    oad: str
    selector: Selector
    columns: tuple[Column, ...]


class Record(NamedTuple):
    """Rows of a table, or in ``dar`` why there are none; no row at all is an answer too.

    Attributes:
        rows: A cell for each column; that of a ROAD is an array or structure with a value for
            each of its own columns (Annex D.3.3, and a frame of a terminal's event record).
    """

    oad: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Data, ...], ...] | None
    dar: int | None = None


class Oads(NamedTuple):
    """Attributes asked for, or reports acknowledged."""

    oads: tuple[str, ...]


class Results(NamedTuple):
    """Attributes read or reported."""

    results: tuple[Result, ...]


class RecordRequests(NamedTuple):
    """Tables asked for."""

    requests: tuple[RecordRequest, ...]


class Records(NamedTuple):
    """Tables read or reported."""

    records: tuple[Record, ...]


class NextRequest(NamedTuple):
    """The number of the block that has come; the next one is asked for."""

    block: int


class Block(NamedTuple):
    """One block of a long answer: attributes or tables, or in ``dar`` why it broke off."""

    is_last: bool
    number: int
    content: Results | Records | None
    dar: int | None = None


class Digest(NamedTuple):
    """MD5 of an attribute, or in ``dar`` why there is none."""

    oad: str
    digest: bytes | None
    dar: int | None = None


class Write(NamedTuple):
    """A SET or ACTION, decoded only; ``read`` is an attribute to read ``delay`` s afterwards."""

    target: str
    data: Data
    read: str | None = None
    delay: int | None = None


class Writes(NamedTuple):
    """What a SET or ACTION asks for."""

    writes: tuple[Write, ...]


class Written(NamedTuple):
    """How a SET or ACTION went: DAR 0 is done; ``data`` what an ACTION returned."""

    target: str
    dar: int
    data: Data | None = None
    read: Result | None = None


class Writtens(NamedTuple):
    """How each SET or ACTION went."""

    results: tuple[Written, ...]


class TransReport(NamedTuple):
    """Octets that came in at a port of the terminal."""

    port: str
    pieces: tuple[bytes, ...]


class ProxyTarget(NamedTuple):
    """Attributes to read from one meter behind the terminal."""

    address: bytes
    timeout_seconds: int
    oads: tuple[str, ...]


class ProxyGetList(NamedTuple):
    """Reads from several meters."""

    timeout_seconds: int
    targets: tuple[ProxyTarget, ...]


class ProxyGetRecord(NamedTuple):
    """A table of one meter."""

    timeout_seconds: int
    address: bytes
    request: RecordRequest


class ProxyCommand(NamedTuple):
    """Octets for the terminal to send out of a port, and the port's settings.

    Attributes:
        answer_timeout_seconds: How long to wait for the answer.
        byte_timeout_ms: How long a pause ends it [ms by M].
    """

    port: str
    line: Comdcb
    answer_timeout_seconds: int
    byte_timeout_ms: int
    octets: bytes


class ProxyResult(NamedTuple):
    """What was read from one meter."""

    address: bytes
    results: tuple[Result, ...]


class ProxyResults(NamedTuple):
    """What was read from several meters."""

    targets: tuple[ProxyResult, ...]


class ProxyRecord(NamedTuple):
    """A table of one meter."""

    address: bytes
    record: Record


class ProxyAnswer(NamedTuple):
    """Octets that the port received, or in ``dar`` why there are none."""

    port: str
    octets: bytes | None
    dar: int | None = None


class Unparsed(NamedTuple):
    """What the workbench neither sends nor needs: proxied writes."""

    octets: bytes


Body: TypeAlias = (
    Oads | Results | RecordRequests | Records | NextRequest | Block | Digest | Writes | Writtens
    | TransReport | ProxyGetList | ProxyGetRecord | ProxyCommand | ProxyResults | ProxyRecord
    | ProxyAnswer | Unparsed | SessionBody | None
)  # fmt: skip


class Apdu(NamedTuple):
    """One application message.

    Attributes:
        service: Such as ``GET-Response-Normal``.
        piid: Priority (bit 7), events waiting (ACD, bit 6, in answers) and number (bits 5-0);
            None: it has none.
        follow_report: A report that rides on an answer.
    """

    service: str
    piid: int | None
    body: Body
    follow_report: Results | Records | None = None
    time_tag: TimeTag | None = None
