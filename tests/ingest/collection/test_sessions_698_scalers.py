"""Scalers read from the meter: asked once, used for every reading, exact when read again."""

import asyncio
import json
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from polars.testing import assert_frame_equal

from ingest.collection.scalers import PATIENCE, ScalerBook, Stated
from ingest.collection.sessions.questions698 import CLOCK
from ingest.collection.spool import Spool
from ingest.collection.wants import Kind, Meter, Want
from ingest.collectors import arrivals
from ingest.files import ingest_file
from ingest.protocols.dlt698 import answers
from ingest.protocols.dlt698.link import LinkFrame, find_frames, parse_frame
from ingest.protocols.dlt698.messages import (
    ProxyGetList,
    ProxyResult,
    ProxyResults,
    Record,
    RecordRequests,
    Result,
)
from ingest.protocols.dlt698.moments import DateTime, DateTimeS
from ingest.protocols.dlt698.secured import open_message
from ingest.protocols.dlt698.session_messages import LinkRequest
from ingest.protocols.dlt698.values import (
    NULL,
    Data,
    Road,
    ScalerUnit,
    SelectSpan,
    Tag,
    meter_address,
    meter_digits,
)
from ingest.simulated.field.dlt698_security import Security
from ingest.simulated.field.dlt698_terminal import Terminal698
from ingest.simulated.field.faults import Faults
from queries.lake import open_lake
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.ingest.collection.collected import (
    Clock,
    field_of,
    held_in,
    in_order,
    register,
    run,
    truth_of,
)
from tests.ingest.collection.sessions_peers import (
    CHINA,
    LIMITS,
    NOW,
    Action,
    Peer,
    Station,
    local,
    naive,
    parsed,
)

TERMINAL = "000000000003"
FIRST, SECOND = (
    Meter(f"0000000000{n}", f"U{n}", f"M{n}", TERMINAL, interval_minutes=60) for n in (12, 34)
)
AT = naive(1, 8)
IMPORT = "00100200"
TENTHS = Data(Tag.SCALER_UNIT, ScalerUnit(-1, 33))
UNUSUAL = (-1, -4, -2, 0)

Say = Callable[[str, str], Result]


def find(buffer: bytes) -> tuple[tuple[LinkFrame, ...], int]:
    found = find_frames(buffer)
    return found.frames, found.consumed


def login() -> bytes:
    asked = LinkRequest(0, 60, DateTime(2026, 3, 2, 1, 11, 59, 58, 0))
    return answers.answer_frame(answers.link_request(7, asked), TERMINAL, control=answers.LINK)


def rows(meters: Iterable[Meter]) -> Record:
    """A register of 1000 at eight, whatever a thousand is."""
    columns = ("202A0200", Road("50020200", ("20210200", "00100201")))
    cells = (Data(Tag.DATE_TIME_S, DateTimeS.of(AT)), Data(Tag.UINT32, 1000))
    told = tuple(
        (Data(Tag.TSA, meter_address(one.address)), Data(Tag.STRUCTURE, cells)) for one in meters
    )
    return Record("60120300", columns, told)


def curve(meter: Meter) -> Want:
    return Want(meter, Kind.CURVE, local(1, 8), local(1, 8))


def script(collecting: "Collecting", say: Say) -> Callable[[LinkFrame], Iterable[Action]]:
    """A terminal whose meters answer for attribute 3 as ``say`` does, by address and OAD."""

    def reply(frame: LinkFrame) -> Iterable[Action]:
        if frame.control & 7 == 1 or frame.data[:1] == b"\x08":
            return
        message = parsed(frame.data)
        collecting.asked.append(message)
        match message.body:
            case ProxyGetList() if collecting.refusal is not None:
                apdu = collecting.refusal(message.piid)
            case ProxyGetList(_, targets):
                told = tuple(
                    ProxyResult(
                        one.address,
                        tuple(say(meter_digits(one.address), oad) for oad in one.oads),
                    )
                    for one in targets
                )
                apdu = answers.proxied_list(ProxyResults(told), message.piid)
            case RecordRequests((table,)):
                assert isinstance(table.selector, SelectSpan)
                named = [
                    meter_digits(m) for m in table.selector.meters.members if isinstance(m, bytes)
                ]
                record = rows(one for one in (FIRST, SECOND) if one.address in named)
                full = tuple((row[0], NULL, NULL, NULL, row[1]) for row in record.rows or ())
                record = Record(table.oad, table.columns, full)
                apdu = answers.got_record(record, message.piid)
            case _:
                return
        yield answers.answer_frame(apdu, TERMINAL)

    return reply


