"""Whatever a master station sends, the field answers or keeps silent, and goes on."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.protocols.dlt645.frame import Frame as Frame645
from ingest.protocols.dlt698 import requests as ask
from ingest.protocols.dlt698.link import BY_CLIENT, USER_DATA, LinkFrame
from ingest.protocols.dlt698.messages import ProxyGetRecord, RecordRequest
from ingest.protocols.dlt698.moments import DateTimeS
from ingest.protocols.dlt698.values import ALL_METERS, MeterSet, SelectSpan, Ti, meter_address
from ingest.protocols.gdw1376.frame import Frame as Frame1376
from ingest.simulated.field.dlt645_bus import Bus645
from ingest.simulated.field.dlt698_terminal import Terminal698
from ingest.simulated.field.gdw1376_terminal import Terminal1376
from ingest.simulated.field.terminals import site
from tests.ingest.field.asking import A_DAY, LATER, some_meters

FIRST = datetime(2025, 6, 1, tzinfo=UTC).replace(tzinfo=None)
[METER] = some_meters(1, protocol="dlt645")
BUS = Bus645([METER], lambda: LATER)
OF_698 = some_meters(2)
TERMINAL = Terminal698(site("000000000001", OF_698, lambda: LATER))
OTHER = Terminal1376(site("330100007", [METER], lambda: LATER))
FEW = settings(deadline=None, max_examples=100)
_SPAN = SelectSpan(
    7, DateTimeS.of(FIRST), DateTimeS.of(FIRST + A_DAY / 24), Ti(1, 15), MeterSet(ALL_METERS)
)
_TABLE = RecordRequest("50020200", ask.rows_between(FIRST, FIRST, 15), ("20210200",))
QUESTIONS = (
    ask.get_record(RecordRequest("60120300", _SPAN, ())),
    ask.proxy_get_record(ProxyGetRecord(30, meter_address(OF_698[0].address), _TABLE)),
    ask.get_list(["40000200"]),
)


def answered(speaker, frame):
    """What is said, right and in every wrong way."""
    answer = speaker.answer(frame)
    return answer and [answer.frames, *(wrong() for wrong in answer.spoilt.values())]


@FEW
@given(
    st.sampled_from([0x11, 0x12, 0x13]),
    st.one_of(
        st.binary(max_size=12),
        st.tuples(
            st.sampled_from(["01000006", "00000006", "02000006", "01010605", "0001FF00"]),
            st.binary(max_size=6),
        ).map(lambda both: bytes.fromhex(both[0]) + both[1]),
    ),
)
def test_any_645_question_is_answered(control, data):
    assert answered(BUS, Frame645(METER.address, control, data))


@FEW
@given(st.sampled_from(QUESTIONS), st.data())
def test_any_698_question_is_answered_though_bytes_of_it_be_changed(question, data):
    octets = bytearray(question)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(octets) - 1))
        octets[place] = data.draw(st.integers(0, 255))
    frame = LinkFrame(BY_CLIENT | USER_DATA, "000000000001", 0, bytes(octets))
    answered(TERMINAL, frame)
    assert answered(TERMINAL, frame._replace(data=question))


@FEW
@given(st.sampled_from([0x0C, 0x0D, 0x10, 0x02, 0x0E]), st.data())
def test_any_376_question_is_answered(afn, data):
    unit = data.draw(st.sampled_from(["00000100", "01010114", "01010414", "FF000114", "01010110"]))
    octets = bytes.fromhex(unit) + data.draw(st.binary(max_size=24))
    frame = Frame1376(0x4B, "3301", 7, 1, False, afn, 0x61, octets)  # noqa: FBT003 - is_group
    assert answered(OTHER, frame)
