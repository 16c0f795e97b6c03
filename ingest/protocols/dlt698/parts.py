"""Readers of what several services share: results, records, what follows a body."""

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt698.data import read_data, read_selector
from ingest.protocols.dlt698.messages import (
    Record,
    RecordRequest,
    Records,
    Result,
    Results,
    TimeTag,
)
from ingest.protocols.dlt698.reading import (
    read_columns,
    read_count,
    read_date_time_s,
    read_flag,
    read_many,
    read_oad,
    read_ti,
)


def read_result(octets: bytes, at: int) -> tuple[Result, int]:
    """OAD, and 1 and its value or 0 and the DAR."""
    oad = octets[at : at + 4].hex().upper()
    if octets[at + 4] == 1:
        data, end = read_data(octets, at + 5)
        return Result(oad, data), end
    if octets[at + 4] == 0:
        return Result(oad, None, octets[at + 5]), at + 6
    raise unknown_choice(octets, at + 4, "00 (no value) or 01 (value)")


def read_results(octets: bytes, at: int) -> tuple[Results, int]:
    """Several results."""
    results, at = read_many(octets, at, read_result, 6)
    return Results(results), at


def read_record_request(octets: bytes, at: int) -> tuple[RecordRequest, int]:
    """Table, rows and columns."""
    oad, at = read_oad(octets, at)
    selector, at = read_selector(octets, at)
    columns, at = read_columns(octets, at)
    return RecordRequest(oad, selector, columns), at


def read_record(octets: bytes, at: int) -> tuple[Record, int]:
    """Table and columns, and 1 and its rows or 0 and the DAR."""
    oad, at = read_oad(octets, at)
    columns, at = read_columns(octets, at)
    choice = octets[at]
    if choice == 0:
        return Record(oad, columns, None, octets[at + 1]), at + 2
    if choice != 1:
        raise unknown_choice(octets, at, "00 (no rows) or 01 (rows)")
    width = len(columns)
    count, after = read_count(octets, at + 1, width)
    if count and not width:
        raise FrameError(f"{count} rows of no columns; an answer names its columns", at + 1)
    at = after
    rows = []
    for _ in range(count):
        cells = []
        for _ in range(width):
            cell, at = read_data(octets, at)
            cells.append(cell)
        rows.append(tuple(cells))
    return Record(oad, columns, tuple(rows)), at


def read_records(octets: bytes, at: int) -> tuple[Records, int]:
    """Several records."""
    records, at = read_many(octets, at, read_record, 7)
    return Records(records), at


def read_time_tag(octets: bytes, at: int) -> tuple[TimeTag | None, int]:
    """00, or 01 and the time tag."""
    if octets[at] == 0:
        return None, at + 1
    _, at = read_flag(octets, at)
    sent, at = read_date_time_s(octets, at)
    delay, at = read_ti(octets, at)
    return TimeTag(sent, delay), at


def read_follow_report(octets: bytes, at: int) -> tuple[Results | Records | None, int]:
    """00, or 01 and a report: 1 of results, 2 of records."""
    if octets[at] == 0:
        return None, at + 1
    _, at = read_flag(octets, at)
    if octets[at] == 1:
        return read_results(octets, at + 1)
    if octets[at] == 2:
        return read_records(octets, at + 1)
    raise unknown_choice(octets, at, "01 (results) or 02 (records)")


def unknown_choice(octets: bytes, at: int, expected: str) -> FrameError:
    """The error of a choice that is none."""
    return FrameError(f"choice {octets[at]:02X}; expected {expected}", at)