class Collecting:
    """A station with a spool and a book, on loopback, and one terminal."""

    def __init__(self, folder: Path, say: Say, held: dict[str, Stated] | None = None) -> None:
        self.asked: list[Any] = []
        self.told: list[str] = []
        self.held = dict(held or {})
        meters = {one.address: one for one in (FIRST, SECOND)}
        self.book = ScalerBook(
            meters,
            self.held,
            save=self.held.update,
            tell=lambda _, **fields: self.told.append(fields["rule"]),
            now=lambda: self.now,
        )
        self.now = NOW
        self.spool = Spool(folder, meters, None, self.book)
        self.refusal: Callable[[int], bytes] | None = None
        self.peer = Peer(find, script(self, say))

    async def run(self, *steps: Callable[["Collecting", Any], Any]) -> list[Path]:
        async with Station([TERMINAL], LIMITS) as station:
            station.keep_in(self.spool)
            station.know(self.book)
            await self.peer.dial(station.port, login())
            session = await station.session(TERMINAL)
            for step in steps:
                await step(self, session)
            await self.peer.hang_up()
        self.spool.close()
        return self.spool.finished


def reading(*meters: Meter, failed: Iterable[Meter] = ()):
    """Read the curve of the meters, of which some fail, and keep what came."""

    async def step(collecting: Collecting, session: Any) -> None:
        collected = await session.read_many([curve(one) for one in meters])
        assert {one.meter for one in collected.failures} == set(failed)
        await collecting.spool.keep_all(collected.exchanges)

    return step


def reporting(*meters: Meter, answered: bool, number: int = 9):
    """Have the terminal report the curve of the meters, and see whether it is acknowledged."""

    async def step(collecting: Collecting, _: Any) -> None:
        apdu = answers.report_record_list([rows(meters)], number)
        collecting.peer.writer.write(answers.answer_frame(apdu, TERMINAL, control=answers.REPORT))
        seen = len(collecting.peer.heard)
        acknowledged = False
        for _ in range(200 if answered else 40):
            await asyncio.sleep(0.01)
            heard = collecting.peer.heard[seen:]
            acknowledged = any(one.data[:1] == b"\x08" for one in heard)
            if acknowledged:
                break
        assert acknowledged == answered

    return step


def kwh_of(segments: Iterable[Path]) -> dict[str, set[float]]:
    found: dict[str, set[float]] = {}
    for segment in segments:
        for batch in arrivals.read(segment, CHINA):
            for row in batch.points.iter_rows(named=True):
                found.setdefault(row["meter_id"], set()).add(row["t0800"] / 10_000)
    return found


def attribute_3(asked: Iterable[Any]) -> list[list[tuple[str, tuple[str, ...]]]]:
    return [
        [(meter_digits(one.address), one.oads) for one in message.body.targets]
        for message in asked
        if isinstance(message.body, ProxyGetList)
    ]


def tenths_of_the_first(address: str, oad: str) -> Result:
    scaler = -1 if address == FIRST.address else -2
    return Result(oad, Data(Tag.SCALER_UNIT, ScalerUnit(scaler, 33)))


def test_meters_are_asked_together_for_attribute_3_before_their_readings_and_never_again(tmp_path):
    collecting = Collecting(tmp_path, tenths_of_the_first)
    segments = asyncio.run(
        collecting.run(reading(FIRST), reading(FIRST, SECOND), reading(FIRST, SECOND))
    )
    services = [message.service for message in collecting.asked]
    assert services == [
        "PROXY-Request-GetList",
        "GET-Request-Record",
        "PROXY-Request-GetList",
        "GET-Request-Record",
        "GET-Request-Record",
    ]
    assert attribute_3(collecting.asked) == [
        [(FIRST.address, ("00100300",))],
        [(SECOND.address, ("00100300",))],
    ]
    assert kwh_of(segments) == {"M12": {100.0}, "M34": {10.0}}
    assert collecting.told == ["scaler_differs"]


