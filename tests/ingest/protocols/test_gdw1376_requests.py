"""What a master station can send in Q/GDW 1376.1: questions and acknowledgements, no more."""

import ast
import json
from datetime import date, datetime
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.protocols.dlt645.frame import ReadFunction, encode_request
from ingest.protocols.dlt645.frame import parse_frame as parse_meter_frame
from ingest.protocols.gdw1376 import answers, encoding, requests
from ingest.protocols.gdw1376.application import parse_application
from ingest.protocols.gdw1376.decode import decode
from ingest.protocols.gdw1376.encoding import Terminal
from ingest.protocols.gdw1376.forwarding import EVEN_2400, Forwarded, parse_forwarded
from ingest.protocols.gdw1376.frame import Frame, parse_frame
from ingest.protocols.gdw1376.payloads import PAYLOADS
from queries.settings import PROJECT

TERMINAL = Terminal("4521", 3)
at = datetime.fromisoformat
METER = encode_request(ReadFunction.DATA, "151230011061", bytes.fromhex("00000100"))


@pytest.fixture(scope="module")
def vectors_1376(shared_data):
    every = json.loads((shared_data / "protocol" / "vectors.json").read_text("utf-8"))
    real = [one for one in every if one["protocol"] == "Q/GDW 376.1" and one["checksum_verified"]]
    return [bytes.fromhex(one["hex"]) for one in real]


def meter_frame(control, data=b""):
    """A frame of DL/T 645 with any function, commands among them."""
    body = bytes.fromhex("6811060130121568") + bytes((control, len(data))) + data
    return body + bytes((sum(body) & 0xFF, 0x16))


def test_acknowledgements_seen_in_the_field_are_written_byte_for_byte(vectors_1376):
    written = [
        requests.acknowledge_units(Terminal("4521", 3), 4, afn=0x02, errors=[(0, 1, 0)]),
        requests.acknowledge_units(Terminal("0834", 1172), 5, afn=0x02, errors=[(0, 3, 0)]),
    ]
    seen = [one for one in vectors_1376 if one[6] == 0x0B]
    assert written == seen


def test_logins_seen_in_the_field_are_written_byte_for_byte(vectors_1376):
    written = [
        answers.login(Terminal("1000", 1, 0), 0),
        answers.login(Terminal("0314", 25394, 0), 3),
    ]
    seen = [one for one in vectors_1376 if one[12] == 0x02]
    assert written == seen


def test_a_question_for_a_frozen_day_is_as_worked_out_by_hand():
    frame = requests.read_frozen(TERMINAL, 6, [(2, 161)], date(2015, 4, 16))
    # L = 8 + 7 = 15: 15 << 2 | 2 = 3E; C 4B, A 2145 0300 02, AFN 0D, SEQ 66, DA 0201, DT 0114
    body = "4B21450300020D6602010114160415"
    checksum = sum(bytes.fromhex(body)) & 0xFF
    assert frame == bytes.fromhex(f"683E003E0068{body}{checksum:02X}16")


def test_a_question_for_a_day_of_quarters_names_its_first_point():
    first = at("2015-04-16 00:15")
    frame = requests.read_curve(
        TERMINAL, 6, [(2, 101)], first=first, interval_minutes=15, point_count=96
    )
    assert parse_frame(frame).data == bytes.fromhex("0201100C15001604150160")
    found = {field.identifier: field.value for field in decode(frame).fields}
    assert found["0D.F101.first"] == first
    assert found["0D.F101.points"] == 96


def test_a_question_for_present_values_holds_points_and_functions_only():
    frame = requests.read_now(TERMINAL, 1, [(1, 25), (1, 129), (9, 129)])
    assert parse_frame(frame).data == bytes.fromhex("010101030101011001020110")


def test_a_meter_is_asked_through_a_terminal():
    frame = requests.forward_reading(TERMINAL, 2, Forwarded(2, METER, EVEN_2400, 4500, 300))
    parsed = parse_frame(frame)
    application = parse_application(parsed)
    assert application.password == bytes(16)
    # port 2, 6B, wait 5 s (4.5 rounded up), 30 × 10 ms, length
    assert application.units[0].rest[:4] == bytes.fromhex("026B851E")
    found = {field.identifier: field.value for field in decode(frame).fields}
    assert found["10.F1.address"] == "151230011061"
    assert found["10.F1.wait"] == 5000
    assert found["10.F1.byte_wait"] == 300


def test_a_question_forwarded_without_a_password_is_understood_too():
    frame = requests.forward_reading(TERMINAL, 2, Forwarded(2, METER, EVEN_2400, 5000, 300))
    body = frame[6:-18]  # without the 16 bytes of PW, CS and 16
    length = (len(body) << 2 | 2).to_bytes(2, "little")
    bare = b"\x68" + length * 2 + b"\x68" + body + bytes((sum(body) & 0xFF, 0x16))
    found = {field.identifier: field.value for field in decode(bare).fields}
    assert found["10.F1.address"] == "151230011061"
    assert "PW" not in found


def test_a_meter_answers_through_a_terminal_or_stays_silent():
    inner = meter_frame(0x91, bytes.fromhex("33333433AB393333"))
    found = {f.identifier: f.value for f in decode(_forwarded(inner)).fields}
    assert found["10.F1.frame"] == inner
    assert {f.identifier: f.value for f in decode(_forwarded(b"")).fields}["10.F1.frame"] is None
    broken = {f.identifier: f.value for f in decode(_forwarded(inner[:-1])).fields}
    assert "10.F1.error" in broken


