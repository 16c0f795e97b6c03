"""A terminal's own count: asked once a round, kept, and taken into the lake by the day it is of."""

import asyncio
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from ingest.collection.exchange import Exchange, ExchangeError
from ingest.collection.spool import Spool
from ingest.collection.wants import Meter
from ingest.collectors import arrivals
from ingest.files import ingest_file
from ingest.protocols.dlt698 import answers as answers698
from ingest.protocols.dlt698.link import find_frames as find_698
from ingest.protocols.dlt698.messages import Result
from ingest.protocols.dlt698.moments import DateTime, DateTimeS
from ingest.protocols.dlt698.session_messages import LinkRequest
from ingest.protocols.dlt698.tasks import (
    TASK_PLANS,
    TASK_RUNS,
    TaskRun,
    write_task_plans,
    write_task_runs,
)
from ingest.protocols.dlt698.values import NULL, Data, Tag, Ti
from ingest.protocols.gdw1376 import answers as answers1376
from ingest.protocols.gdw1376.encoding import Terminal
from ingest.protocols.gdw1376.frame import find_frames as find_1376
from ingest.protocols.gdw1376.payloads import OWN_COUNT, PAYLOADS
from ingest.protocols.gdw1376.units import DataUnit
from ingest.simulated.field.faults import Fault, Faults
from queries.lake import open_lake
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.empty_lake import empty_lake
from tests.ingest.collection.collected import BEGIN, DAY, Clock, field_of, register, run
from tests.ingest.collection.sessions_peers import Peer, Station

ZONE = ZoneInfo("Asia/Shanghai")
CAME = datetime(2026, 3, 5, 1, tzinfo=UTC)
TERMINAL, PORTS = "000000000003", Terminal("4401", 3)
BEGAN, ENDED = DateTimeS(2026, 3, 5, 0, 5, 0), DateTimeS(2026, 3, 5, 0, 19, 30)
RUN = TaskRun(1, 2, BEGAN, ENDED, 20, 19, 22, 19)
CURVES = TaskRun(
    2, 2, DateTimeS(2026, 3, 5, 9, 0, 0), DateTimeS(2026, 3, 5, 9, 1, 0), 20, 20, 20, 20
)
COUNTED = ["part_number", "service_date", "interval_minutes", "due_meters", "read_meters"]


def tasks(*runs: TaskRun, plans: dict[int, Ti] | None = None) -> bytes:
    results = [Result(TASK_RUNS, write_task_runs(runs))]
    if plans is None:
        results.append(Result(TASK_PLANS, None, 4))
    else:
        results.append(Result(TASK_PLANS, write_task_plans(plans)))
    return answers698.answer_frame(answers698.got_list(results), TERMINAL)


def block(*values: object) -> bytes:
    unit = DataUnit(0, OWN_COUNT, PAYLOADS[0x0C, OWN_COUNT], values=values)  # type: ignore[arg-type]
    return answers1376.readings(PORTS, 1, 0x0C, [unit])


def segment(folder: Path, *answers: bytes) -> Path:
    async def keep() -> Path:
        spool = Spool(folder, {"000000000121": Meter("000000000121", "P1", "M1", TERMINAL)})
        kinds = ["gdw1376" if one[5:6] == b"\x68" else "dlt698" for one in answers]
        await spool.keep_all(
            [
                Exchange(CAME, "east/terminal", kind, None, b"\x01", one)
                for kind, one in zip(kinds, answers, strict=True)
            ]
        )
        spool.close()
        [path] = spool.finished
        return path

    return asyncio.run(keep())


def read(folder: Path, *answers: bytes) -> Any:
    [batch] = arrivals.read(segment(folder, *answers), ZONE)
    return batch