def test_every_segment_carries_what_it_needs_to_be_read_by_itself(tmp_path):
    async def end_segment(collecting: Collecting, _: Any) -> None:
        await collecting.spool.close_segment()

    collecting = Collecting(tmp_path, tenths_of_the_first)
    segments = asyncio.run(
        collecting.run(reading(FIRST), end_segment, reading(FIRST), end_segment, reading(FIRST))
    )
    assert len(segments) == 3
    assert [kwh_of([one]) for one in segments] == [{"M12": {100.0}}] * 3
    # The answer itself is in the first segment only, byte for byte.
    texts = [one.read_text() for one in segments]
    assert ["00100300" in text for text in texts] == [True, False, False]
    assert ['{"scalers":{"00100200":[-1,33]}' in text for text in texts] == [True] * 3


def test_a_new_process_uses_what_was_remembered(tmp_path):
    held = {FIRST.address: Stated("M12", NOW, 0, {IMPORT: ScalerUnit(-1, 33)})}
    collecting = Collecting(tmp_path, tenths_of_the_first, held)
    segments = asyncio.run(collecting.run(reading(FIRST)))
    assert attribute_3(collecting.asked) == []
    assert kwh_of(segments) == {"M12": {100.0}}


@pytest.mark.parametrize(
    ("dar", "days", "told"), [(4, 180, []), (6, 180, []), (3, 1, ["scaler_unread"])]
)
def test_a_meter_that_has_no_scaler_or_denies_it_keeps_the_usual_one_at_once(
    tmp_path, dar, days, told
):
    collecting = Collecting(tmp_path, lambda _, oad: Result(oad, None, dar))
    segments = asyncio.run(collecting.run(reading(FIRST), reading(FIRST)))
    assert len(attribute_3(collecting.asked)) == 1
    assert kwh_of(segments) == {"M12": {10.0}}
    assert collecting.told == told
    # It is asked again, sooner where somebody may have changed its access.
    for later, due in ((days - 1, ()), (days, (IMPORT,))):
        collecting.now = NOW + timedelta(days=later)
        assert collecting.book.due(FIRST.address) == due


def test_a_terminal_that_asks_no_meter_for_us_gives_readings_by_the_usual_scalers(tmp_path):
    collecting = Collecting(tmp_path, tenths_of_the_first)
    collecting.refusal = lambda piid: answers.error(2, piid)
    segments = asyncio.run(collecting.run(reading(FIRST, SECOND)))
    # Both together, and then each by itself: one of them might have been why.
    assert [len(one) for one in attribute_3(collecting.asked)] == [2, 1, 1]
    assert kwh_of(segments) == {"M12": {10.0}, "M34": {10.0}}


def test_terminals_that_hide_the_scaler_behind_security_give_no_reading_by_the_usual_one(tmp_path):
    collecting = Collecting(tmp_path, tenths_of_the_first)
    collecting.refusal = lambda _: answers.refused(20)
    asyncio.run(collecting.run(reading(FIRST, failed=[FIRST])))
    assert collecting.book.is_unknown(FIRST.address)


def silent_second(address: str, oad: str) -> Result:
    """The second meter tells the time, and no scaler."""
    if oad == CLOCK:
        return Result(oad, Data(Tag.DATE_TIME_S, DateTimeS.of(AT)))
    return dark_second(address, oad)


def dark_second(address: str, oad: str) -> Result:
    """The second meter has no power."""
    if address == SECOND.address:
        return Result(oad, None, 33)
    return Result(oad, TENTHS)


def test_readings_wait_for_the_scaler_and_after_three_failures_for_nothing(tmp_path):
    collecting = Collecting(tmp_path, silent_second)
    steps = [reading(FIRST, SECOND, failed=[SECOND])] * (PATIENCE - 1)
    segments = asyncio.run(collecting.run(*steps, reading(FIRST, SECOND)))
    assert kwh_of(segments) == {"M12": {100.0}, "M34": {10.0}}
    assert collecting.told == ["scaler_differs", "scaler_unread"]
    assert collecting.held[SECOND.address].failures == PATIENCE


