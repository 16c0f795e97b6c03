"""Makes data/sample: ``python -m ingest.sample.extract --out data/sample``.

The source is the package simbench, for development only. Its CSV files are read; neither it nor its
dependencies are imported.
"""

import argparse
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl

from ingest.batch import PROFILES_READ
from ingest.profiles import from_matrix
from ingest.sample import grid
from ingest.sample.master import FIRST_DAY, reference_tables
from ingest.sample.tables import write_profiles, write_reference
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY, UTC_INSTANT

DAYS = 366
_HOURS_PER_SLOT = SLOT_MINUTES / 60


def extract(folder: Path) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The sample's reference tables (REFERENCE_READ) and day profiles (PROFILES_READ).

    ``folder`` holds SimBench's CSV files; see ``ingest.sample.grid.simbench_folder``.
    """
    points = grid.usage_points(folder)
    tables = reference_tables(points, grid.transformers(folder), grid.substation(folder))
    return tables, energy_profiles(folder, points)


def energy_profiles(folder: Path, points: pl.DataFrame) -> pl.DataFrame:
    """The day profiles of ``points``, sorted by usage point, channel and day.

    ``import`` is the load's energy [Wh], ``reactive_import`` and ``reactive_export`` its positive
    and negative reactive energy [varh], ``export`` the unit's energy [Wh]: both directions are
    metered separately, nothing is netted. A channel that is zero all year is left out. Two wind
    curves dip to -0.00001 of their rating in some slots; that is cut to zero.
    """
    loads = points.drop_nulls("profile")
    units = points.drop_nulls("unit")
    needed = [f"{p}_{q}" for p in loads["profile"].unique().sort() for q in ("pload", "qload")]
    of_loads = _curves(folder, "LoadProfile", needed)
    of_units = _curves(folder, "RESProfile", units["unit_profile"].unique().sort().to_list())
    generated = {p: np.maximum(curve, 0.0) for p, curve in of_units.items()}
    active = {p: of_loads[f"{p}_pload"] for p in loads["profile"].unique()}
    reactive = {p: of_loads[f"{p}_qload"] for p in loads["profile"].unique()}
    delivered = {p: np.maximum(curve, 0.0) for p, curve in reactive.items()}
    received = {p: np.maximum(-curve, 0.0) for p, curve in reactive.items()}
    parts = [
        _channel(loads, "import", "active_w", "profile", active),
        _channel(loads, "reactive_import", "reactive_var", "profile", delivered),
        _channel(loads, "reactive_export", "reactive_var", "profile", received),
        _channel(units, "export", "unit_w", "unit_profile", generated),
    ]
    return pl.concat(parts).sort("usage_point_id", "channel", "service_date")


def _curves(folder: Path, table: str, names: list[str]) -> dict[str, np.ndarray]:
    """Curves of the year in per unit, (days, slots), by the order of the rows.

    The rows follow standard time without a gap: the labels jump from 01:45 to 03:00 on 27 March
    2016 and repeat 02:00-02:45 on 30 October, but there are exactly 366 x 96 of them.
    """
    rows = grid.read_table(folder, table, ["time", *names])
    first, height = rows["time"][0], rows.height
    if height != DAYS * SLOTS_PER_DAY or first != FIRST_DAY.strftime("%d.%m.%Y 00:00"):
        raise grid.SampleError(
            f"{table}.csv has {height} rows from '{first}'; expected {DAYS * SLOTS_PER_DAY} from "
            "'01.01.2016 00:00'. Use simbench 1.6.3."
        )
    return {name: rows[name].to_numpy().reshape(DAYS, SLOTS_PER_DAY) for name in names}


def _channel(
    points: pl.DataFrame, channel: str, scale: str, profile: str, curves: dict[str, np.ndarray]
) -> pl.DataFrame:
    """Day profiles of one channel: every point's curve times its ``scale`` [W or var]."""
    alive = points.filter(pl.col(profile).is_in([p for p, c in curves.items() if c.any()]))
    if alive.is_empty():
        return pl.DataFrame(schema=PROFILES_READ)
    days = pl.DataFrame({"service_date": [FIRST_DAY + timedelta(days=d) for d in range(DAYS)]})
    keys = (
        alive.select("usage_point_id", channel=pl.lit(channel))
        .join(days, how="cross", maintain_order="left_right")
        .with_columns(issued_at=pl.lit(None, UTC_INSTANT))
    )
    energy = [
        curves[name] * (size * _HOURS_PER_SLOT)
        for name, size in alive.select(profile, scale).rows()
    ]
    return from_matrix(keys, np.concatenate(energy), interval_minutes=SLOT_MINUTES)


def main(arguments: list[str] | None = None) -> None:
    """Write the sample into the folder given by ``--out``."""
    parser = argparse.ArgumentParser(description="Extract the sample from the simbench package")
    parser.add_argument("--out", type=Path, required=True, help="folder of the sample")
    out: Path = parser.parse_args(arguments).out
    tables, profiles = extract(grid.simbench_folder())
    out.mkdir(parents=True, exist_ok=True)
    write_reference(out, tables)
    size = write_profiles(out, profiles).stat().st_size
    readings = profiles.height * SLOTS_PER_DAY
    sys.stdout.write(
        f"{tables['usage_points'].height} usage points, {readings:,} readings, "
        f"{size / 1e6:.1f} MB, {size / readings:.2f} bytes a reading\n"
    )


if __name__ == "__main__":
    main()
