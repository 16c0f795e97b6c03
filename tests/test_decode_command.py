"""``fenggu decode``: hex frames in, one JSON object a line out."""

import json
import subprocess
import sys
from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from ingest.protocols.decoded import Decoded, Field
from pages import decode_command
from pages.cli import app
from queries.settings import PROJECT

VOLTAGES = "68 34 01 00 14 12 23 68 91 0A 33 32 34 35 A4 56 32 32 32 32 79 16"
"""A real DL/T 645 meter: phase A 237.1 V; B and C are not there."""
ENERGY = "681E00C305000000000000009E548501000010020101060001E24000005AD416"
"""A real DL/T 698.45 answer: 1234.56 kWh."""
LOGIN = "683200320068C900100100000270000001004D16"
"""A real Q/GDW 376.1 login."""


@pytest.fixture
def run():
    def decoded(text, *options):
        data = text if isinstance(text, bytes) else text.encode()
        result = CliRunner().invoke(app, ["decode", *options], input=data)
        return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]

    return decoded


def test_frames_of_three_protocols_are_answered_in_their_order(run):
    code, answers = run(f"{ENERGY}\n{VOLTAGES}\n{LOGIN}\n")
    assert code == 0
    assert [one["protocol"] for one in answers] == ["DL/T 698.45", "DL/T 645-2007", "Q/GDW 376.1"]
    assert list(answers[2]) == [
        "protocol",
        "direction",
        "service",
        "address",
        "fields",
        "checksums",
    ]
    assert answers[2]["address"] == "100000001"
    assert answers[2]["checksums"] == {"CS": True}
    [energy] = [one for one in answers[0]["fields"] if one["unit"] == "kWh"]
    assert (energy["identifier"], energy["value"]) == ("00100201", 1234.56)


def test_a_decimal_is_printed_as_it_was_in_the_frame_and_what_is_missing_is_null():
    result = CliRunner().invoke(app, ["decode"], input=VOLTAGES)
    assert '"value": 237.1, "unit": "V"' in result.stdout
    values = [one["value"] for one in json.loads(result.stdout)["fields"]]
    assert values == [237.1, None, None]


@pytest.mark.parametrize(
    "line",
    [
        ENERGY.lower(),
        f"  {ENERGY}\t# a comment behind",
        f"0x{ENERGY}",
        f"\ufeff{ENERGY}",
        " ".join(f"0x{ENERGY[at : at + 2]}" for at in range(0, len(ENERGY), 2)),
        ", ".join(f"0X{ENERGY[at : at + 2]}" for at in range(0, len(ENERGY), 2)),
        f"FE FE FE FE {ENERGY}\r",
    ],
)
def test_frames_are_read_however_they_are_written(run, line):
    code, [answer] = run(line)
    assert code == 0
    assert answer["address"] == "000000000000"


def test_blank_lines_and_comments_answer_nothing(run):
    assert run("\n   \n# only words\n") == (0, [])


def test_a_line_that_is_no_frame_does_not_stop_the_others(run):
    damaged = ENERGY[:-4] + "0016"
    code, answers = run(f"{damaged}\nnot hex\n{ENERGY}\n")
    assert code == 1
    assert answers[0]["error"].startswith("DL/T 698.45: FCS is 5A00")
    assert answers[0]["offset"] == 29
    assert answers[2]["protocol"] == "DL/T 698.45"


@pytest.mark.parametrize(
    ("line", "reason", "offset"),
    [
        ("68 1G 00", "'G', character 5 of the line, is no hexadecimal digit", 1),
        ("0x68 0x1x", "'x', character 9 of the line, is no hexadecimal digit", 1),
        ("68-11", "'-', character 3 of the line, is no hexadecimal digit", 1),
        ("６８", "'６', character 1 of the line, is no hexadecimal digit", 0),
        ("68 11 0", "5 hexadecimal digits; expected two a byte", 2),
        ("7EA00802232193BD647E", "7E begins a frame of DLMS/COSEM", 0),
        ("FE", "there is no frame", 1),
    ],
)
def test_what_is_wrong_is_said_with_its_place(run, line, reason, offset):
    code, [answer] = run(line)
    assert code == 1
    assert reason in answer["error"]
    assert answer["offset"] == offset