def test_what_a_terminal_holds_of_a_meter_without_power_is_never_read_by_a_guessed_scaler(tmp_path):
    lights_on = False

    def say(address: str, oad: str) -> Result:
        return tenths_of_the_first(address, oad) if lights_on else dark_second(address, oad)

    async def power_returns(_: Collecting, __: Any) -> None:
        nonlocal lights_on
        lights_on = True

    collecting = Collecting(tmp_path, say)
    dark = [reading(FIRST, SECOND, failed=[SECOND])] * (PATIENCE + 1)
    segments = asyncio.run(collecting.run(*dark, power_returns, reading(FIRST, SECOND)))
    assert kwh_of(segments) == {"M12": {100.0}, "M34": {10.0}}
    assert collecting.told == ["scaler_differs"]
    assert collecting.held[SECOND.address].scalers == {IMPORT: ScalerUnit(-2, 33)}


def test_a_value_that_is_none_is_asked_for_again(tmp_path):
    seen: list[str] = []

    def at_second_try(_: str, oad: str) -> Result:
        seen.append(oad)
        return Result(oad, NULL if len(seen) == 1 else TENTHS)

    segments = asyncio.run(Collecting(tmp_path, at_second_try).run(reading(FIRST)))
    assert len(seen) == 2
    assert kwh_of(segments) == {"M12": {100.0}}


def test_a_report_of_meters_not_known_yet_waits_until_they_are(tmp_path):
    collecting = Collecting(tmp_path, tenths_of_the_first)
    segments = asyncio.run(collecting.run(reporting(FIRST, SECOND, answered=True)))
    assert kwh_of(segments) == {"M12": {100.0}, "M34": {10.0}}
    assert attribute_3(collecting.asked) == [
        [(FIRST.address, ("00100300",)), (SECOND.address, ("00100300",))]
    ]


def test_a_report_is_not_acknowledged_while_its_meters_do_not_tell(tmp_path):
    collecting = Collecting(tmp_path, silent_second)
    waiting = [reporting(SECOND, answered=False)] * (PATIENCE - 1)
    segments = asyncio.run(
        collecting.run(*waiting, reporting(FIRST, answered=True), reporting(SECOND, answered=True))
    )
    assert kwh_of(segments) == {"M12": {100.0}, "M34": {10.0}}


def test_a_report_that_waited_and_cannot_be_kept_is_not_acknowledged_and_is_found(tmp_path):
    collecting = Collecting(tmp_path, tenths_of_the_first)

    async def run() -> Station:
        async with Station([TERMINAL], LIMITS) as station:
            station.know(collecting.book)
            await collecting.peer.dial(station.port, login())
            await station.session(TERMINAL)
            station.is_full = True
            apdu = answers.report_record_list([rows([FIRST])], 9)
            report = answers.answer_frame(apdu, TERMINAL, control=answers.REPORT)
            collecting.peer.writer.write(report)
            async with asyncio.timeout(2):
                await collecting.peer.is_cut_off.wait()
        return station

    station = asyncio.run(run())
    assert not any(one.data[:1] == b"\x08" for one in collecting.peer.heard)
    assert [(one.rule, "no space left" in one.what) for one in station.found] == [
        ("not_kept", True)
    ]
    assert collecting.book.is_unknown(FIRST.address)
    collecting.spool.close()


def test_a_power_stated_in_kilowatts_is_taken_and_an_energy_in_watts_is_not(tmp_path):
    meter = replace(FIRST, measurements=True)
    columns = ("202A0200", Road("50020200", ("20210200", "00100201", "20040201")))
    cells = (
        Data(Tag.DATE_TIME_S, DateTimeS.of(AT)),
        Data(Tag.UINT32, 1000),
        Data(Tag.INT32, 1234),
    )
    row = (Data(Tag.TSA, meter_address(meter.address)), Data(Tag.STRUCTURE, cells))
    apdu = answers.got_record(Record("60120300", columns, (row,)))
    lines = [
        {"fenggu": "arrivals", "version": 1},
        {
            "meter": {
                "address": meter.address,
                "usage_point_id": "U12",
                "meter_id": "M12",
                "channels": ["import"],
                "interval_minutes": 60,
                "measurements": True,
            }
        },
        {
            "scalers": {"00100200": [-2, 27], "20040200": [-3, 28]},
            "address": meter.address,
        },
    ]
    octets = answers.answer_frame(apdu, TERMINAL)
    path = _segment(tmp_path, lines, octets)
    [batch] = arrivals.read(path, CHINA)
    assert batch.points.is_empty()
    assert "counts 00100201 in W; expected kWh" in batch.rejects["reason"][0]
    power = dict(batch.measurements.select("quantity", "t0800").iter_rows())
    assert power["power_kw"] == pytest.approx(1.234)


