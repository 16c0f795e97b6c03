"""DL/T 698.45 messages: what is stated of those from the field, and what damage does to them."""

import random

import pytest

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.link import parse_frame
from ingest.protocols.dlt698.messages import (
    Block,
    Digest,
    Oads,
    ProxyAnswer,
    ProxyCommand,
    ProxyGetRecord,
    ProxyRecord,
    Record,
    RecordRequest,
    Records,
    Result,
    Results,
    TransReport,
    Unparsed,
    Write,
    Writes,
    Written,
    Writtens,
)
from ingest.protocols.dlt698.moments import DateTimeS
from ingest.protocols.dlt698.session_messages import (
    ConnectRequest,
    ConnectResponse,
    ErrorMessage,
    ReleaseNotification,
    ReleaseResponse,
    Rn,
    RnMac,
    SecurityRequest,
    SecurityResponse,
)
from ingest.protocols.dlt698.values import (
    NULL,
    Comdcb,
    Data,
    Road,
    SelectAll,
    Sid,
    SidMac,
    Tag,
)
from tests.ingest.protocols.dlt698_vectors import METER, apdus, message, stated, value

VOLTAGE = Result("20000200", Data(Tag.UINT16, 220))

FURTHER = (
    "06030401450002 0C12016845 00020C0300",
    "86030401450002 0C004500020C0112016800 00",
    "8703070100100100000000100200010105060000000006000000000600000000060000000006000000000000",
    "09010A00780207052016012000 01003C01001002000705201601200002003C010010020000",
    "0802020150040200 00",
    "08030200",
    "85014220000200011200DC010101 20010200000400",
    "8601022000020000010201500402000100200002000101 1200DC00",
    "090202000A020001500402000001002000020000",
    "89020202000150040200010020000200000400 00",
    "090302000A010200010003012000 02001200DC00",
    "890302010200010120000200000000",
    "090402000A01020001000301200002001200DC2000020001 00",
    "090502000A0102000100030100100100 0000",
    "090602000A0102000100030100100100002000020001 00",
    "890702F20102000102AABB0000",
    "890702F201020000020000",
    "10000205000000000001 01AA01BB",
    "100001AA0201BB01CC",
    "100101AA030000000100",
    "900002850000",
    "900101AA010001BB",
    "900001AA01010000000101BB01CC",
    "850601400102000110D41D8CD98F00B204E9800998ECF8427E0000",
    (
        "8200544F5053303130323136303733313031303231363037333100000000000000000010FFFFFFFFFFFFFFFF"
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF040004000104000000006400000000"
    ),
    "EE03020000",
    "8402 07E00513080500 07E00513080600 0000",
    "8301000000",
    "03010 0".replace(" ", ""),
)
"""Messages with which 600888/dlt698 is tested (the first six from Annex D of the standard)."""


def test_messages_from_the_field_say_what_is_known_of_them(shared_data):
    compared = 0
    for octets, known in apdus(shared_data):
        told = known["apdu"]
        if known["apdu_fully_parsed"]:
            assert stated(parse_apdu(octets)) == told
            compared += 1
        else:
            apdu = parse_apdu(octets)
            assert apdu.service == told["service"]
            assert apdu.piid == told.get("piid", apdu.piid)
    assert compared == 49


def test_protected_messages_keep_what_is_within_them(shared_data):
    bodies = {
        known["apdu"]["body"]: parse_apdu(octets).body
        for octets, known in apdus(shared_data)
        if known["apdu"]["service"].startswith("SECURITY")
    }
    assert bodies == {
        "1285010643000400011c07e00201000703000001000437583591": SecurityResponse(
            False,  # noqa: FBT003
            bytes.fromhex("85010643000400011c07e002010007030000"),
            None,
            bytes.fromhex("37583591"),
        ),
        "0805010643000400000110d7d94269bba4c091d7d94269bba4c091": SecurityRequest(
            False,  # noqa: FBT003
            bytes.fromhex("0501064300040000"),
            Rn(bytes.fromhex("d7d94269bba4c091d7d94269bba4c091")),
        ),
        "01aa0102bbcc": SecurityRequest(True, b"\xaa", Rn(b"\xbb\xcc")),  # noqa: FBT003
        "0200": SecurityResponse(False, None, 2, None),  # noqa: FBT003
        "020500000000000101aa01bb": SecurityRequest(
            False,  # noqa: FBT003
            b"\x05\x00",
            SidMac(Sid(1, b"\xaa"), b"\xbb"),
        ),
    }


def test_a_code_is_kept_and_never_said_to_be_verified():
    answer = message("90 00 02 8500 01 00 04 37583591").body
    assert isinstance(answer, SecurityResponse)
    assert (answer.verification, answer.mac_verified) == (b"\x37\x58\x35\x91", None)


