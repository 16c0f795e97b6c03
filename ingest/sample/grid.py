"""One SimBench area as a table of usage points, read from the CSV files of the simbench package.

SimBench: Meinecke et al., "SimBench - A Benchmark Dataset of Electric Power Systems to Compare
Innovative Solutions Based on Power Flow Analysis", Energies 13 (2020) 3290.
"""

from importlib.util import find_spec
from pathlib import Path

import polars as pl

AREA = "MV4.101"
"""A commercial medium-voltage area, 110/20 kV, nine feeders."""
LOW_VOLTAGE_GRIDS = ("LV1.401", "LV2.401", "LV4.402", "LV4.415")
"""A farm hamlet, a village and two small-town grids, each on another feeder of AREA, each whole."""
_SCENARIO = "1-complete_data-mixed-all-0-sw"  # scenario 0: the grid of the year 2016
_W_PER_MW = 1e6


class SampleError(OSError):
    """SimBench's files are not there or not as expected."""


def simbench_folder() -> Path:
    """The folder of SimBench's CSV files in the installed package; the package is not imported."""
    spec = find_spec("simbench")
    if spec is None or spec.origin is None:
        raise SampleError(
            "the package 'simbench' is not installed; its data files are expected in "
            "site-packages. Install simbench 1.6.3 (its dependencies are not needed)."
        )
    folder = Path(spec.origin).parent / "networks" / _SCENARIO
    if not folder.is_dir():
        raise SampleError(
            f"'{folder}' is missing; expected SimBench's scenario 0. Install simbench 1.6.3."
        )
    return folder


def read_table(folder: Path, name: str, columns: list[str] | None = None) -> pl.DataFrame:
    """One SimBench table; ``columns`` restricts it."""
    return pl.read_csv(
        folder / f"{name}.csv",
        separator=";",
        null_values="NULL",
        infer_schema_length=None,
        columns=columns,
    )


def usage_points(folder: Path) -> pl.DataFrame:
    """Every metered point of the sample, sorted by ``usage_point_id``.

    A load is a usage point. A low-voltage renewable unit is metered at the usage point of the load
    on its node (of several loads there: the largest, then the first); a medium-voltage one, or one
    without a load beside it, is a usage point of its own.

    Returns:
        ``usage_point_id``, ``node``, ``transformer_id`` (null: medium voltage), ``feeder`` (its
        number), ``voltage_kv``, ``longitude``, ``latitude``; of the load ``profile``, ``active_w``,
        ``reactive_var``, ``load_kva``; of the renewable unit ``unit``, ``unit_type``,
        ``unit_profile``, ``unit_w``, ``unit_kva``. Null where there is no load or no unit.
    """
    places = _places(folder)
    loads = _of_area(read_table(folder, "Load"), "MV Load", "L").select(
        "usage_point_id",
        "node",
        "profile",
        active_w=pl.col("pLoad") * _W_PER_MW,
        reactive_var=pl.col("qLoad") * _W_PER_MW,
        load_kva=pl.col("sR") * 1000,
    )
    units = _of_area(read_table(folder, "RES"), "MV SGen", "G").select(
        "node",
        unit="usage_point_id",
        unit_type="type",
        unit_profile="profile",
        unit_w=pl.col("pRES") * _W_PER_MW,
        unit_kva=pl.col("sR") * 1000,
    )
    if units["node"].is_duplicated().any():
        raise SampleError(
            "two renewable units share a node; expected one. Use simbench 1.6.3 or let "
            "usage_points add them up."
        )
    hosts = (
        loads.filter(~pl.col("usage_point_id").str.starts_with(AREA))
        .sort("active_w", "usage_point_id", descending=[True, False])
        .unique("node", keep="first", maintain_order=True)
    )
    units = units.join(hosts.select("node", host="usage_point_id"), on="node", how="left")
    units = units.with_columns(usage_point_id=pl.coalesce("host", "unit")).drop("host")
    points = loads.join(units, on="usage_point_id", how="full", coalesce=True)
    return (
        points.with_columns(node=pl.coalesce("node", "node_right"))
        .drop("node_right")
        .join(places, on="node", how="left", validate="m:1")
        .sort("usage_point_id")
    )


def transformers(folder: Path) -> pl.DataFrame:
    """The distribution transformers: ``transformer_id``, ``feeder``, kVA, ``longitude``, ..."""
    types = read_table(folder, "TransformerType").select(
        type="id", rated_capacity_kva=pl.col("sR") * 1000
    )
    places = _places(folder).drop("transformer_id", "voltage_kv")
    return (
        read_table(folder, "Transformer")
        .filter(pl.col("subnet").is_in(LOW_VOLTAGE_GRIDS))
        .select("type", transformer_id="subnet", node="nodeLV")
        .join(types, on="type", validate="m:1")
        .join(places, on="node", validate="1:1")
        .sort("transformer_id")
    )


def substation(folder: Path) -> tuple[float, float]:
    """Longitude and latitude of the area's substation [°]."""
    place = _places(folder).filter(pl.col("node") == f"{AREA} busbar1.1")
    return place["longitude"].item(), place["latitude"].item()


def _of_area(elements: pl.DataFrame, medium_voltage: str, letter: str) -> pl.DataFrame:
    """The loads or units of the chosen grids, numbered as SimBench numbers them.

    The medium-voltage table also holds what stands for whole low-voltage grids (``..._eq``) and
    one load on the substation's busbar, on no feeder: both are left out.
    """
    own = (pl.col("subnet") == AREA) & pl.col("id").str.contains(medium_voltage, literal=True)
    number = pl.col("id").str.extract(r"(\d+)$").str.zfill(3)
    return elements.filter(own | pl.col("subnet").is_in(LOW_VOLTAGE_GRIDS)).with_columns(
        usage_point_id=pl.format("{}-{}{}", pl.col("subnet"), pl.lit(letter), number)
    )


def _places(folder: Path) -> pl.DataFrame:
    """Every node of the area: transformer area, feeder, voltage and coordinates."""
    nodes = read_table(folder, "Node").select("id", "vmR", "coordID", "subnet")
    feeder = pl.col("subnet").str.extract(r"_Feeder(\d+)$").cast(pl.Int64)
    # The medium-voltage node of a transformer carries the names of its grid and its feeder.
    grids = nodes.select(
        transformer_id=pl.col("subnet").str.extract(rf"^{AREA}_(LV[\d.]+)_Feeder"),
        grid_feeder=feeder,
    ).drop_nulls()
    coordinates = read_table(folder, "Coordinates").select(
        coordID="id", longitude="x", latitude="y"
    )
    return (
        nodes.filter(
            pl.col("subnet").is_in(LOW_VOLTAGE_GRIDS) | pl.col("subnet").str.starts_with(AREA)
        )
        .with_columns(
            feeder=feeder,
            transformer_id=pl.when(pl.col("subnet").is_in(LOW_VOLTAGE_GRIDS)).then("subnet"),
        )
        .join(grids, on="transformer_id", how="left", validate="m:1")
        .join(coordinates, on="coordID", how="left", validate="m:1")
        .select(
            "transformer_id",
            "longitude",
            "latitude",
            node="id",
            voltage_kv="vmR",
            feeder=pl.coalesce("feeder", "grid_feeder"),
        )
    )
