"""A terminal (集中器) that speaks DL/T 698.45: logs in, answers, has meters asked, reports."""

from datetime import datetime

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt645.frame import parse_frame as parse_645
from ingest.protocols.dlt698 import answers
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.link import (
    FRAGMENTED,
    FROM_SERVER,
    FUNCTION,
    LINK_MANAGEMENT,
    LinkFrame,
    find_frames,
)
from ingest.protocols.dlt698.messages import (
    Apdu,
    NextRequest,
    Oads,
    ProxyAnswer,
    ProxyCommand,
    ProxyGetList,
    ProxyGetRecord,
    ProxyRecord,
    ProxyResult,
    ProxyResults,
    Record,
    RecordRequests,
    Records,
    Result,
    Results,
)
from ingest.protocols.dlt698.requests import now as link_moment
from ingest.protocols.dlt698.session_messages import (
    ErrorMessage,
    LinkRequest,
    LinkResponse,
)
from ingest.protocols.dlt698.tasks import (
    TASK_PLANS,
    TASK_RUNS,
    write_task_plans,
    write_task_runs,
)
from ingest.protocols.dlt698.values import Data, Tag, meter_digits
from ingest.simulated.field.dlt645_bus import Bus645
from ingest.simulated.field.dlt698_collected import collected_record, selected
from ingest.simulated.field.dlt698_reports import Reports
from ingest.simulated.field.dlt698_security import Protection, Security
from ingest.simulated.field.dlt698_speech import Response, Speech
from ingest.simulated.field.dlt698_values import (
    CLOCK,
    TIMED_OUT,
    UNDEFINED,
    attribute,
    date_time,
    met_cuts,
    meter_record,
)
from ingest.simulated.field.faults import Answer, Fault
from ingest.simulated.field.meters import FieldMeter
from ingest.simulated.field.own_count import PLANS, task_runs
from ingest.simulated.field.terminals import Site

_LOGIN, _HEARTBEAT = 0, 1
_ACCEPTED = 0x07
_NOT_UNDERSTOOD, _NOT_OFFERED = 1, 2
_NOTHING: frozenset[Fault] = frozenset()