def test_a_run_five_minutes_past_midnight_counts_for_the_day_that_ended_then(tmp_path):
    batch = read(tmp_path, tasks(RUN, CURVES, plans={1: Ti(3, 1), 2: Ti(1, 15)}))
    assert batch.rejects.is_empty()
    daily, curves = batch.counts.iter_rows(named=True)
    assert (daily["terminal_id"], daily["protocol"]) == (TERMINAL, "DL/T 698.45")
    assert [daily[name] for name in COUNTED] == [1, date(2026, 3, 4), 1440, 20, 19]
    assert daily["started_at"] == datetime(2026, 3, 4, 16, 5, tzinfo=UTC)
    assert daily["ended_at"] == datetime(2026, 3, 4, 16, 19, 30, tzinfo=UTC)
    assert (daily["sent_messages"], daily["received_messages"]) == (22, 19)
    assert (curves["part_number"], curves["interval_minutes"]) == (2, 15)


def test_a_terminal_that_does_not_tell_its_plans_still_counts(tmp_path):
    [row] = read(tmp_path, tasks(RUN)).counts.iter_rows(named=True)
    assert (row["read_meters"], row["interval_minutes"]) == (19, None)


def test_each_port_of_a_terminal_of_376_1_counts_and_one_still_reading_has_no_end(tmp_path):
    began = datetime.fromisoformat("2026-03-05 00:05")
    ended = began + timedelta(minutes=10)
    frame = block(
        *(2, 300, "00000010", 298, 1, began, ended),
        *(31, 20, "00000001", 7, 0, began, None),
        *(3, 0, "00000000", 0, 0, None, None),  # nothing was ever read there
    )
    counts = read(tmp_path, frame).counts
    assert counts.select(COUNTED).rows() == [
        (2, date(2026, 3, 4), None, 300, 298),
        (31, date(2026, 3, 4), None, 20, 7),
    ]
    assert counts["ended_at"].null_count() == 1
    assert set(counts["terminal_id"]) == {"440100003"}
    assert counts["sent_messages"].is_null().all()


def test_what_is_no_count_is_refused_and_what_is_none_is_silence(tmp_path):
    odd = answers698.got_list([Result(TASK_RUNS, Data(Tag.UINT8, 1))])
    batch = read(tmp_path / "odd", answers698.answer_frame(odd, TERMINAL))
    assert "its own count" in batch.rejects["reason"][0]
    no_value = answers698.got_list([Result(TASK_RUNS, NULL), Result(TASK_PLANS, None, 3)])
    never_run = tasks(TaskRun(1, 0, None, None, 20, 0, 0, 0))
    denied = answers1376.acknowledgement(PORTS, 1, is_denied=True)
    quiet = read(tmp_path / "quiet", answers698.answer_frame(no_value, TERMINAL), never_run, denied)
    assert quiet.rejects.is_empty()
    assert quiet.counts.is_empty()


def stored(settings: Settings) -> list[tuple]:
    with closing(open_lake(settings, EVERYTHING)) as lake:
        return lake.sql(
            "select service_date, part_number, due_meters, read_meters, batch_id "
            "from terminal_counts order by all"
        ).fetchall()


def test_the_latest_run_of_a_day_stands_in_whatever_order_they_came(tmp_path):
    """00:05 under way, then ended; caught up; then again at 10:00."""
    again = TaskRun(
        1, 2, DateTimeS(2026, 3, 5, 10, 0, 0), DateTimeS(2026, 3, 5, 10, 9, 0), 20, 18, 20, 18
    )
    came = [
        RUN._replace(state=1, ended=None, read=3, received=3),
        RUN._replace(read=17, received=17),
        RUN,
        again,
    ]
    for name, order in (("forward", came), ("backward", came[::-1])):
        settings = Settings(data=tmp_path / name)
        empty_lake(settings)
        for number, one in enumerate(order):
            ingest_file(settings, segment(tmp_path / f"{name}{number}", tasks(one)))
        [(day, part, due, read_meters, batch)] = stored(settings)
        assert (day, part, due, read_meters) == (date(2026, 3, 4), 1, 20, 18), name
        replayed = segment(tmp_path / f"{name} again", tasks(*came[:1]), tasks(*came[1:]))
        ingest_file(settings, replayed)
        assert stored(settings) == [(day, part, due, 18, batch)], "a replay changes nothing"


