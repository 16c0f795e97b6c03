"""Does a terminal say the same of its meters as we do?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.collection_records import show_meters
from queries.governance.collection_success import READS as SUCCESS_READS
from queries.governance.collection_success import collection_success
from queries.run import run_sql

VERDICTS: tuple[str, ...] = ("agrees", "more", "fewer", "other_list")
"""What a terminal's count is beside ours: the same; of more meters read, or of fewer; of as many
read, but of another number of meters due."""

RETURNS = pl.Schema(
    {
        "service_date": pl.Date(),
        "terminal": pl.String(),
        "due_meters": pl.Int64(),
        "arrived_meters": pl.Int64(),
        "terminal_due_meters": pl.Int64(),
        "terminal_read_meters": pl.Int64(),
        "more_read_meters": pl.Int64(),
        "started_at": pl.Datetime("us", "UTC"),
        "ended_at": pl.Datetime("us", "UTC"),
        "verdict": pl.String(),
    }
)
READS: tuple[str, ...] = (*SUCCESS_READS, "terminal_counts")


def terminal_counts(
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    cut_off: str = "08:00",
) -> pl.DataFrame:
    """A terminal's own count (终端自计) of the meters it read, beside ours, by day and terminal.

    Ours are the meters behind it due and arrived as ``collection_success`` counts them, arrived at
    any time. Its own is that of its daily run, which collects the day before it; of several daily
    tasks of DL/T 698.45 the one with most meters due, of Q/GDW 376.1 all ports together.

    Args:
        lake: An open lake.
        first_day: Service date, included.
        last_day: Likewise.
        region_id: Only terminals that read a meter in this region or in one inside it.
        cut_off: As of ``collection_success``.

    Returns:
        One row a day and terminal that either knows of: ``more_read_meters`` that it says it read
        than arrived here (negative: fewer, as meters were asked past it), and the ``verdict``, one
        of VERDICTS. All that the terminal says is null where it gave no count; ``ended_at`` also
        while its run is under way. A limited scope sees the counts of terminals whose meters are
        all in sight.
    """
    success = collection_success(
        lake, first_day=first_day, last_day=last_day, group_by="terminal", cut_off=cut_off
    )
    choose_region(lake, region_id)
    show_meters(lake)
    lake.register("success_by_terminal", success.to_arrow())
    try:
        return run_sql(
            lake,
            "governance/terminal_counts",
            RETURNS,
            first_day=first_day,
            last_day=last_day,
            region_id=region_id,
        )
    finally:
        lake.unregister("success_by_terminal")
