"""No function of the DL/T 645 codec can build a frame that a meter would obey."""

import inspect
from datetime import datetime
from decimal import Decimal
from importlib import import_module
from itertools import product
from pkgutil import iter_modules

import pytest

from ingest.protocols import dlt645
from ingest.protocols.dlt645 import requests
from ingest.protocols.dlt645.frame import (
    Frame,
    ReadFunction,
    encode_answer,
    encode_request,
    parse_frame,
)
from ingest.protocols.dlt645.load_record import LoadRecord
from tests.ingest.protocols.dlt645_frames import framed

COMMANDS = [0x03, 0x08, *range(0x14, 0x1D)]
"""What changes a meter: clock, data, address, freeze, baud, password, clears, relay."""

NOON = datetime.fromisoformat("2025-01-31 12:00")


class Imposter:
    """Looks like a reading function; would be a relay command."""

    value = 0x1C
    name = "DATA"


REQUEST_BUILDERS = {encode_request, requests.read_data, requests.read_load_records,
                    requests.read_follow_up, requests.read_address}  # fmt: skip

SAMPLES = {
    "function": [*ReadFunction, *COMMANDS, 0x11, 0x91, 0x9C, Imposter(), "DATA", None,
                 b"\x1c"],
    "address": ["000000000161", "AAAAAAAAAAAA", "AAAA00000161", "999999999999", "68", "1C" * 6],
    "data": [b"", b"\x1c", b"\x00\x00\x01\x00", b"\x00\x00\x01\x00\x01", b"\x1c" * 10,
             framed(0x1C, b"\x02\x00\x00\x00"), bytes(255), bytes(256)],
    "identifier": ["00010000", "06000001", "0000001C", "1C1C1C1C", "04000C01", "1C"],
    "values": [[], [Decimal(1)], [None], ["1C"]],
    "records": [0, 1, 20, 99, 0x1C, [], [LoadRecord(NOON, {})]],
    "start": [None, NOON],
    "sequence": [-1, 0, 1, 0x1C, 255, 256],
    "error": ["no such data", ""],
    "record": [LoadRecord(NOON, {}), LoadRecord(None, {})],
    "more": [False, True],
    "abnormal": [False, True],
    "longest": [6, 200],
    "preamble": [4],
}  # fmt: skip


def public_functions():
    """Every function of the package that others may call."""
    for module in iter_modules(dlt645.__path__, f"{dlt645.__name__}."):
        loaded = import_module(module.name)
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if not name.startswith("_") and function.__module__ == module.name:
                yield function


def building(function) -> bool:
    """Whether it gives bytes that could go out on a line."""
    return "bytes" in str(inspect.signature(function).return_annotation)


def emitted(function) -> list[bytes]:
    """All that ``function`` gives for every combination of samples that it accepts."""
    names = list(inspect.signature(function).parameters)
    found = []
    for arguments in product(*(SAMPLES[name] for name in names)):
        given = dict(zip(names, arguments, strict=True))
        positional = [given.pop(name) for name in names
                      if inspect.signature(function).parameters[name].kind
                      is inspect.Parameter.POSITIONAL_OR_KEYWORD]  # fmt: skip
        try:
            result = function(*positional, **given)
        except (ValueError, TypeError, AttributeError):
            continue
        found += result if isinstance(result, list) else [result]
    return found


def test_every_request_that_can_be_built_reads():
    seen = set()
    for builder in REQUEST_BUILDERS:
        frames = [parse_frame(frame_bytes) for frame_bytes in emitted(builder)]
        assert len(frames) >= 4, builder
        seen |= {frame.control for frame in frames}
    assert seen == {0x11, 0x12, 0x13}


def test_every_function_that_gives_bytes_is_known_here_and_none_gives_a_command():
    controls = set()
    names = set()
    for function in filter(building, public_functions()):
        names.add(function.__name__)
        for given in emitted(function):
            try:
                frame = parse_frame(given)
            except ValueError:  # a data field or an address, not a frame
                continue
            controls.add(frame.control)
    assert names == {
        "encode_request", "encode_answer", "encode_address", "read_data", "read_load_records",
        "read_follow_up", "read_address", "answer_data", "load_record_data", "answer_address",
        "refusal", "split_answer", "encode_load_record", "travelling",
    }  # fmt: skip
    assert {c for c in controls if c < 0x80} == {0x11, 0x12, 0x13}
    assert {c & 0x1F for c in controls if c >= 0x80} == {0x11, 0x12, 0x13}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_cannot_be_asked_for_by_number(command):
    for encode in (encode_request, encode_answer):
        for disguise in (command, str(command), bytes([command])):
            with pytest.raises(TypeError, match="is not a reading function"):
                encode(disguise, "000000000161", b"\x00\x00\x01\x00")
    with pytest.raises(ValueError, match="is not a valid ReadFunction"):
        ReadFunction(command)


def test_the_reading_functions_are_three_and_cannot_be_added_to():
    assert {function.value for function in ReadFunction} == {0x11, 0x12, 0x13}
    with pytest.raises(TypeError):

        class More(ReadFunction):  # type: ignore[misc]
            RELAY = 0x1C

    with pytest.raises(AttributeError):
        ReadFunction.DATA.value = 0x1C  # type: ignore[misc]


def test_no_request_hides_a_command_in_its_address():
    for address in ("1C", "000000000161681C0A", "AA", "00000000016A", "0000000001AA", ""):
        with pytest.raises(ValueError, match="no meter address"):
            requests.read_address(address)


def test_a_request_for_load_records_is_written_as_meters_expect_it():
    request = requests.read_load_records("000000000161", records=4, start=NOON, preamble=0)
    assert parse_frame(request) == Frame(
        "000000000161", 0x11, bytes.fromhex("01000006 04 0012310125")
    )
    latest = requests.read_load_records("000000000161", records=1, identifier=requests.LATEST)
    assert parse_frame(latest).data == bytes.fromhex("02000006 01")


@pytest.mark.parametrize(
    "wrong",
    [
        {"records": 0, "start": NOON},
        {"records": 100, "start": NOON},
        {"records": 1},
        {"records": 1, "start": NOON, "identifier": requests.LATEST},
        {"records": 1, "start": NOON.replace(second=1)},
        {"records": 1, "start": datetime.fromisoformat("2025-01-31 12:00+08:00")},
    ],
)
def test_a_request_for_load_records_that_makes_no_sense_is_not_built(wrong):
    with pytest.raises(ValueError, match=r"expected|only 06xx0001"):
        requests.read_load_records("000000000161", **wrong)
