"""The map of the district: substations, feeders, transformer areas and what hangs on them.

It lies in the open Bohai Sea, around 120.0° E, 39.05° N, where no town stands: nobody can take it
for a real one. At 100,000 customers its radius is 65 km, still at sea.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingest.simulated.grid.layout import (
    AREAS_PER_FEEDER,
    FEEDERS_PER_SUBSTATION,
    kinds_by_feeder,
    kinds_of_areas,
    low_voltage_customers,
    medium_voltage_customers,
)
from ingest.simulated.grid.names import (
    DISTRICT,
    area_name,
    feeder_name,
    road_name,
    settlement_name,
    stems,
    substation_name,
)
from ingest.simulated.grid.network import (
    LATITUDE_COSINE,
    METRES_PER_DEGREE,
    Conductor,
    LowVoltageNetwork,
    low_voltage_network,
)
from ingest.simulated.streams import stream

_CENTRE = (120.0, 39.05)
_SPACING_KM, _RADIUS_KM = 5.0, 55.0
_GOLDEN_ANGLE = np.pi * (3 - 5**0.5)
_DETOUR = 1.3  # a trunk follows roads
_TRUNK_KM = {
    "urban": (2.0, 4.0),
    "street": (2.0, 3.5),
    "industrial": (3.0, 5.0),
    "suburban": (4.0, 7.0),
    "rural": (8.0, 12.0),
}
_CABLE = Conductor(0.100, 0.09)
"""YJLV22-3×300, aluminium: 0.100 Ω/km at 20 °C by GB/T 3956."""
_INSULATED_WIRE = Conductor(0.125, 0.30)
"""JKLYJ-10/240 by GB/T 14049, wires 0.7 m apart."""
_BARE_WIRE = Conductor(0.250, 0.33)
"""LGJ-120/20: 0.2496 Ω/km by GB/T 1179, wires 1 m apart."""
_NEAR_TAP_KV, _FAR_TAP_KV = 10.5, 10.25
_FAR_KM = 5.0


@dataclass(frozen=True, slots=True)
class Substation:
    """A substation of 110/10 kV; ``region_id`` is the supply station that looks after it."""

    number: int
    substation_id: str
    region_id: str
    name: str
    name_en: str
    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True)
class Feeder:
    """A trunk line of 10 kV with taps.

    Attributes:
        substation: Number of its substation.
        medium_voltage: How many customers it supplies at medium voltage.
        taps_km: Distance from the substation along the trunk at which its areas, in order of
            their numbers, and then its medium-voltage customers hang.
        resistance_ohm_per_km, reactance_ohm_per_km: Of one phase of the trunk.
        road: The road along which it runs, in Chinese, with its district.
    """

    number: int
    feeder_id: str
    name: str
    name_en: str
    substation: int
    medium_voltage: int
    taps_km: tuple[float, ...]
    resistance_ohm_per_km: float
    reactance_ohm_per_km: float
    road: str
    voltage_kv: float = 10.0


@dataclass(frozen=True, slots=True)
class Area:
    """A transformer area.

    Attributes:
        kind: One of ``layout.AREA_KINDS``.
        feeder: Number of its feeder.
        customers: How many it supplies, all at low voltage.
        trunk_km: Distance from the substation along the trunk.
        tap_kv: Position of the tap changer: the voltage at which it gives 400 V.
        settlement: Where its customers are, in Chinese, from the district on.
    """

    number: int
    transformer_id: str
    name: str
    name_en: str
    kind: str
    feeder: int
    customers: int
    longitude: float
    latitude: float
    network: LowVoltageNetwork
    trunk_km: float
    tap_kv: float
    settlement: str


@dataclass(frozen=True, slots=True)
class Place:
    """The whole district, every tuple in order of numbers."""

    substations: tuple[Substation, ...]
    feeders: tuple[Feeder, ...]
    areas: tuple[Area, ...]


def areas_of(place: Place, feeder: int) -> tuple[Area, ...]:
    """The areas of the feeder with this number, in order along its trunk."""
    return place.areas[feeder * AREAS_PER_FEEDER : (feeder + 1) * AREAS_PER_FEEDER]


def place(seed: int, customers: int) -> Place:
    """The district for this many customers, as ``layout`` divides them."""
    if customers < 1:
        raise ValueError(f"a district of {customers} customers: give at least 1")
    kinds = kinds_of_areas(customers)
    plants = medium_voltage_customers(kinds, customers)
    sizes = low_voltage_customers(stream(seed, "area sizes"), kinds, customers - plants.sum())
    feeders = _feeders(seed, kinds_by_feeder(kinds), plants.tolist())
    substations = _substations(seed, -(-len(feeders) // FEEDERS_PER_SUBSTATION))
    return Place(substations, feeders, _areas(seed, kinds, sizes.tolist(), substations, feeders))


def _substations(seed: int, count: int) -> tuple[Substation, ...]:
    """Spread evenly over a circle, like the seeds of a sunflower."""
    spacing_km = min(_SPACING_KM, _RADIUS_KM / count**0.5)
    turn = stream(seed, "map").uniform(0.0, 2 * np.pi)
    digits = len(str(count))
    found = []
    for number, stem in enumerate(stems(stream(seed, "substation names"), count)):
        away_km = spacing_km * (number + 0.5) ** 0.5
        longitude, latitude = _moved(_CENTRE, turn + number * _GOLDEN_ANGLE, away_km)
        found.append(
            Substation(
                number,
                f"FC-S{number + 1:0{digits}d}",
                f"fengchuan-{number + 1}",
                *substation_name(stem),
                longitude,
                latitude,
            )
        )
    return tuple(found)


def _moved(start: tuple[float, float], heading: float, away_km: float) -> tuple[float, float]:
    """Longitude and latitude ``away_km`` from ``start`` in the direction ``heading`` from north."""
    degrees = 1000 * away_km / METRES_PER_DEGREE
    longitude = start[0] + degrees * np.sin(heading) / LATITUDE_COSINE
    return round(float(longitude), 6), round(float(start[1] + degrees * np.cos(heading)), 6)


def _feeders(
    seed: int, by_feeder: Sequence[Sequence[str]], plants: Sequence[int]
) -> tuple[Feeder, ...]:
    digits = max(len(str(len(by_feeder))), 2)
    names = stems(stream(seed, "feeder names"), len(by_feeder))
    found = []
    for number, (kinds, stem) in enumerate(zip(by_feeder, names, strict=True)):
        name, conductor = feeder_name(stem), _conductor(kinds)
        found.append(
            Feeder(
                number=number,
                feeder_id=f"FC-F{number + 1:0{digits}d}",
                name=name.zh,
                name_en=name.en,
                substation=number // FEEDERS_PER_SUBSTATION,
                medium_voltage=plants[number],
                taps_km=_taps_km(stream(seed, "trunk", number), kinds, plants[number]),
                resistance_ohm_per_km=conductor.resistance_ohm_per_km,
                reactance_ohm_per_km=conductor.reactance_ohm_per_km,
                road=f"{DISTRICT}{road_name(stem)}",
            )
        )
    return tuple(found)


def _conductor(kinds: Sequence[str]) -> Conductor:
    """Cable in town, bare wire in the country, insulated wire between."""
    if 2 * kinds.count("rural") > len(kinds):
        return _BARE_WIRE
    in_town = sum(kind in {"urban", "street", "industrial"} for kind in kinds)
    return _CABLE if 2 * in_town > len(kinds) else _INSULATED_WIRE


def _taps_km(own: np.random.Generator, kinds: Sequence[str], plants: int) -> tuple[float, ...]:
    """Areas along the whole trunk, the last at its end; plants along its nearer part."""
    trunk_km = np.mean([own.uniform(*_TRUNK_KM[kind]) for kind in kinds])
    of_areas = (np.arange(len(kinds)) + own.uniform(0.3, 1.0, len(kinds))) / len(kinds)
    of_areas[-1] = 1.0
    shares = np.concatenate([of_areas, own.uniform(0.15, 0.6, plants)])
    return tuple(np.round(shares * trunk_km, 3).tolist())


def _areas(
    seed: int,
    kinds: Sequence[str],
    sizes: Sequence[int],
    substations: tuple[Substation, ...],
    feeders: tuple[Feeder, ...],
) -> tuple[Area, ...]:
    digits = max(len(str(len(kinds))), 4)
    found = []
    for number, stem in enumerate(stems(stream(seed, "area names"), len(kinds))):
        kind, own = kinds[number], stream(seed, "area", number)
        feeder = feeders[number // AREAS_PER_FEEDER]
        trunk_km = feeder.taps_km[number % AREAS_PER_FEEDER]
        longitude, latitude = _beside_trunk(
            seed, own, substations[feeder.substation], feeder, trunk_km
        )
        settlement = settlement_name(stem, kind, int(own.integers(2)))
        name = area_name(settlement)
        found.append(
            Area(
                number=number,
                transformer_id=f"FC-T{number + 1:0{digits}d}",
                name=name.zh,
                name_en=name.en,
                kind=kind,
                feeder=feeder.number,
                customers=sizes[number],
                longitude=longitude,
                latitude=latitude,
                network=low_voltage_network(own, kind, sizes[number], longitude, latitude),
                trunk_km=trunk_km,
                tap_kv=_NEAR_TAP_KV if trunk_km < _FAR_KM else _FAR_TAP_KV,
                settlement=f"{feeder.road}{settlement.zh}",
            )
        )
    return tuple(found)


def _beside_trunk(
    seed: int,
    own: np.random.Generator,
    substation: Substation,
    feeder: Feeder,
    trunk_km: float,
) -> tuple[float, float]:
    """Where a transformer stands: trunks leave a substation to four sides and bend."""
    of_trunk = stream(seed, "heading", feeder.number)
    side = feeder.number % FEEDERS_PER_SUBSTATION
    heading = 2 * np.pi * side / FEEDERS_PER_SUBSTATION + of_trunk.uniform(-0.4, 0.4)
    heading += of_trunk.uniform(-0.6, 0.6) * trunk_km / feeder.taps_km[-1]
    start = substation.longitude, substation.latitude
    on_trunk = _moved(start, heading, trunk_km / _DETOUR)
    return _moved(on_trunk, heading + np.pi / 2, own.uniform(-0.2, 0.2))
