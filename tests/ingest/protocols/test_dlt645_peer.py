"""A second opinion: PyPI's dlt645 reads the same frames and values as we do."""

from collections import Counter
from datetime import datetime
from decimal import Decimal

import dlt645
import pytest
from dlt645.model.data.define import DIMap

from ingest.protocols.dlt645.answers import answer_data
from ingest.protocols.dlt645.decode import decode
from ingest.protocols.dlt645.follow_ups import split_answer
from ingest.protocols.dlt645.frame import parse_frame
from ingest.protocols.dlt645.identifiers import layout_of
from tests.ingest.protocols.dlt645_frames import verified

DISAGREED_UNITS = {"0206", "0208", "0209", "020A", "020B"}
"""Power factor in kW, distortion and harmonics in V and A: the peer's units are slips."""


@pytest.fixture(scope="module")
def peer():
    return dlt645.MeterClientService(None)


def peer_frame(frame_bytes: bytes):
    frame = dlt645.DLT645Protocol.deserialize(frame_bytes)
    assert frame
    return frame


def peer_value(peer, frame_bytes: bytes):
    frame = peer_frame(frame_bytes)
    peer.address = frame.addr
    item = peer.handle_response(frame)
    return None if item is None else item.value


def test_the_peer_finds_the_same_address_control_and_data(shared_data):
    for vector in verified(shared_data):
        frame_bytes = bytes.fromhex(vector["hex"])
        ours, theirs = parse_frame(frame_bytes), peer_frame(frame_bytes)
        assert ours.address == bytes(theirs.addr)[::-1].hex().upper()
        assert (ours.control, ours.data) == (theirs.ctrl_code, bytes(theirs.data))


def test_the_peer_reads_the_same_values_from_the_field(shared_data, peer):
    compared = 0
    for vector in verified(shared_data, "DL/T 645-2007"):
        frame_bytes = bytes.fromhex(vector["hex"])
        fields = list(decode(frame_bytes).fields)
        if vector["decoded"]["control"] != "91" or len(fields) > 1 or fields[0].value is None:
            continue  # the peer reads no blocks, and 16665.5 V from FF FF
        assert peer_value(peer, frame_bytes) == float(str(fields[0].value)), vector["hex"]
        compared += 1
    assert compared >= 13


def catalogued():
    """The peer's energies, demands and instantaneous values."""
    for identifier, item in DIMap.items():
        if identifier >> 24 <= 2 and not isinstance(item, list):
            yield f"{identifier:08X}", item


def test_the_peers_tables_have_our_widths_and_units():
    disagreed = Counter()
    compared = 0
    for identifier, item in catalogued():
        layout = layout_of(bytes.fromhex(identifier)[::-1])
        assert layout, identifier
        whole, _, decimals = item.data_format.partition(".")
        width = (len(whole) + len(decimals) + 1) // 2
        assert layout.parts[0].codec.width == width, identifier
        compared += 1
        unit = item.unit.strip().replace("℃", "°C")
        if unit and unit != layout.parts[0].unit:
            disagreed[identifier[:4]] += 1
    assert compared > 18_000
    assert set(disagreed) == DISAGREED_UNITS


def test_the_peer_reads_what_our_simulated_meters_answer(peer):
    compared = 0
    for place, (identifier, item) in enumerate(catalogued()):
        if identifier.startswith("01") or (place % 20 and identifier.startswith("00")):
            continue
        whole, _, decimals = item.data_format.partition(".")
        value = Decimal("7" + "1234567"[: len(whole + decimals) - 1]).scaleb(-len(decimals))
        signed = identifier[:4] in ("0000", "0003", "0202", "0203", "0204", "0206")
        value = -value if signed else value
        [frame_bytes] = split_answer("000000000161", answer_data(identifier, [value]))
        assert peer_value(peer, frame_bytes) == float(str(value)), identifier
        compared += 1
    assert compared > 600


def test_the_peer_reads_the_same_maximum_demand_but_its_time_backwards(peer):
    # Our order, low byte first, is that of the standard, and of the peer's own simulated meter.
    values = [Decimal("12.3456"), datetime.fromisoformat("2025-06-07 08:09")]
    [frame_bytes] = split_answer("000000000161", answer_data("01010000", values))
    demand = peer_value(peer, frame_bytes)
    assert demand
    assert demand.value == float("12.3456")
    assert demand.time == datetime.fromisoformat("2009-08-07 06:25")
