"""Frames and messages of DL/T 698.45 from the field, and ours in the words of their description."""

import json
from pathlib import Path
from typing import Any

from ingest.protocols.dlt698 import messages
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.link import FRAGMENTED, parse_frame
from ingest.protocols.dlt698.messages import Apdu
from ingest.protocols.dlt698.session_messages import LinkRequest, LinkResponse
from ingest.protocols.dlt698.values import (
    ADDRESSES,
    Data,
    Road,
    SelectAll,
    SelectEqual,
    SelectLast,
    SelectMoment,
    Tag,
)
from ingest.protocols.dlt698.writing import write_date_time, write_ti

METER = bytes.fromhex(
    "683400C305000000000000009CA185010000100200010105060001E24006000027100600004E20060000753006"
    "0000F7E00000CCB316"
)
"""Forward active: total 1234.56, T1 100.00, T2 200.00, T3 300.00, T4 634.56 kWh."""


def vectors(shared_data: Path) -> list[dict[str, Any]]:
    everything = json.loads((shared_data / "protocol" / "vectors.json").read_text("utf-8"))
    found = [vector for vector in everything if vector["protocol"] == "DL/T 698.45"]
    assert len(found) == 61
    return found


def frames(shared_data: Path) -> list[dict[str, Any]]:
    found = [vector for vector in vectors(shared_data) if vector["kind"] == "frame"]
    assert len(found) == 40
    assert all(vector["checksum_verified"] for vector in found)
    return found


def apdus(shared_data: Path) -> list[tuple[bytes, dict[str, Any]]]:
    """Every message, from a frame or bare, and what is stated of it."""
    found = []
    for vector in vectors(shared_data):
        octets = bytes.fromhex(vector["hex"])
        if vector["kind"] == "frame":
            frame = parse_frame(octets)
            if frame.control & FRAGMENTED:
                continue
            octets = frame.data
        found.append((octets, vector["decoded"]))
    assert len(found) == 58
    return found


def message(text: str) -> Apdu:
    return parse_apdu(bytes.fromhex(text))


def stated(apdu: Apdu) -> dict[str, Any]:
    """``apdu`` in the words of the description of the vectors."""
    told = {"service": apdu.service} | ({} if apdu.piid is None else {"piid": apdu.piid})
    told |= _body(apdu)
    if apdu.time_tag:
        sent, delay = apdu.time_tag
        told["timetag"] = {"sent": str(sent), "max_delay": write_ti(delay).hex()}
    return told


def _body(apdu: Apdu) -> dict[str, Any]:  # noqa: C901, PLR0911 - one case a body
    is_list = "List" in apdu.service
    match apdu.body:
        case messages.Oads(oads):
            return {"oads": list(oads)} if is_list else {"oad": oads[0]}
        case messages.Results(results):
            told = [_result(result) for result in results]
            return {"values": told} if is_list else told[0]
        case messages.RecordRequests(requests):
            return {"record": _request(requests[0])}
        case messages.Records(records):
            told = [_record(record) for record in records]
            return {"records": told} if is_list else {"record": told[0]}
        case messages.Writes((write,)):
            return {"oad/omd": write.target, "data": value(write.data)}
        case messages.Writtens((written,)):
            return {"oad/omd": written.target, "DAR": written.dar}
        case messages.ProxyGetList(timeout, targets):
            return {
                "timeout_s": timeout,
                "targets": [
                    {"TSA": _tsa(t), "timeout_s": t.timeout_seconds, "oads": [*t.oads]}
                    for t in targets
                ],
            }
        case messages.ProxyResults(targets):
            return {
                "targets": [
                    {"TSA": _tsa(t), "values": [_result(r) for r in t.results]} for t in targets
                ]
            }
        case LinkRequest(kind, seconds, sent):
            name = ("login", "heartbeat", "logout")[kind]
            return {"type": name, "heartbeat_s": seconds, "time": write_date_time(sent).hex()}
        case LinkResponse(result, requested, received, sent):
            told = [write_date_time(moment).hex() for moment in (requested, received, sent)]
            return {"result": f"{result:02x}", "t_req": told[0], "t_rx": told[1], "t_tx": told[2]}
    raise AssertionError(apdu)


def value(data: Data) -> Any:
    content: Any = data.value
    if data.tag in (Tag.ARRAY, Tag.STRUCTURE):
        return [value(part) for part in content]
    told = {
        Tag.OCTETS: lambda: f"hex:{content.hex()}",
        Tag.DATE_TIME_S: lambda: str(content),
        Tag.OAD: lambda: f"OAD:{content}",
        Tag.TI: lambda: f"TI:{write_ti(content).hex()}",
        Tag.RCSD: lambda: [_column(column) for column in content],
        Tag.RSD: lambda: "no selection" if isinstance(content, SelectAll) else _rows(content),
    }
    return told[Tag(data.tag)]() if data.tag in told else content


def _tsa(target: messages.ProxyTarget | messages.ProxyResult) -> str:
    return target.address.hex().upper()


def _result(result: messages.Result) -> dict[str, Any]:
    told = {"DAR": result.dar} if result.data is None else value(result.data)
    return {"oad": result.oad, "value": told}


def _record(record: messages.Record) -> dict[str, Any]:
    assert record.rows is not None
    rows = [[value(cell) for cell in row] for row in record.rows]
    return {"oad": record.oad, "cols": [_column(c) for c in record.columns], "rows": rows}


def _request(request: messages.RecordRequest) -> dict[str, Any]:
    columns = [_column(column) for column in request.columns]
    return {"oad": request.oad, "RSD": _rows(request.selector), "RCSD": columns}


def _column(column: str | Road) -> Any:
    return {"ROAD": column.oad, "cols": [*column.columns]} if isinstance(column, Road) else column


def _rows(selector: Any) -> dict[str, Any]:
    match selector:
        case SelectEqual(oad, wanted):
            return {"sel": 1, "oad": oad, "value": value(wanted)}
        case SelectMoment(number, moment, meters):
            assert meters.choice == ADDRESSES
            addresses = [bytes(address).hex() for address in meters.members]
            return {"sel": number, "time": str(moment), "MS": {"TSA": addresses}}
        case SelectLast(back, None):
            return {"sel": 9, "last_n": back}
    raise AssertionError(selector)
