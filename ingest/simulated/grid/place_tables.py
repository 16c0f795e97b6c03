"""The place as reference tables of the lake."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from ingest.sample.tables import reference_frame
from ingest.simulated.grid.names import DISTRICT, DISTRICT_EN, Name, region_name
from ingest.simulated.grid.place import Area, Place

ROOT_REGION_ID = "fengchuan"


def network_node_id(area: Area, node: int) -> str:
    """The name of a node of an area's low-voltage network."""
    return f"{area.transformer_id}-N{node + 1:02d}"


def place_tables(
    place: Place, ratings_kva: Mapping[int, float], first_day: date
) -> dict[str, pl.DataFrame]:
    """Regions, substations, feeders, transformers and network nodes, as REFERENCE_READ has them.

    Args:
        place: The map.
        ratings_kva: Rated capacity of every area's transformer, by the area's number.
        first_day: Since when all of it is there.
    """
    known = {
        "regions": _regions(place),
        "substations": pl.DataFrame(place.substations),
        "feeders": _feeders(place),
        "transformers": _transformers(place, ratings_kva),
        "network_nodes": pl.concat([_nodes(area) for area in place.areas]),
    }
    return {
        name: reference_frame(name, frame.with_columns(valid_from=pl.lit(first_day)))
        for name, frame in known.items()
    }


def _regions(place: Place) -> pl.DataFrame:
    rows: list[tuple[str | None, ...]] = [
        (ROOT_REGION_ID, f"{DISTRICT}（仿真）", f"{DISTRICT_EN} (simulated)", None)
    ]
    for substation in place.substations:
        name = region_name(Name(substation.name, substation.name_en))
        rows.append((substation.region_id, *name, ROOT_REGION_ID))
    return pl.DataFrame(
        rows, schema=["region_id", "name", "name_en", "parent_region_id"], orient="row"
    ).with_columns(is_simulated=True)


def _feeders(place: Place) -> pl.DataFrame:
    ids = [substation.substation_id for substation in place.substations]
    return pl.DataFrame(
        {
            "feeder_id": [feeder.feeder_id for feeder in place.feeders],
            "name": [feeder.name for feeder in place.feeders],
            "name_en": [feeder.name_en for feeder in place.feeders],
            "substation_id": [ids[feeder.substation] for feeder in place.feeders],
            "voltage_kv": [feeder.voltage_kv for feeder in place.feeders],
        }
    )


def _transformers(place: Place, ratings_kva: Mapping[int, float]) -> pl.DataFrame:
    areas = place.areas
    return pl.DataFrame(
        {
            "transformer_id": [area.transformer_id for area in areas],
            "name": [area.name for area in areas],
            "name_en": [area.name_en for area in areas],
            "feeder_id": [place.feeders[area.feeder].feeder_id for area in areas],
            "rated_capacity_kva": [ratings_kva[area.number] for area in areas],
            "transformer_meter_id": [f"{area.transformer_id}-M" for area in areas],
            "longitude": [area.longitude for area in areas],
            "latitude": [area.latitude for area in areas],
        }
    )


def _nodes(area: Area) -> pl.DataFrame:
    network = area.network
    ids = [network_node_id(area, node) for node in range(network.parent.size)]
    parents = [ids[before] if before >= 0 else None for before in network.parent.tolist()]
    return pl.DataFrame(
        {
            "network_node_id": ids,
            "transformer_id": area.transformer_id,
            "parent_network_node_id": pl.Series(parents, dtype=pl.String),
            "length_m": network.length_m,
            "resistance_ohm": network.resistance_ohm,
            "reactance_ohm": network.reactance_ohm,
            "longitude": network.longitude,
            "latitude": network.latitude,
        }
    )