def test_bytes_that_are_no_text_are_an_error_of_their_line_only(run):
    code, answers = run(b"\xff\xfe\x00\n" + ENERGY.encode() + b"\n")
    assert code == 1
    assert "no hexadecimal digit" in answers[0]["error"]
    assert "protocol" in answers[1]


def test_bare_apdus_are_decoded_where_they_are_asked_for(run):
    apdu = "85010020000200010103 12 096D 12 096E 12 096F 0000"
    code, [answer] = run(apdu, "--apdu")
    assert code == 0
    volts = [one["value"] for one in answer["fields"] if one["unit"] == "V"]
    assert volts == [241.3, 241.4, 241.5]
    assert answer["address"] is None
    assert answer["checksums"] == {}
    assert run(apdu)[0] == 1


def test_every_kind_of_value_has_a_form_in_json(monkeypatch):
    values = {
        "decimal": (Decimal("220.0"), "220.0"),
        "small": (Decimal("1E-7"), "0.0000001"),
        "large": (Decimal("1E+3"), "1000"),
        "four bytes": (237.10000610351562, "237.1"),
        "eight bytes": (237.1, "237.1"),
        "no number": (float("nan"), "null"),
        "infinite": (float("-inf"), "null"),
        "count": (7, "7"),
        "claim": (True, "true"),
        "octets": (b"\x00\xab", '"00ab"'),
        "moment": (datetime.fromisoformat("2026-10-05 00:00"), '"2026-10-05T00:00:00"'),
        "day": (date(2026, 10, 5), '"2026-10-05"'),
        "time": (time(23, 59), '"23:59:00"'),
        "text": ('台区 "1"', '"台区 \\"1\\""'),
        "nothing": (None, "null"),
    }
    fields = tuple(Field(name, "", value) for name, (value, _) in values.items())
    decoded = Decoded("P", "uplink", "S", None, fields, {})
    monkeypatch.setattr(decode_command, "decode_any", lambda _: decoded)
    result = CliRunner().invoke(app, ["decode"], input="68")
    for name, (_, text) in values.items():
        assert f'"identifier": "{name}", "name": "", "value": {text}, "unit"' in result.stdout
    assert json.loads(result.stdout)["address"] is None


@settings(deadline=None)
@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_number_of_four_bytes_is_printed_in_digits_that_give_it_back(value):
    text = decode_command._shortest(value)  # noqa: SLF001
    assert decode_command._same(float(text), decode_command.struct.pack("f", value))  # noqa: SLF001
    assert len(text) <= len(repr(value))


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_of_eight_bytes_is_printed_in_digits_that_give_it_back(value):
    text = float(decode_command._shortest(value))  # noqa: SLF001
    as_four = decode_command._same(text, _four_bytes(value))  # noqa: SLF001
    assert text == value or as_four


def _four_bytes(value):
    try:
        return decode_command.struct.pack("f", value)
    except OverflowError:
        return b""


def test_an_answer_comes_before_the_next_question_is_asked():
    with subprocess.Popen(
        [sys.executable, "-c", "from pages.cli import app; app()", "decode"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        for frame in (LOGIN, ENERGY):
            process.stdin.write(frame.encode() + b"\n")
            process.stdin.flush()
            assert "protocol" in json.loads(process.stdout.readline())
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_the_command_itself_needs_no_lake():
    heavy = "{'polars', 'duckdb', 'streamlit', 'sqlalchemy'} & set(sys.modules)"
    script = f"import sys, pages.decode_command; print({heavy})"
    told = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=PROJECT
    )
    assert told.stdout == "set()\n"
