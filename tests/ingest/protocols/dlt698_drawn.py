"""Values and messages of DL/T 698.45 as Hypothesis draws them: every type, every body."""

from hypothesis import strategies as st

from ingest.protocols.dlt698.messages import Record, RecordRequest, Result
from ingest.protocols.dlt698.moments import Date, DateTime, DateTimeS, Time
from ingest.protocols.dlt698.values import (
    ADDRESS_REGIONS,
    ADDRESSES,
    NUMBER_REGIONS,
    NUMBERS,
    TYPE_REGIONS,
    TYPES,
    Bits,
    Comdcb,
    Data,
    MeterSet,
    Region,
    Road,
    ScalerUnit,
    SelectAll,
    SelectEqual,
    SelectLast,
    SelectMoment,
    SelectRange,
    SelectRanges,
    SelectSpan,
    Sid,
    SidMac,
    Tag,
    Ti,
)

U8, U16, U32 = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
OCTETS = st.binary(max_size=8)
OADS = st.binary(min_size=4, max_size=4).map(lambda octets: octets.hex().upper())
ROADS = st.builds(Road, OADS, st.lists(OADS, max_size=3).map(tuple))
COLUMNS = OADS | ROADS
TIS = st.builds(Ti, U8, U16)
SIDS = st.builds(Sid, U32, OCTETS)
DATES = st.builds(Date, U16, U8, U8, U8)
TIMES = st.builds(Time, U8, U8, U8)
DATE_TIMES = st.builds(DateTime, U16, U8, U8, U8, U8, U8, U8, U16)
DATE_TIMES_S = st.builds(DateTimeS, U16, U8, U8, U8, U8, U8)
BITS = st.binary(max_size=20).flatmap(
    lambda octets: st.integers(max(0, 8 * len(octets) - 7), 8 * len(octets)).map(
        lambda length: Bits(length, octets)
    )
)


def signed(bits: int) -> st.SearchStrategy[int]:
    return st.integers(-(1 << bits - 1), (1 << bits - 1) - 1)


FLAT = {
    Tag.NULL: st.none(),
    Tag.BOOLEAN: st.booleans(),
    Tag.BIT_STRING: BITS,
    Tag.INT32: signed(32),
    Tag.UINT32: U32,
    Tag.OCTETS: st.binary(max_size=300),
    Tag.VISIBLE: st.text(st.characters(max_codepoint=255), max_size=200),
    Tag.UTF8: st.text(max_size=20),
    Tag.INT8: signed(8),
    Tag.INT16: signed(16),
    Tag.UINT8: U8,
    Tag.UINT16: U16,
    Tag.INT64: signed(64),
    Tag.UINT64: st.integers(0, (1 << 64) - 1),
    Tag.ENUM: U8,
    Tag.FLOAT32: st.floats(width=32, allow_nan=False),
    Tag.FLOAT64: st.floats(allow_nan=False),
    Tag.DATE_TIME: DATE_TIMES,
    Tag.DATE: DATES,
    Tag.TIME: TIMES,
    Tag.DATE_TIME_S: DATE_TIMES_S,
    Tag.OI: U16.map(lambda number: f"{number:04X}"),
    Tag.OAD: OADS,
    Tag.ROAD: ROADS,
    Tag.OMD: OADS,
    Tag.TI: TIS,
    Tag.TSA: OCTETS,
    Tag.MAC: OCTETS,
    Tag.RN: OCTETS,
    Tag.SCALER_UNIT: st.builds(ScalerUnit, signed(8), U8),
    Tag.CSD: COLUMNS,
    Tag.SID: SIDS,
    Tag.SID_MAC: st.builds(SidMac, SIDS, OCTETS),
    Tag.COMDCB: st.builds(Comdcb, U8, U8, U8, U8, U8),
    Tag.RCSD: st.lists(COLUMNS, max_size=3).map(tuple),
}


def tagged(tag: Tag, values: st.SearchStrategy) -> st.SearchStrategy[Data]:
    return values.map(lambda value: Data(tag, value))


FLAT_DATA = st.one_of(*(tagged(tag, values) for tag, values in FLAT.items()))


def regions(bounds: st.SearchStrategy[Data]) -> st.SearchStrategy[Region]:
    return st.builds(Region, st.integers(0, 3), bounds, bounds)


def meter_sets(bounds: st.SearchStrategy[Data]) -> st.SearchStrategy[MeterSet]:
    members = {
        TYPES: U8,
        ADDRESSES: OCTETS,
        NUMBERS: U16,
        **dict.fromkeys((TYPE_REGIONS, ADDRESS_REGIONS, NUMBER_REGIONS), regions(bounds)),
    }
    return st.one_of(
        st.integers(0, 1).map(MeterSet),
        *(
            st.builds(MeterSet, st.just(choice), st.lists(member, max_size=3).map(tuple))
            for choice, member in members.items()
        ),
    )


def selectors(values: st.SearchStrategy[Data]) -> st.SearchStrategy:
    ranges, meters = st.builds(SelectRange, OADS, values, values, values), meter_sets(values)
    return st.one_of(
        st.builds(SelectAll),
        st.builds(SelectEqual, OADS, values),
        ranges,
        st.builds(SelectRanges, st.lists(ranges, max_size=2).map(tuple)),
        st.builds(SelectMoment, st.integers(4, 5), DATE_TIMES_S, meters),
        st.builds(SelectSpan, st.integers(6, 8), DATE_TIMES_S, DATE_TIMES_S, TIS, meters),
        st.builds(SelectLast, U8, st.none() | meters),
    )


def nesting(parts: st.SearchStrategy[Data]) -> dict[Tag, st.SearchStrategy]:
    listed = st.lists(parts, max_size=4).map(tuple)
    return {
        Tag.ARRAY: listed,
        Tag.STRUCTURE: listed,
        Tag.REGION: regions(parts),
        Tag.MS: meter_sets(parts),
        Tag.RSD: selectors(parts),
    }


DATA = st.recursive(
    FLAT_DATA,
    lambda parts: st.one_of(*(tagged(tag, values) for tag, values in nesting(parts).items())),
    max_leaves=8,
)

CELLS = st.one_of(
    tagged(Tag.NULL, st.none()), tagged(Tag.UINT32, U32), tagged(Tag.DATE_TIME_S, DATE_TIMES_S)
)
"""Enough to tell messages by; that every type comes back is tested for itself."""

RESULTS = st.builds(Result, OADS, CELLS, st.none()) | st.builds(Result, OADS, st.none(), U8)
RECORD_REQUESTS = st.builds(
    RecordRequest, OADS, selectors(CELLS), st.lists(COLUMNS, max_size=2).map(tuple)
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    columns = tuple(draw(st.lists(COLUMNS, min_size=1, max_size=2)))
    if draw(st.booleans()):
        return Record(draw(OADS), columns, None, draw(U8))
    row = st.tuples(*[CELLS] * len(columns))
    return Record(draw(OADS), columns, tuple(draw(st.lists(row, max_size=2))))
