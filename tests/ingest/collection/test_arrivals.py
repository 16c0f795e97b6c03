"""From frames on the wire to rows of the lake, by the protocols' own labels of time."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ingest.batch import Batch
from ingest.collection.exchange import Exchange
from ingest.collection.mqtt.broker import SHIPPED
from ingest.collection.mqtt.profile import load_mqtt_profile
from ingest.collection.spool import Spool
from ingest.collection.wants import Meter
from ingest.collectors import arrivals
from ingest.protocols.dlt645 import answers as answers645
from ingest.protocols.dlt645.follow_ups import split_answer
from ingest.protocols.dlt645.frame import ReadFunction, encode_answer
from ingest.protocols.dlt645.load_record import LoadRecord
from ingest.protocols.dlt645.requests import read_data
from ingest.protocols.dlt698 import answers as answers698
from ingest.protocols.dlt698.messages import ProxyAnswer, ProxyRecord, Record
from ingest.protocols.dlt698.moments import DateTime, DateTimeS
from ingest.protocols.dlt698.session_messages import LinkRequest
from ingest.protocols.dlt698.values import NULL, Data, Road, Tag, meter_address
from ingest.protocols.gdw1376 import answers as answers1376
from ingest.protocols.gdw1376.encoding import Terminal
from ingest.protocols.gdw1376.payloads import PAYLOADS
from ingest.protocols.gdw1376.units import DataUnit

_ZONE = ZoneInfo("Asia/Shanghai")
_METER = Meter("000000000121", "P1", "M1", "000000000003", measuring_point=7)
_OTHER = Meter("000000000122", "P2", "M2", "000000000003", measurements=True)
_LISTED = Meter(_METER.address, "P1", "M1", "000000003", measuring_point=7)
_CAME = datetime(2026, 3, 5, 1, tzinfo=UTC)
_DAY = date(2026, 3, 4)
_MIDNIGHT_AFTER = datetime.fromisoformat("2026-03-05T00:00")
_EIGHT = datetime.fromisoformat("2026-03-04T08:00")
"""Frames carry local times without a zone."""


def _exchange(answer: bytes, protocol: str, meter: str | None = None) -> Exchange:
    return Exchange(_CAME, "test", protocol, meter, b"\x01", answer)


def _segment(folder: Path, *exchanges: Exchange, meters: tuple[Meter, ...]) -> Path:
    async def keep() -> Path:
        spool = Spool(folder, {meter.address: meter for meter in meters})
        for one in exchanges:
            await spool.keep(one)
        spool.close()
        [path] = spool.finished
        return path

    return asyncio.run(keep())


def _read(
    folder: Path, *exchanges: Exchange, meters: tuple[Meter, ...] = (_METER, _OTHER)
) -> Batch:
    [batch] = arrivals.read(_segment(folder, *exchanges, meters=meters), _ZONE)
    return batch


def _645(identifier: str, *values: object) -> Exchange:
    data = answers645.answer_data(identifier, values)
    return _exchange(
        encode_answer(ReadFunction.DATA, _METER.address, data), "dlt645", _METER.address
    )


def _at(moment: datetime) -> Data:
    return Data(Tag.DATE_TIME_S, DateTimeS.of(moment))


def _tsa(meter: Meter) -> Data:
    return Data(Tag.TSA, meter_address(meter.address))


def _counts(value: int) -> Data:
    return Data(Tag.UINT32, value)


def _698(apdu: bytes, control: int = answers698.ANSWER) -> Exchange:
    return _exchange(answers698.answer_frame(apdu, "000000000003", control=control), "dlt698")


def test_load_records_of_645_are_points_of_the_register(tmp_path):
    energies = ("00020000", "00030000", "00040000")
    records = [
        LoadRecord(
            _EIGHT + timedelta(minutes=minute),
            {"00010000": Decimal(kwh), **dict.fromkeys(energies, Decimal(0))},
        )
        for minute, kwh in ((0, "10.00"), (15, "10.25"))
    ]
    data = answers645.load_record_data("06000001", records)
    frame = encode_answer(ReadFunction.DATA, _METER.address, data)
    batch = _read(tmp_path, _exchange(frame, "dlt645", _METER.address))
    [row] = batch.points.iter_rows(named=True)
    assert (row["usage_point_id"], row["meter_id"], row["channel"]) == ("P1", "M1", "import")
    assert (row["service_date"], row["t0800"], row["t0815"]) == (_DAY, 100_000, 102_500)
    assert row["t0830"] is None
    assert row["issued_at"] == _CAME
    assert batch.rejects.is_empty()


def test_an_answer_in_pieces_is_read_once_the_last_one_is_there(tmp_path):
    records = [
        LoadRecord(
            _EIGHT + timedelta(minutes=15 * number),
            {
                "00010000": Decimal(10 + number),
                **dict.fromkeys(("00020000", "00030000", "00040000"), Decimal(0)),
            },
        )
        for number in range(10)
    ]
    data = answers645.load_record_data("06000001", records)
    pieces = split_answer(_METER.address, data)
    assert len(pieces) > 1
    kept = [_exchange(piece, "dlt645", _METER.address) for piece in pieces]
    whole = _read(tmp_path / "whole", *kept)
    assert whole.points.select("t0800", "t1015").row(0) == (100_000, 190_000)
    assert _read(tmp_path / "half", *kept[:-1]).points.is_empty()


def test_a_missing_value_is_no_point(tmp_path):
    values = dict.fromkeys(("00010000", "00020000", "00030000", "00040000"))
    data = answers645.load_record_data("06000001", [LoadRecord(_EIGHT, values)])
    frame = encode_answer(ReadFunction.DATA, _METER.address, data)
    assert _read(tmp_path, _exchange(frame, "dlt645", _METER.address)).points.is_empty()


def test_a_freeze_closes_the_day_before_whatever_the_protocol_calls_it(tmp_path):
    """645 and 698 stamp the midnight after, 376.1 labels the day itself."""
    by_645 = _read(
        tmp_path / "645",
        _645("05060001", _MIDNIGHT_AFTER),
        _645("05060101", *[Decimal("1234.56"), Decimal("1000.00"), Decimal("234.56")]),
    )
    cells = (_at(_MIDNIGHT_AFTER), Data(Tag.ARRAY, (_counts(123456), _counts(100000))))
    record = Record("50040200", ("20210200", "00100200"), (cells,))
    answer = answers698.proxied_record(ProxyRecord(meter_address(_METER.address), record))
    by_698 = _read(tmp_path / "698", _698(answer))
    unit = DataUnit(
        7,
        161,
        PAYLOADS[0x0D, 161],
        label=_DAY,
        read_at=_MIDNIGHT_AFTER + timedelta(minutes=30),
        values=(Decimal("1234.5600"), Decimal("1000.0000")),
    )
    terminal = Terminal("0000", 3)
    frame = answers1376.readings(terminal, 1, 0x0D, [unit])
    by_1376 = _read(tmp_path / "1376", _exchange(frame, "gdw1376"), meters=(_LISTED,))
    for batch in (by_645, by_698, by_1376):
        total = batch.registers.filter(batch.registers["register"] == "total")
        [row] = total.iter_rows(named=True)
        assert row["service_date"] == _DAY
        assert row["read_at"] == datetime(2026, 3, 4, 16, tzinfo=UTC)
        assert row["reading_kwh"] == Decimal("1234.56")
        assert batch.rejects.is_empty()


def test_a_freeze_without_its_time_is_not_taken(tmp_path):
    batch = _read(tmp_path, _645("05060101", Decimal("1.00"), Decimal("1.00")))
    assert batch.registers.is_empty()
    assert "time was not read" in batch.rejects["reason"][0]


def test_a_terminal_answers_for_several_meters(tmp_path):
    columns = ("202A0200", Road("50020200", ("20210200", "00100201", "20000200", "20040200")))

    def row(meter: Meter, minute: int, counts: int) -> tuple[Data, ...]:
        volts = Data(Tag.ARRAY, tuple(Data(Tag.UINT16, v) for v in (2201, 2202, 2203)))
        watts = Data(Tag.ARRAY, tuple(Data(Tag.INT32, v) for v in (12_345, 1, 2, 3)))
        at = _at(_MIDNIGHT_AFTER - timedelta(minutes=60 - minute))
        return _tsa(meter), Data(Tag.STRUCTURE, (at, _counts(counts), volts, watts))

    rows = (row(_METER, 45, 1000), row(_OTHER, 45, 2000), row(_METER, 30, 990))
    batch = _read(
        tmp_path, _698(answers698.report_record_list([Record("60120300", columns, rows)]))
    )
    points = batch.points.sort("usage_point_id")
    assert points.select("usage_point_id", "t2330", "t2345").rows() == [
        ("P1", 99_000, 100_000),
        ("P2", None, 200_000),
    ]
    measured = dict(batch.measurements.select("quantity", "t2345").iter_rows())
    assert measured["voltage_b_v"] == pytest.approx(220.2)
    assert measured["power_kw"] == pytest.approx(1.2345)
    assert set(batch.measurements["usage_point_id"]) == {"P2"}


def test_a_row_without_its_time_or_its_values_is_no_reading(tmp_path):
    columns = ("202A0200", Road("50020200", ("20210200", "00100201")))
    rows = (
        (_tsa(_METER), Data(Tag.STRUCTURE, (NULL, _counts(1000)))),
        (_tsa(_METER), Data(Tag.STRUCTURE, (_at(_EIGHT), NULL))),
        (_tsa(_METER), NULL),
    )
    batch = _read(tmp_path, _698(answers698.got_record(Record("60120300", columns, rows))))
    assert batch.points.is_empty()
    assert ["without its time" in reason for reason in batch.rejects["reason"]] == [True]


def test_a_645_meter_behind_a_698_terminal(tmp_path):
    record = LoadRecord(
        _EIGHT,
        {
            "00010000": Decimal("10.25"),
            **dict.fromkeys(("00020000", "00030000", "00040000"), Decimal(0)),
        },
    )
    data = answers645.load_record_data("06000001", [record])
    inner = encode_answer(ReadFunction.DATA, _METER.address, data)
    batch = _read(tmp_path, _698(answers698.proxied_command(ProxyAnswer("F2010200", inner))))
    assert batch.points["t0800"].to_list() == [102_500]


def test_an_echo_before_a_forwarded_answer_is_skipped(tmp_path):
    data = answers645.load_record_data("06000001", [_record(_EIGHT, "10.25")])
    question = read_data(_METER.address, "06000001")
    inner = question + encode_answer(ReadFunction.DATA, _METER.address, data)
    by_698 = _698(answers698.proxied_command(ProxyAnswer("F2010200", inner)))
    frame = answers1376.forwarded(Terminal("0000", 3), 1, port=31, frame=inner)
    by_1376 = _exchange(frame, "gdw1376", _METER.address)
    for name, one in (("698", by_698), ("1376", by_1376)):
        batch = _read(tmp_path / name, one)
        assert batch.rejects.is_empty()
        assert batch.points["t0800"].to_list() == [102_500]


def _record(at: datetime, kwh: str) -> LoadRecord:
    rest = dict.fromkeys(("00020000", "00030000", "00040000"), Decimal(0))
    return LoadRecord(at, {"00010000": Decimal(kwh), **rest})


def test_a_curve_of_376_1_has_the_instants_of_its_label(tmp_path):
    unit = DataUnit(
        7,
        101,
        PAYLOADS[0x0D, 101],
        label=_EIGHT.replace(hour=0, minute=15),
        interval_minutes=15,
        point_count=3,
        values=(Decimal("10.00"), None, Decimal("10.75")),
    )
    frame = answers1376.readings(Terminal("0000", 3), 1, 0x0D, [unit])
    batch = _read(tmp_path, _exchange(frame, "gdw1376"), meters=(_LISTED,))
    assert batch.points.select("t0000", "t0015", "t0030", "t0045").row(0) == (
        None,
        100_000,
        None,
        107_500,
    )


def test_clocks_are_set_beside_ours(tmp_path):
    shown = _MIDNIGHT_AFTER + timedelta(hours=9, seconds=42)
    login = LinkRequest(0, 60, DateTime(2026, 3, 5, 4, 9, 0, 42, 0))
    batch = _read(
        tmp_path,
        _698(answers698.link_request(0, login), answers698.LINK),
        _645("04000101", Decimal(4), date(2026, 3, 5)),
        _645("04000102", shown.time()),
    )
    kinds = dict(batch.clocks.select("kind", "drift_seconds").iter_rows())
    assert kinds == {"terminal": 42.0, "meter": 42.0}


def test_who_is_in_no_list_is_refused_by_name(tmp_path):
    stranger = "000000009999"
    data = answers645.answer_data("00010000", [Decimal("1.00")])
    frame = encode_answer(ReadFunction.DATA, stranger, data)
    batch = _read(tmp_path, _exchange(frame, "dlt645", stranger))
    assert stranger in batch.rejects["reason"][0]


def test_a_frame_that_is_none_is_quarantined_with_its_byte(tmp_path):
    batch = _read(tmp_path, _exchange(b"\x68\x00\x01", "dlt645", _METER.address))
    assert batch.rejects["line"].to_list() == [3]
    assert "byte" in batch.rejects["reason"][0]


def test_a_torn_last_line_costs_nothing_else(tmp_path):
    good = _645("05060001", _MIDNIGHT_AFTER), _645("05060101", Decimal("1.00"), Decimal("1.00"))
    path = _segment(tmp_path, *good, meters=(_METER,))
    path.write_bytes(path.read_bytes() + b'{"at":"2026-03-0')
    [batch] = arrivals.read(path, _ZONE)
    assert batch.registers.height == 2
    assert "no JSON" in batch.rejects["reason"][0]


def test_bytes_that_changed_on_disk_are_noticed(tmp_path):
    path = _segment(tmp_path, _645("05060001", _MIDNIGHT_AFTER), meters=(_METER,))
    text = path.read_text()
    place = text.index('"answer":"') + 30
    changed = "0" if text[place] != "0" else "1"
    path.write_text(text[:place] + changed + text[place + 1 :])
    [batch] = arrivals.read(path, _ZONE)
    assert "SHA-256" in batch.rejects["reason"][0]


def test_messages_are_read_by_the_profile_that_is_kept_with_them(tmp_path):
    profile = load_mqtt_profile(SHIPPED / "readings_json.toml")

    async def keep() -> Path:
        profiles = {"broker": [profile.entries]}
        spool = Spool(tmp_path, {_METER.address: _METER}, profiles)
        payload = b'{"readings": [{"time": "2026-03-04T08:15:00+08:00", "import": 10.25}]}'
        source = "broker/" + profile.topic.text.replace("+meter", "121")
        await spool.keep(Exchange(_CAME, source, "mqtt", None, None, payload))
        spool.close()
        [path] = spool.finished
        return path

    _, messages = arrivals.read(asyncio.run(keep()), _ZONE)
    assert messages.rejects.is_empty(), messages.rejects["reason"].to_list()
    assert messages.points["t0815"].to_list() == [102_500]