LOGIN = LinkRequest(0, 60, DateTime(2026, 3, 2, 1, 11, 59, 58, 0))


def asked(terminal: str, find, login: bytes, script) -> Any:
    """What a session keeps of a terminal's own count."""

    async def go():
        async with Station([terminal]) as station:
            peer = Peer(find, script)
            await peer.dial(station.port, login)
            session: Any = await station.session(terminal)
            try:
                return await session.read_own_count()
            finally:
                await peer.hang_up()

    return asyncio.run(go())


def _698(buffer: bytes):
    found = find_698(buffer)
    return found.frames, found.consumed


def of_698(answer) -> Any:
    login = answers698.answer_frame(
        answers698.link_request(1, LOGIN), TERMINAL, control=answers698.LINK
    )

    def script(frame):
        if frame.data[:2] != b"\x05\x02":
            return ()
        return [answers698.answer_frame(answer(frame.data[2]), TERMINAL)]

    return asked(TERMINAL, _698, login, script)


def test_a_terminal_that_refuses_its_count_makes_no_error():
    refusal = [Result(TASK_RUNS, None, 3), Result(TASK_PLANS, None, 4)]
    [kept] = of_698(lambda number: answers698.got_list(refusal, number))
    assert kept.meter is None
    assert kept.request is not None
    assert of_698(lambda number: answers698.error(2, number)) == []


def of_1376(reply) -> Any:
    def script(frame):
        return () if frame.afn == 0 else reply(frame)

    return asked("440100003", find_1376, answers1376.login(PORTS, 4), script)


def test_a_terminal_of_376_1_that_denies_its_count_makes_no_error_and_a_silent_one_does():
    [kept] = of_1376(
        lambda frame: [answers1376.acknowledgement(PORTS, frame.number, is_denied=True)]
    )
    assert kept.protocol == "gdw1376"
    with pytest.raises(ExchangeError, match="its own count: no answer"):
        of_1376(lambda _: ())


QUIET = {Fault.OFFLINE, Fault.POWER_CUT, Fault.LATENCY}


def counts_of(settings: Settings) -> pl.DataFrame:
    with closing(open_lake(settings, EVERYTHING)) as lake:
        return lake.sql(
            "select * from terminal_counts where interval_minutes is null or "
            "interval_minutes = 1440 order by service_date, terminal_id"
        ).pl()


def test_a_collected_field_has_its_own_counts_in_the_lake_whatever_goes_wrong(tmp_path):
    settings = Settings(data=tmp_path)
    faults = Faults(rate=0.3, kinds=set(Fault) - QUIET, seed=9)
    shown = field_of(4, 2, faults)
    register(settings, shown)
    _, events = run(settings, shown, faults, rounds=3)
    counts = counts_of(settings)
    extra = {one.site.address: one.site.overcount for one in shown.terminals}
    assert any(extra.values())
    assert Fault.OVERCOUNT in faults.played
    assert dict(counts.select("terminal_id", "read_meters").rows()) == {
        address: 2 + more for address, more in extra.items()
    }
    assert set(counts["service_date"]) == {DAY}
    assert not any(event == "not_taken_in" for event, _ in events)


def test_every_day_has_a_count_of_its_own(tmp_path):
    settings, clock = Settings(data=tmp_path), Clock()
    shown = field_of(4, 2, clock=clock)
    register(settings, shown)
    run(settings, shown, clock=clock)
    clock.moment = BEGIN + timedelta(days=2, hours=2)
    run(settings, shown, clock=clock)
    assert (
        counts_of(settings)["service_date"].to_list() == [DAY] * 4 + [DAY + timedelta(days=1)] * 4
    )
