"""Octets of what several services share: the inverse of ``parts``."""

from ingest.protocols.dlt698.messages import (
    Record,
    RecordRequest,
    Records,
    Result,
    Results,
    TimeTag,
)
from ingest.protocols.dlt698.writing import (
    pack,
    write_columns,
    write_data,
    write_date_time_s,
    write_many,
    write_oad,
    write_selector,
    write_ti,
)


def write_result(result: Result) -> bytes:
    """OAD, and its value or DAR."""
    if result.data is None:
        return write_oad(result.oad) + b"\x00" + pack(">B", result.dar or 0)
    return write_oad(result.oad) + b"\x01" + write_data(result.data)


def write_record_request(request: RecordRequest) -> bytes:
    """Table, rows and columns."""
    table = write_oad(request.oad)
    return table + write_selector(request.selector) + write_columns(request.columns)


def write_record(record: Record) -> bytes:
    """Table, columns, and rows or DAR."""
    head = write_oad(record.oad) + write_columns(record.columns)
    if record.rows is None:
        return head + b"\x00" + pack(">B", record.dar or 0)
    for row in record.rows:
        if len(row) != len(record.columns):
            raise ValueError(f"a row of {len(row)} cells; {len(record.columns)} columns are named")
    rows = write_many(b"".join(map(write_data, row)) for row in record.rows)
    return head + b"\x01" + rows


def write_time_tag(tag: TimeTag | None) -> bytes:
    """00, or 01 and the time tag."""
    if tag is None:
        return b"\x00"
    return b"\x01" + write_date_time_s(tag.sent) + write_ti(tag.delay)


def write_follow_report(report: Results | Records | None) -> bytes:
    """00, or 01 and the report."""
    if report is None:
        return b"\x00"
    if isinstance(report, Results):
        return b"\x01\x01" + write_many(map(write_result, report.results))
    return b"\x01\x02" + write_many(map(write_record, report.records))