class Terminal698:
    """One terminal on its connection.

    Attributes:
        site: Its meters, its store and its clock.
        is_logged_in: Whether its last login was accepted.
        reports: What it sends unasked; None: it does not.
    """

    def __init__(  # noqa: PLR0913 - each another habit of a make
        self,
        site: Site,
        *,
        block_octets: int | None = 4000,
        fragment_octets: int | None = None,
        heartbeat_seconds: int = 60,
        reports_since: datetime | None = None,
        security: Security = Security.ANSWERS,
    ) -> None:
        """Switch it on; with ``reports_since`` it reports readings later than that [UTC]."""
        self.site, self.is_logged_in = site, False
        self._protection = Protection(security)
        self.heartbeat_seconds = heartbeat_seconds
        self.reports = Reports(site, reports_since) if reports_since else None
        self._speech = Speech(
            site.address, block_octets=block_octets, fragment_octets=fragment_octets
        )
        self._bus = Bus645(site.meters.values(), site.clock)
        self._link_piid = 0

    def login(self) -> bytes:
        """The frame with which it makes itself known."""
        return self._link(_LOGIN)

    def heartbeat(self) -> bytes:
        """The frame that shows that it lives."""
        return self._link(_HEARTBEAT)

    def _link(self, kind: int) -> bytes:
        self._link_piid = self._link_piid % 0x3F + 1
        asked = LinkRequest(kind, self.heartbeat_seconds, link_moment(self.site.local_clock()))
        apdu = answers.link_request(self._link_piid, asked)
        return answers.answer_frame(apdu, self.site.address, control=answers.LINK)

    def due_report(self, *, again: bool) -> Answer | None:
        """The report that waits; one that was sent already only ``again``."""
        if self.reports is None or not self.is_logged_in:
            return None
        apdu = self.reports.due(again=again)
        if apdu is None:
            return None
        return Answer(self._speech.frames(self._protection.report(apdu), answers.REPORT))

    def find(self, buffer: bytes) -> tuple[list[LinkFrame], int]:
        """Frames in a stream, and how many bytes are done with."""
        found = find_frames(buffer)
        return list(found.frames), found.consumed

    def answer(self, frame: LinkFrame) -> Answer | None:
        """What it says to a frame; None: nothing."""
        if frame.control & FROM_SERVER or not self._speech.is_meant(frame):
            return None
        if frame.control & FRAGMENTED:
            return self._speech.next_fragment(frame)
        try:
            if frame.control & FUNCTION == LINK_MANAGEMENT:
                self._note_link(parse_apdu(frame.data))
                return None
            opened = self._protection.opened(frame.data)
        except FrameError:
            error = Response(_encode_error, ErrorMessage(_NOT_UNDERSTOOD))
            return self._speech.answer(error, 0, lambda apdu: apdu)
        if isinstance(opened, int):
            return Answer((answers.answer_frame(answers.refused(opened), self.site.address),))
        return self._said(*opened)

    def _note_link(self, message: Apdu) -> None:
        if isinstance(message.body, LinkResponse) and message.piid == self._link_piid:
            self.is_logged_in = not message.body.result & _ACCEPTED

    def _said(self, message: Apdu, random: bytes | None) -> Answer | None:
        if message.service.startswith("REPORT-Response") and self.reports:
            if isinstance(message.body, Oads):
                self.reports.acknowledge(message.piid or 0, message.body)
            return None

        def wrap(apdu: bytes) -> bytes:
            return self._protection.answer(answers.tagged(apdu, message), random)

        return self._speech.answer(self._response(message), message.piid or 0, wrap)

    def _response(self, message: Apdu) -> Response:
        match message.body:
            case NextRequest(block):
                return self._speech.next_block(block)
            case Oads(oads) if message.service.startswith("GET-Request"):
                overcounts = self.site.overcount and TASK_RUNS in oads
                shows = frozenset({Fault.OVERCOUNT}) if overcounts else _NOTHING
                return self._got(message.service, [self._own(oad) for oad in oads], shows)
            case RecordRequests(requests):
                records = [
                    collected_record(asked, self.site.meters, self.site.store, self.site.clock())
                    for asked in requests
                ]
                shows = _power_cut(any(self._is_lost(asked.selector) for asked in requests))
                if message.service == "GET-Request-Record":
                    return Response(answers.got_record, records[0], shows)
                return Response(_encode_records, Records(tuple(records)), shows)
            case ProxyGetList() | ProxyGetRecord() | ProxyCommand() as asked:
                return self._proxied(asked)
        return Response(_encode_error, ErrorMessage(_NOT_OFFERED))

    def _got(self, service: str, results: list[Result], shows: frozenset[Fault]) -> Response:
        if service == "GET-Request-Normal":
            return Response(answers.got, results[0], shows)
        return Response(_encode_results, Results(tuple(results)), shows)

    def _own(self, oad: str) -> Result:
        """An attribute of the terminal itself."""
        own = {
            CLOCK: lambda: date_time(self.site.local_clock()),
            "40010200": lambda: Data(Tag.OCTETS, bytes.fromhex(self.site.address)),
            TASK_RUNS: lambda: write_task_runs(task_runs(self.site)),
            TASK_PLANS: lambda: write_task_plans(PLANS),
        }
        return Result(oad, own[oad]()) if oad in own else Result(oad, None, UNDEFINED)

    def _is_lost(self, selector: object) -> bool:
        rows = selected(selector, self.site.meters)  # type: ignore[arg-type]
        return rows is not None and any(
            meter.met_cuts(meter.instant(rows.first), meter.instant(rows.end))
            for meter in rows.meters
        )

    def _meter(self, address: bytes) -> FieldMeter | None:
        """A 698 meter behind it that answers now."""
        meter = self.site.meters.get(meter_digits(address))
        is_silent = meter is None or meter.protocol != "dlt698" or meter.is_cut(self.site.clock())
        return None if is_silent or not self.site.is_proxying else meter

    def _proxied(self, asked: ProxyGetList | ProxyGetRecord | ProxyCommand) -> Response:
        now = self.site.clock()
        if isinstance(asked, ProxyCommand):
            return self._commanded(asked)
        if isinstance(asked, ProxyGetRecord):
            meter = self._meter(asked.address)
            table = asked.request
            if meter is None:
                record = Record(table.oad, table.columns, None, TIMED_OUT)
                return Response(answers.proxied_record, ProxyRecord(asked.address, record))
            record = meter_record(meter, table, now)
            shows = _power_cut(met_cuts(meter, table.selector))
            return Response(answers.proxied_record, ProxyRecord(asked.address, record), shows)
        targets, drifts = [], False
        for target in asked.targets:
            meter = self._meter(target.address)
            drifts = drifts or bool(meter and meter.drift and CLOCK in target.oads)
            results = tuple(
                attribute(meter, oad, now) if meter else Result(oad, None, TIMED_OUT)
                for oad in target.oads
            )
            targets.append(ProxyResult(target.address, results))
        shows = frozenset({Fault.DRIFT}) if drifts else _NOTHING
        return Response(answers.proxied_list, ProxyResults(tuple(targets)), shows)

    def _commanded(self, asked: ProxyCommand) -> Response:
        """A frame sent out of a port, and what a meter there answers."""
        nothing = Response(answers.proxied_command, ProxyAnswer(asked.port, None, TIMED_OUT))
        if not self.site.is_proxying:
            return nothing
        try:
            heard = self._bus.answer(parse_645(asked.octets))
        except FrameError:
            return nothing
        if heard is None:
            return nothing
        spoilt = {
            fault: lambda wrong=wrong: ProxyAnswer(asked.port, b"".join(wrong()))
            for fault, wrong in heard.spoilt.items()
            if fault is not Fault.FRAGMENTED
        }
        body = ProxyAnswer(asked.port, b"".join(heard.frames))
        return Response(answers.proxied_command, body, heard.shows, spoilt)


def _power_cut(is_lost: bool) -> frozenset[Fault]:  # noqa: FBT001 - what it makes of the claim
    return frozenset({Fault.POWER_CUT}) if is_lost else _NOTHING


def _encode_error(body: ErrorMessage, piid: int) -> bytes:
    return answers.error(body.reason, piid)


def _encode_records(body: Records, piid: int) -> bytes:
    return answers.got_record_list(body.records, piid)


def _encode_results(body: Results, piid: int) -> bytes:
    return answers.got_list(body.results, piid)
