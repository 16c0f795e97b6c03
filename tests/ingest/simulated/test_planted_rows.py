from datetime import UTC, date, datetime
from json import loads

import numpy as np
import pytest

from ingest.simulated.planted.rows import truth_rows
from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import TRUTH, Planted

TWO_DAYS = Span(date(2024, 3, 1), 2)


def test_a_planted_thing_becomes_one_row_in_utc():
    stopped = Planted("meter_fault", "stopped", 4, 100, 0.0, "share", {"since": np.float32(0.5)})
    rows = truth_rows("usage_point", "P-1", [stopped], [-2500], TWO_DAYS)
    assert rows.schema == TRUTH
    row = rows.row(0, named=True)
    assert row["starts_at"] == datetime(2024, 2, 29, 17, tzinfo=UTC)
    assert row["ends_at"] == datetime(2024, 3, 1, 17, tzinfo=UTC)
    assert (row["subject"], row["subject_id"], row["energy_wh"]) == ("usage_point", "P-1", -2500)
    assert loads(row["detail"]) == {"since": 0.5}


def test_what_lasts_to_the_end_of_the_span_has_no_end():
    grown = Planted("growth", "area_growth", 0, TWO_DAYS.slots, 0.03, "share_per_year")
    assert truth_rows("transformer", "T-1", [grown], [None], TWO_DAYS)["ends_at"].to_list() == [
        None
    ]


def test_nothing_planted_gives_no_rows_but_the_columns():
    assert truth_rows("feeder", "F-1", [], [], TWO_DAYS).schema == TRUTH


def test_every_planted_thing_needs_its_energy():
    with pytest.raises(ValueError, match="shorter"):
        truth_rows("feeder", "F-1", [Planted("clock", "drift", 0, 1, 1.0, "s")], [], TWO_DAYS)
