"""What a meter says, for the simulated field: answers to requests that read, nothing else."""

from collections.abc import Sequence
from typing import Any

from ingest.protocols.dlt645.catalogue import ERRORS
from ingest.protocols.dlt645.frame import ReadFunction, encode_address, encode_answer
from ingest.protocols.dlt645.identifiers import layout_of, travelling
from ingest.protocols.dlt645.load_record import LoadRecord, encode_load_record

NO_RECORD = b"\xe0\xe0"


def answer_data(identifier: str, values: Sequence[Any]) -> bytes:
    """Identifier and values as the data field of an answer; ``split_answer`` makes it frames.

    Args:
        identifier: Of one value or a block.
        values: In the order of the block; None where the meter has none. A block may end early.

    Raises:
        ValueError: An identifier not in the catalogue, or values that do not fit it.
    """
    layout = layout_of(travelling(identifier))
    if layout is None:
        raise ValueError(f"{identifier} is not in the catalogue")
    if len(values) not in layout.parts_at.values():
        counts = sorted(layout.parts_at.values())
        raise ValueError(f"{len(values)} values for {identifier}; expected one of {counts}")
    parts = layout.parts[: len(values)]
    written = [part.codec.write(value) for part, value in zip(parts, values, strict=True)]
    return travelling(identifier) + b"".join(written)


def load_record_data(identifier: str, records: Sequence[LoadRecord]) -> bytes:
    """Identifier and load records as the data field of an answer.

    Raises:
        ValueError: A value does not fit.
    """
    encoded = b"".join(encode_load_record(record) for record in records)
    return travelling(identifier) + (encoded or NO_RECORD)


def answer_address(address: str, *, preamble: int = 4) -> bytes:
    """A meter names itself.

    Raises:
        ValueError: No such address.
    """
    field = encode_address(address)
    return encode_answer(ReadFunction.ADDRESS, address, field, preamble=preamble)


def refusal(function: ReadFunction, address: str, error: str, *, preamble: int = 4) -> bytes:
    """A meter refuses.

    Args:
        function: What was asked.
        address: Of the meter.
        error: Names of error bits with commas between, such as ``no such data``.
        preamble: Number of FE in front.

    Raises:
        ValueError: No such address or error.
    """
    field = ERRORS.write(error)
    return encode_answer(function, address, field, abnormal=True, preamble=preamble)