def _forwarded(inner):
    return answers.forwarded(TERMINAL, 2, port=31, frame=inner)


def allowed(ask, *what, **more):
    """The frame that asks so, if there is one."""
    try:
        yield ask(TERMINAL, 1, *what, **more)
    except ValueError:
        return


def every_frame_of_a_master():
    """One of each that the functions of ``requests`` can write, over all they take."""
    for afn in range(256):
        yield requests.acknowledge(TERMINAL, 1, afn=afn)
        yield requests.acknowledge_units(TERMINAL, 1, afn=afn, errors=[(0, 1, 0), (2, 161, 1)])
    first = at("2015-04-16 00:15")
    curve = {"first": first, "interval_minutes": 15, "point_count": 96}
    for function in range(1, 249):
        yield from allowed(requests.read_now, [(1, function)])
        yield from allowed(requests.read_frozen, [(1, function)], first.date())
        yield from allowed(requests.read_curve, [(1, function)], **curve)
    for control, length in product(range(256), (0, 4, 5, 8, 12)):
        inner = meter_frame(control, bytes(length))
        yield from allowed(requests.forward_reading, Forwarded(1, inner, EVEN_2400, 1000, 100))


def test_every_frame_that_a_master_can_send_acknowledges_or_reads():
    frames = [parse_frame(frame) for frame in every_frame_of_a_master()]
    assert {frame.afn for frame in frames} == {0x00, 0x0C, 0x0D, 0x10}
    assert {frame.control for frame in frames} == {0x00, 0x0B, 0x4B}  # 41, reset, is not among them
    assert not any(frame.is_group for frame in frames)
    functions = {
        (frame.afn, parse_application(frame).units[0].function)
        for frame in frames
        if frame.afn in (0x0C, 0x0D)
    }
    assert functions == {what for what in PAYLOADS if what[0] != 0x02}
    inner = set()
    for frame in frames:
        if frame.afn == 0x10:
            [unit] = parse_application(frame).units
            forwarded = parse_forwarded(unit.rest, unit.offset, is_uplink=False)
            inner.add(parse_meter_frame(forwarded.frame).control)
    assert inner == {0x11, 0x12, 0x13}


def test_the_one_encoder_refuses_every_command_whatever_it_is_asked():
    data = bytes.fromhex("00000100")
    sent = set()
    for control, afn in product(range(256), range(256)):
        frame = Frame(control, "1000", 1, 1, False, afn, 0x60, data)  # noqa: FBT003
        try:
            encoding.encode_frame(frame)
        except ValueError:
            continue
        sent.add((control, afn))
    to_terminals = {what for what in sent if not what[0] & 0x80}
    assert to_terminals == {(0x00, 0x00), (0x0B, 0x00), (0x4B, 0x0C), (0x4B, 0x0D)}
    assert {afn for _, afn in sent} == {0x00, 0x02, 0x0C, 0x0D, 0x10}


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_nothing_is_forwarded_that_is_not_a_reading(inner):
    question = Forwarded(1, inner, EVEN_2400, 1000, 100)
    with pytest.raises(ValueError, match="forwarded frames only if they read"):
        requests.forward_reading(TERMINAL, 1, question)


@pytest.mark.parametrize("control", [0x08, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1B, 0x1C])
def test_a_command_to_a_meter_is_not_forwarded(control):
    question = Forwarded(1, meter_frame(control, bytes(8)), EVEN_2400, 1000, 100)
    with pytest.raises(ValueError, match="forwarded frames only if they read"):
        requests.forward_reading(TERMINAL, 1, question)


def test_a_reading_hidden_before_a_command_is_not_forwarded():
    question = Forwarded(1, METER + meter_frame(0x1C, bytes(8)), EVEN_2400, 1000, 100)
    with pytest.raises(ValueError, match="forwarded frames only if they read"):
        requests.forward_reading(TERMINAL, 1, question)


def test_a_group_of_terminals_is_never_addressed():
    frame = Frame(0x4B, "1000", 1, 1, True, 0x0C, 0x60, bytes.fromhex("00000200"))  # noqa: FBT003
    with pytest.raises(ValueError, match="to one terminal"):
        encoding.encode_frame(frame)


def test_frames_are_written_in_one_place_only():
    writers = set()
    for path in (PROJECT / "ingest" / "protocols" / "gdw1376").glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        if any(isinstance(node, ast.Name) and node.id == "END" for node in ast.walk(tree)):
            writers.add(path.name)
    assert writers == {"frame.py", "encoding.py"}  # the first only checks it


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (lambda: requests.read_now(TERMINAL, 1, []), "nothing is asked"),
        (lambda: requests.read_now(TERMINAL, 1, [(1, 1)]), "AFN 0C F1 is not one to ask by none"),
        (
            lambda: requests.read_frozen(TERMINAL, 1, [(1, 81)], date(2015, 4, 16)),
            "AFN 0D F81 is not one to ask by day or month",
        ),
        (lambda: requests.acknowledge(Terminal("45A1", 3), 1, afn=2), "region '45A1'"),
        (lambda: requests.acknowledge(Terminal("4521", 0), 1, afn=2), "terminal 0"),
        (lambda: requests.acknowledge(Terminal("4521", 3, 128), 1, afn=2), "MSA 128"),
    ],
)
def test_what_cannot_be_asked_is_said_so(ask, reason):
    with pytest.raises(ValueError, match=reason):
        ask()


def test_more_units_than_a_frame_holds_are_not_cut_off():
    with pytest.raises(ValueError, match="a frame holds 16375"):
        requests.read_now(TERMINAL, 1, [(1, 25)] * 4094)
