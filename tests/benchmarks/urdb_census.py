"""How many real URDB records can be billed whole, and why not the others.

``run(records)`` gives ``(name, figure)`` lines for ``make bench``. PySAM's converter and model
refuse 13 of 239 of these records (``pysam_rejects.json``), and bill some in part without a word.
"""

import gzip
import json
import sys
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from queries.billing.urdb import census, tariff_from_urdb
from queries.settings import PROJECT

FOLDER = PROJECT.parent / "shared" / "data" / "tariffs"
RECORDS = FOLDER / "urdb_rates_dgen_all.jsonl.gz"


def read_records(path: Path = RECORDS) -> list[dict[str, Any]]:
    """Records of a compressed file of JSON lines, numbers exact."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line, parse_float=Decimal) for line in lines]


def run(records: Sequence[Mapping[str, Any]] | None = None) -> list[tuple[str, str]]:
    """A line for each figure; one that says so where the records are not here."""
    if records is None and not RECORDS.exists():
        return [("URDB records", "not here: expected ../shared/data/tariffs")]
    counted = records if records is not None else read_records()
    start = time.perf_counter()
    found = census(counted)
    seconds = time.perf_counter() - start
    billed = found.billed + found.billed_with_warnings
    lines = [
        ("URDB records", f"{found.records:,} read in {seconds:.1f} s"),
        ("billed", f"{billed:,} ({billed / found.records:.1%})"),
        ("  of them with a warning", f"{found.billed_with_warnings:,}"),
        *((f"    {code}", f"{count:,}") for code, count in found.warnings.items()),
        ("refused", f"{sum(found.refused.values()):,}"),
        *((f"    {reason}", f"{count:,}") for reason, count in found.refused.items()),
    ]
    return lines + _beside_pysam(counted)


def _beside_pysam(records: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """How many of the records PySAM refuses are billed here."""
    rejects = FOLDER / "pysam_rejects.json"
    if not rejects.exists():
        return []
    labels = {label for label, _, _ in json.loads(rejects.read_text("utf-8"))}
    refused = [record for record in records if record.get("label") in labels]
    billed = 0
    for record in refused:
        try:
            tariff_from_urdb(record)
        except ValueError:
            continue
        billed += 1
    return [("of records PySAM refuses, billed", f"{billed} of {len(refused)}")]


if __name__ == "__main__":
    for name, figure in run():
        sys.stdout.write(f"{name:<36}{figure}\n")
