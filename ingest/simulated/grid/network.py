"""Low-voltage networks: radial lines from the transformer's busbar to poles and boxes (380/220 V).

Conductors are aluminium, insulated (JKLYJ-1). Resistances at 20 °C are those of GB/T 12527 (class 2
of GB/T 3956), reactances 0.0628 ln(GMD/GMR) Ω/km at 50 Hz with wires 0.4 m apart, bundled 0.08.
"""

from dataclasses import dataclass

import numpy as np

METRES_PER_DEGREE = 111_320.0
"""Along a meridian, and along the equator."""
LATITUDE_COSINE = 0.7766
"""Of 39.05° N: the district is small enough for one."""
_LONGEST_M, _SHORTEST_M = 600.0, 50.0


@dataclass(frozen=True, slots=True)
class Conductor:
    """A wire, per kilometre of one conductor."""

    resistance_ohm_per_km: float
    reactance_ohm_per_km: float


TRUNK_NEAR = Conductor(0.253, 0.27)
"""120 mm²: the first half of a trunk."""
TRUNK_FAR = Conductor(0.443, 0.29)
"""70 mm²: the second half."""
BRANCH = Conductor(0.868, 0.31)
"""35 mm²."""
SINGLE_PHASE_SERVICE = Conductor(1.91, 0.08)
"""16 mm², bundled."""
THREE_PHASE_SERVICE = Conductor(0.868, 0.08)
"""35 mm², bundled."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """How networks of a kind of area are built."""

    customers_per_node: float
    trunks: int
    trunk_share: float  # of the nodes; the others are on branches
    chained_share: float  # of the branch nodes that go on from the branch node before
    trunk_span_m: tuple[float, float]
    branch_span_m: tuple[float, float]
    service_m: tuple[float, float]


_LAYOUTS = {
    "urban": _Layout(4.0, 3, 0.6, 0.0, (30.0, 70.0), (20.0, 50.0), (10.0, 30.0)),
    "suburban": _Layout(2.5, 3, 0.5, 0.3, (40.0, 80.0), (30.0, 60.0), (10.0, 30.0)),
    "rural": _Layout(1.5, 2, 0.5, 0.6, (50.0, 80.0), (40.0, 70.0), (15.0, 50.0)),
    "street": _Layout(2.0, 2, 1.0, 0.0, (25.0, 45.0), (20.0, 40.0), (5.0, 20.0)),
    "industrial": _Layout(1.0, 4, 0.5, 0.2, (40.0, 90.0), (30.0, 60.0), (10.0, 40.0)),
}


@dataclass(frozen=True, slots=True, eq=False)
class LowVoltageNetwork:
    """A tree of nodes, each with the line that leads to it from its parent; arrays (nodes,).

    Attributes:
        parent: Number of the node before; −1: the transformer's busbar. Always less than its own.
        length_m, resistance_ohm, reactance_ohm: Of one phase conductor of the line.
        longitude, latitude: Of the node [°].
    """

    parent: np.ndarray
    length_m: np.ndarray
    resistance_ohm: np.ndarray
    reactance_ohm: np.ndarray
    longitude: np.ndarray
    latitude: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class ServiceLines:
    """The lines from their nodes into customers' houses; arrays (customers,)."""

    length_m: np.ndarray
    resistance_ohm: np.ndarray
    reactance_ohm: np.ndarray


def low_voltage_network(
    own: np.random.Generator, kind: str, customers: int, longitude: float, latitude: float
) -> LowVoltageNetwork:
    """The lines that ``customers`` of an area of this kind need, from a transformer standing there.

    A flat block is one node for several customers; a farm has its own at the end of thin wire.
    """
    layout = _LAYOUTS[kind]
    nodes = int(np.ceil(customers / layout.customers_per_node))
    on_trunk = int(np.ceil(nodes * layout.trunk_share))
    parent = _parents(own, layout, nodes, on_trunk)
    is_trunk = np.arange(nodes) < on_trunk
    length_m = np.where(
        is_trunk,
        own.uniform(*layout.trunk_span_m, nodes),
        own.uniform(*layout.branch_span_m, nodes),
    )
    farthest_m = distance_m(parent, length_m).max()
    length_m = length_m * (np.clip(farthest_m, _SHORTEST_M, _LONGEST_M) / farthest_m)
    length_m = np.round(length_m, 1)
    wires = _conductors(nodes, on_trunk, layout.trunks)
    east_m, north_m = _coordinates_m(own, parent, length_m)
    return LowVoltageNetwork(
        parent=parent,
        length_m=length_m,
        resistance_ohm=length_m / 1000 * np.array([w.resistance_ohm_per_km for w in wires]),
        reactance_ohm=length_m / 1000 * np.array([w.reactance_ohm_per_km for w in wires]),
        longitude=np.round(longitude + east_m / (METRES_PER_DEGREE * LATITUDE_COSINE), 6),
        latitude=np.round(latitude + north_m / METRES_PER_DEGREE, 6),
    )


