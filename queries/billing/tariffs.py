"""Which tariffs there are."""

from functools import lru_cache

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing import calendars
from queries.billing.tariff_file import tariffs_in
from queries.billing.tariff_model import Tariff
from queries.settings import PROJECT
from queries.toml_files import FileState, toml_states

FOLDER = PROJECT / "data" / "tariffs"
"""The tariffs that come with Fenggu, and those laid beside them."""
RETURNS = pl.Schema(
    {
        "tariff_code": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "region": pl.String(),
        "price_class": pl.String(),
        "certainty": pl.String(),
        "doubts": pl.List(pl.String()),
        "source": pl.String(),
        "valid_from": pl.List(pl.Date()),
    }
)
READS = ("tariffs",)


def tariffs(lake: DuckDBPyConnection) -> pl.DataFrame:
    """One row a tariff, those of Liaoning first, the others by region and code.

    Returns:
        ``region`` and ``price_class`` (empty: any, none), how certain it is, what is doubtful about
        it, its ``source``, and from when each version holds (null: since ever).
    """
    del lake  # tariffs are files
    rows = [
        (
            one.code,
            one.name_zh,
            one.name_en,
            one.region,
            one.price_class,
            one.certainty,
            list(one.doubts),
            one.source,
            [version.valid_from for version in one.versions],
        )
        for one in known_tariffs().values()
    ]
    frame = pl.DataFrame(rows, schema=RETURNS, orient="row")
    return frame.sort(pl.col("region") != "liaoning", "region", "tariff_code")


def known_tariffs() -> dict[str, Tariff]:
    """Every tariff by code, read again when a file of theirs or of a calendar has changed."""
    return _read(toml_states(FOLDER, calendars.FOLDER))


@lru_cache(maxsize=2)
def _read(_changed: tuple[FileState, ...]) -> dict[str, Tariff]:
    return tariffs_in(FOLDER, calendars.known_calendars())
