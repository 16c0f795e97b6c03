"""Makes data/reference/sgsc: ``python -m ingest.sample.reference --readings FILE --out FOLDER``.

Figures of real households, to hold others against: takes the trial's readings of 2013 into a lake
of its own and asks it questions; only the answers are kept.
"""

import argparse
import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from ingest.collectors.table.profile import SHIPPED
from ingest.files import Options, ingest_file
from ingest.lake import create_lake
from queries.questions import answer, find_question
from queries.scope import EVERYTHING
from queries.settings import Settings

_YEAR: dict[str, Any] = {"first_day": date(2013, 1, 1), "last_day": date(2013, 12, 31)}
_GROUPS = {"groups_of_each": 100}
QUESTIONS: dict[str, dict[str, Any]] = {
    "load/daily_shapes": {"holiday_country": "AU", "hemisphere": "south"},
    "load/variability_quantiles": {},
    "load/coincidence": _GROUPS,
    "load/predictability": {"holiday_country": "AU", **_GROUPS},
}
"""What is asked of the year, with the inputs that are not the questions' own."""

_CLASS = "residential"
_SIGNIFICANT_DIGITS = 5


def make_figures(readings: Path, folder: Path) -> dict[str, pl.DataFrame]:
    """The answers by question, from the trial's half-hourly readings (Parquet).

    A lake is made in ``folder``, which should be empty.
    """
    settings = Settings(
        data=folder, lake="", database="", zone_name="Australia/Sydney", holiday_country="AU"
    )
    create_lake(settings)
    starts = pl.col("reading_datetime").dt.offset_by("-30m")  # the clock names the end
    of_year = (
        pl.scan_parquet(readings).filter(starts.dt.year() == _YEAR["first_day"].year).collect()
    )
    points = of_year.select(usage_point_id=pl.col("customer_id").unique().sort())
    points.with_columns(customer_class=pl.lit(_CLASS)).write_csv(folder / "usage_points.csv")
    of_year.write_parquet(folder / "readings.parquet")
    ingest_file(settings, folder / "usage_points.csv", Options(master=True))
    ingest_file(settings, folder / "readings.parquet", Options(profile=str(SHIPPED / "sgsc.toml")))
    return {
        name: _of_class(answer(find_question(name), settings, EVERYTHING, **_YEAR, **inputs))
        for name, inputs in QUESTIONS.items()
    }


def _of_class(figures: pl.DataFrame) -> pl.DataFrame:
    """Without the rows of all classes together: there is one."""
    if "customer_class" not in figures.columns:
        return figures
    return figures.filter(pl.col("customer_class") == _CLASS)


def main(arguments: list[str] | None = None) -> None:
    """Write the figures into the folder given by ``--out``, five digits of each."""
    parser = argparse.ArgumentParser(description="Make the reference figures of real households")
    parser.add_argument("--readings", type=Path, required=True, help="Parquet file of the trial")
    parser.add_argument("--out", type=Path, required=True, help="folder of the figures")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        for name, figures in make_figures(given.readings, Path(folder)).items():
            path = given.out / f"{Path(name).name}.csv"
            figures.with_columns(
                pl.selectors.float().round_sig_figs(_SIGNIFICANT_DIGITS)
            ).write_csv(path)
            sys.stdout.write(f"{path}: {figures.height} rows, {path.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