def test_a_login_with_a_signature_says_what_it_proposes(shared_data):
    [request] = [
        parse_apdu(octets).body
        for octets, known in apdus(shared_data)
        if known["apdu"]["service"] == "CONNECT-Request"
    ]
    assert isinstance(request, ConnectRequest)
    proposed = request.association
    assert (proposed.version, proposed.protocol.hex()) == (0x16, "ffffffffc0000000")
    assert (proposed.send_bytes, proposed.receive_bytes) == (2048, 2048)
    assert (proposed.window, proposed.apdu_bytes, proposed.timeout_seconds) == (1, 8000, 7200)
    assert (request.mechanism, [len(secret) for secret in request.secrets]) == (3, [32, 64])


def test_a_report_of_octets_is_pieces_behind_a_count():
    # The description of this one reads it as one piece and a rest; only so does it end well.
    assert message("880302F20102000201AA02BBCC0000").body == TransReport(
        "F2010200", (b"\xaa", b"\xbb\xcc")
    )


def test_a_write_then_read_is_named_and_taken_apart():
    zero = Data(Tag.INT8, 0)
    assert message("07030701001001000F00001002000000").body == Writes(
        (Write("00100100", zero, "00100200", 0),)
    )
    assert message("0603040145000 20C12016845 00020C0300".replace(" ", "")).body == Writes(
        (Write("4500020C", Data(Tag.UINT16, 360), "4500020C", 3),)
    )
    assert message("86030401450002 0C004500020C0112016800 00").body == Writtens(
        (Written("4500020C", 0, None, Result("4500020C", Data(Tag.UINT16, 360))),)
    )
    acted = message(FURTHER[2]).body
    assert isinstance(acted, Writtens)
    assert acted.results[0].read is not None
    assert acted.results[0].read.data is not None
    assert value(acted.results[0].read.data) == [0] * 5


def test_a_report_may_ride_on_an_answer():
    answer = message("85014220000200011200DC010101 20010200000400")
    assert answer.piid == 0x42
    assert answer.body == Results((VOLTAGE,))
    assert answer.follow_report == Results((Result("20010200", None, 4),))
    carried = message("8601022000020000010201500402000100200002000101 1200DC00").follow_report
    row = (Data(Tag.UINT16, 220),)
    assert carried == Records((Record("50040200", ("20000200",), (row,)),))


def test_reads_through_a_terminal_are_taken_apart():
    assert message(FURTHER[8]).body == ProxyGetRecord(
        10, b"\x00\x01", RecordRequest("50040200", SelectAll(), ("20000200",))
    )
    assert message(FURTHER[9]).body == ProxyRecord(
        b"\x00\x01", Record("50040200", ("20000200",), None, 4)
    )
    assert message("090702F201020006020801000003000A02AABB00").body == ProxyCommand(
        "F2010200", Comdcb(6, 2, 8, 1, 0), 3, 10, b"\xaa\xbb"
    )
    assert message("890702F20102000102AABB0000").body == ProxyAnswer("F2010200", b"\xaa\xbb")
    assert message("890702F201020000020000").body == ProxyAnswer("F2010200", None, 2)


def test_writes_through_a_terminal_are_named_and_left_as_they_are():
    proxied = message("090502000A0102000100030100100100 0000")
    assert proxied.service == "PROXY-Request-ActionList"
    assert proxied.body == Unparsed(bytes.fromhex("000A01020001000301001001000000"))


def test_a_long_answer_comes_in_numbered_blocks():
    assert message("850503 00 0000 01 01 20000200 01 1200DC 00 00").body == Block(
        False,  # noqa: FBT003
        0,
        Results((VOLTAGE,)),
    )
    last = message("850503 01 0001 02 01 50040200 01 00 20000200 01 00 00 00").body
    assert last == Block(True, 1, Records((Record("50040200", ("20000200",), ()),)))  # noqa: FBT003
    assert message("850503 01 0002 00 09 00 00").body == Block(True, 2, None, 9)  # noqa: FBT003
    assert message("050503 0001 00").service == "GET-Request-Next"


def test_sessions_open_close_and_fail():
    assert message(FURTHER[23]).body == Digest(
        "40010200", bytes.fromhex("D41D8CD98F00B204E9800998ECF8427E")
    )
    opened = message(FURTHER[24]).body
    assert isinstance(opened, ConnectResponse)
    assert opened.maker[:4] == b"TOPS"
    assert (opened.association.apdu_bytes, opened.association.timeout_seconds) == (1024, 100)
    assert (opened.result, opened.secrets) == (0, ())
    assert message("EE03020000").body == ErrorMessage(2)
    assert message("8301000000").body == ReleaseResponse(0)
    began, ended = DateTimeS(2016, 5, 19, 8, 5, 0), DateTimeS(2016, 5, 19, 8, 6, 0)
    assert message(FURTHER[26]).body == ReleaseNotification(began, ended)
    assert message("030100").service == "RELEASE-Request"
    assert message("08030200").body is None
    assert message("0802020150040200 00").body == Oads(("50040200",))