def _segment(folder: Path, lines: list[dict], octets: bytes) -> Path:
    one = {
        "at": NOW.isoformat(),
        "source": "east",
        "protocol": "dlt698",
        "meter": None,
        "request": None,
        "answer": octets.hex(),
        "sha256": sha256(octets).hexdigest(),
    }
    path = folder / "segment.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in [*lines, one]))
    return path


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path)


def _same(held, truth) -> None:
    for name, expected in truth.items():
        assert expected.height, name
        found = held[name].select(expected.columns).cast(dict(expected.schema))
        assert_frame_equal(in_order(found), in_order(expected))


def _segments(settings: Settings) -> list[bytes]:
    with closing(open_lake(settings, EVERYTHING)) as lake:
        rows = lake.sql("select content from raw order by received_at, batch_id, part").fetchall()
    return [content for (content,) in rows]


@pytest.mark.parametrize(
    "field",
    [
        pytest.param({"faults": Faults(rate=0.2, seed=4), "rounds": 10}, id="faults"),
        pytest.param({"security": Security.INSISTS}, id="security"),
        pytest.param({"reports": True}, id="reports"),
    ],
)
def test_meters_that_count_unusually_are_the_truth_and_reading_it_again_changes_nothing(
    settings, tmp_path, field
):
    reports = {"reports_since": Clock().moment - timedelta(hours=26)} if "reports" in field else {}
    security = field.get("security", Security.ANSWERS)
    shown = field_of(1, 6, missed_share=0.1, energy_scalers=UNUSUAL, security=security, **reports)
    assert {one.energy_scaler for one in shown.meters} == set(UNUSUAL)
    register(settings, shown)
    entries = {"security": "rn"} if "security" in field else {}
    _, events = run(settings, shown, field.get("faults"), rounds=field.get("rounds", 3), **entries)
    truth = truth_of(shown, Clock().moment) if "reports" in field else truth_of(shown)
    if "reports" in field:
        held = held_in(settings)
        acknowledged = {
            (address, at)
            for terminal in shown.terminals
            if isinstance(terminal, Terminal698) and terminal.reports
            for address, at in terminal.reports.acknowledged
        }
        assert acknowledged
        found = held["points"].join(truth["points"], on=truth["points"].columns, how="anti")
        assert found.is_empty()
    else:
        _same(held_in(settings), truth)
    assert events["finding", None] == sum(
        len(one.counts)
        for one in shown.meters
        if one.protocol == "dlt698" and one.energy_scaler != -2
    )
    held, segments = held_in(settings), _segments(settings)
    other = Settings(data=tmp_path / "other")
    register(other, shown)
    Random(5).shuffle(segments)  # noqa: S311
    for number, content in enumerate(segments):
        path = tmp_path / f"again-{number}.jsonl"
        path.write_bytes(content + b"\n")
        outcome = ingest_file(settings, path)
        assert (outcome.new, outcome.corrected) == (0, 0)
        ingest_file(other, path)
    assert len(segments) > 1
    _same(held_in(other), held)


def test_attribute_3_is_asked_for_once_for_each_meter_of_a_field(settings):
    shown = field_of(1, 5, energy_scalers=UNUSUAL)
    register(settings, shown)
    run(settings, shown)
    clock = Clock(Clock().moment + timedelta(hours=3))
    run(settings, shown, clock=clock)
    asked = [
        json.loads(line)
        for content in _segments(settings)
        for line in content.decode().splitlines()
        if '"request":"68' in line
    ]
    messages = [open_message(parse_frame(bytes.fromhex(one["request"])).data) for one in asked]
    targets = [
        meter_digits(target.address)
        for one in messages
        if one.message and isinstance(one.message.body, ProxyGetList)
        for target in one.message.body.targets
        if "00100300" in target.oads
    ]
    of_698 = [one.address for one in shown.meters if one.protocol == "dlt698"]
    assert sorted(targets) == sorted(of_698)