def _parents(own: np.random.Generator, layout: _Layout, nodes: int, on_trunk: int) -> np.ndarray:
    """Trunks grow side by side; branches start anywhere on them and may go on."""
    parent = np.arange(nodes) - layout.trunks
    parent[parent < 0] = -1
    starts = own.integers(0, on_trunk, nodes)
    is_chained = own.random(nodes) < layout.chained_share
    before = np.arange(nodes) - 1
    branch = np.where(is_chained & (before >= on_trunk), before, starts)
    parent[on_trunk:] = branch[on_trunk:]
    return parent


def _conductors(nodes: int, on_trunk: int, trunks: int) -> list[Conductor]:
    spans = -(-on_trunk // trunks)
    near = -(-spans // 2) * trunks
    return [
        BRANCH if node >= on_trunk else TRUNK_NEAR if node < near else TRUNK_FAR
        for node in range(nodes)
    ]


def _coordinates_m(
    own: np.random.Generator, parent: np.ndarray, length_m: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """East and north of the transformer: trunks fan out, every line bends a little."""
    nodes = parent.size
    heading = own.uniform(0.0, 2 * np.pi) + np.zeros(nodes)
    bends = own.normal(0.0, 0.35, nodes)
    sides = own.choice((-1.0, 1.0), nodes)
    first = np.flatnonzero(parent < 0)
    east_m, north_m = np.zeros(nodes), np.zeros(nodes)
    children = np.zeros(nodes, dtype=int)
    for node, before in enumerate(parent):
        if before < 0:
            start_east = start_north = 0.0
            heading[node] += 2 * np.pi * np.searchsorted(first, node) / first.size
        else:
            start_east, start_north = east_m[before], north_m[before]
            is_turn = children[before] > 0
            heading[node] = heading[before] + sides[node] * is_turn * np.pi / 2
            children[before] += 1
        heading[node] += bends[node]
        east_m[node] = start_east + length_m[node] * np.sin(heading[node])
        north_m[node] = start_north + length_m[node] * np.cos(heading[node])
    return east_m, north_m


def distance_m(parent: np.ndarray, length_m: np.ndarray) -> np.ndarray:
    """Length of the way from the busbar to every node (nodes,)."""
    distance = np.zeros(parent.size)
    for node, before in enumerate(parent):
        distance[node] = length_m[node] + (distance[before] if before >= 0 else 0.0)
    return distance


def service_lines(own: np.random.Generator, kind: str, is_single_phase: np.ndarray) -> ServiceLines:
    """The service lines of an area's customers, ``is_single_phase`` (customers,) bool.

    A single-phase one counts out and back, its neutral wire carrying all of the current.
    """
    length_m = np.round(own.uniform(*_LAYOUTS[kind].service_m, is_single_phase.size), 1)
    single, three = SINGLE_PHASE_SERVICE, THREE_PHASE_SERVICE
    resistance = np.where(
        is_single_phase, 2 * single.resistance_ohm_per_km, three.resistance_ohm_per_km
    )
    reactance = np.where(
        is_single_phase, 2 * single.reactance_ohm_per_km, three.reactance_ohm_per_km
    )
    return ServiceLines(length_m, length_m / 1000 * resistance, length_m / 1000 * reactance)


def common_path(
    network: LowVoltageNetwork, nodes: np.ndarray, service: ServiceLines | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Resistance and reactance [Ω] that each two customers at ``nodes`` (customers,) share.

    Both (customers, customers): of the lines on the way to both of them; on the diagonal of the
    whole way to one, with its service line. Baran & Wu 1989 call these sums over the common path.
    """
    count = network.parent.size
    is_on_way = np.zeros((count, count), dtype=bool)  # [node, line]
    for node, before in enumerate(network.parent):
        if before >= 0:
            is_on_way[node] = is_on_way[before]
        is_on_way[node, node] = True
    ways = is_on_way[nodes]
    resistance, reactance = np.zeros((2, nodes.size, nodes.size))
    for line in range(count):
        is_shared = ways[:, line, None] & ways[:, line]
        resistance += network.resistance_ohm[line] * is_shared
        reactance += network.reactance_ohm[line] * is_shared
    if service is not None:
        resistance += np.diag(service.resistance_ohm)
        reactance += np.diag(service.reactance_ohm)
    return resistance, reactance