def test_proofs_are_of_four_kinds():
    proofs = [message(FURTHER[number]).body for number in (17, 18, 19)]
    assert [proof.verification for proof in proofs if isinstance(proof, SecurityRequest)] == [
        SidMac(Sid(1, b"\xaa"), b"\xbb"),
        RnMac(b"\xbb", b"\xcc"),
        Sid(1, b""),
    ]
    signed = message("900001AA01010000000101BB01CC").body
    assert isinstance(signed, SecurityResponse)
    assert signed.verification == SidMac(Sid(1, b"\xbb"), b"\xcc")


def test_a_column_of_columns_is_one_cell_with_a_value_for_each():
    # A terminal's record of events of three meters, quoted in a program that tests terminals.
    frame = parse_frame(
        bytes.fromhex(
            "689200C3059900780033 10109EF5 8503306012030002 00202A0200 013000060003"
            "20220200 201E0200 20200200 0103"
            "5507050000000000010103 0600000002 1C07E70A13173200 1C07E70A13173700"
            "5507050000000000020103 0600000002 1C07E70A13173200 1C07E70A13173700"
            "5507050000000000030103 0600000002 1C07E70A13173200 1C07E70A13173700 0000 F0CB16"
        )
    )
    [record] = parse_apdu(frame.data).body.records  # type: ignore[union-attr]
    assert record.columns == (
        "202A0200",
        Road("30000600", ("20220200", "201E0200", "20200200")),
    )
    assert [[value(cell) for cell in row] for row in record.rows or ()][2] == [
        bytes.fromhex("05000000000003"),
        [2, "2023-10-19 23:50:00", "2023-10-19 23:55:00"],
    ]


def test_no_rows_is_an_answer_and_so_is_a_null_cell():
    none = message("850300500402000100001002010100 0000".replace(" ", "")).body
    assert none == Records((Record("50040200", ("00100201",), ()),))
    null = message("8503005004020001000010020101010 00000".replace(" ", "")).body
    assert null == Records((Record("50040200", ("00100201",), ((NULL,),)),))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "ends after 0"),
        ("05", "ends after 1"),
        ("0500", "0500 is no service"),
        ("4201", "4201 is no service"),
        ("050107200F0200 02", "true or false"),
        ("050107200F0200 00 00", "1 octets are left"),
        ("850107200F0200 02 00", "choice 02; expected 00"),
        ("850107200F0200 0007 0103 00", "choice 03; expected 01"),
        ("050307 50040200 0B 00 00", "says which rows"),
        ("050307 50040200 0404D0010100000008 00 00", "says which meters"),
        ("850307 50040200 00 01 FF", "at most 82"),
        ("850307 50040200 00 01 02 0000", "rows of no columns"),
        ("850307 50040200 01 00 20000200 02 00", "expected 00"),
        ("850307 50040200 02 00 20000200 00 20010200 01 05 00 00 00 00 00", "are announced"),
        ("010003", "logout"),
        ("100004", "announced"),
        ("10000100 04", "kinds of proof"),
        ("9003", "expected 00 plain"),
        ("0204 0016" + "00" * 24 + "0800 0800 01 1F40 00000000 04", "mechanisms"),
        ("850503 00 0000 03", "broken off"),
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused_and_said_why(text, reason):
    with pytest.raises(FrameError, match=reason):
        message(text)


def known_messages(shared_data) -> list[bytes]:
    return [
        *(octets for octets, _ in apdus(shared_data)),
        *(bytes.fromhex(text) for text in FURTHER),
    ]


def test_every_truncation_and_every_surplus_is_refused(shared_data):
    for octets in known_messages(shared_data):
        if isinstance(parse_apdu(octets).body, Unparsed):
            continue
        for end in range(len(octets)):
            with pytest.raises(FrameError):
                parse_apdu(octets[:end])
        with pytest.raises(FrameError):
            parse_apdu(octets + b"\x00")


def test_damaged_messages_raise_nothing_but_frame_errors(shared_data):
    chance = random.Random(698)  # noqa: S311
    known = known_messages(shared_data)
    refused = 0
    for _ in range(20_000):
        octets = bytearray(chance.choice(known)[:200])
        for _ in range(chance.randint(1, 4)):
            octets[chance.randrange(len(octets))] = chance.randrange(256)
        try:
            parse_apdu(bytes(octets))
        except FrameError as error:
            refused += 1
            assert 0 <= error.offset <= len(octets)  # noqa: PT017 - the other case has no error
    assert refused > 10_000


def test_noise_raises_nothing_but_frame_errors(shared_data):
    chance = random.Random(45)  # noqa: S311
    starts = sorted({octets[:2] for octets in known_messages(shared_data)})
    for _ in range(20_000):
        octets = chance.choice(starts) + chance.randbytes(chance.randint(0, 40))
        try:
            parse_apdu(octets)
        except FrameError:
            continue


def test_the_meter_s_answer_is_read_to_the_last_count():
    assert stated(parse_apdu(parse_frame(METER).data))["value"] == [
        123456, 10000, 20000, 30000, 63456,
    ]  # fmt: skip
