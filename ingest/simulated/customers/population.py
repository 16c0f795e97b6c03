"""Who lives and works in the district, where each hangs on the grid, and what each owns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.simulated.customers.premise import Premise, Tenancy
from ingest.simulated.grid.layout import apportioned
from ingest.simulated.grid.place import Area, Place
from ingest.simulated.loads.kinds import KINDS, Kind, medium_voltage_mix, mix_of_area
from ingest.simulated.loads.solar import Solar, draw_solar
from ingest.simulated.loads.vehicle import Vehicle, draw_vehicle
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.span import Span

_SIZES_KVA = (4, 6, 8, 10, 12, 16, 20, 25, 30, 40, 50, 63, 80, 100, 125, 160, 200, 250, 315, 400)
_SIZES_KVA += (500, 630, 800, 1000, 1250, 1600, 2000, 2500, 3150, 4000, 5000, 6300, 8000, 10_000)
_DIRECT_KVA = 40  # up to 60 A at 380 V a meter carries the current itself
_RATED_CURRENTS_A = (50, 75, 100, 150, 200, 300, 400, 500, 600, 800, 1000, 1500, 2000)
_SECONDARY_A = 5
_LOW_KV, _MEDIUM_KV = 0.38, 10.0
_VOLTAGE_RATIO = 100.0  # 10 kV / 100 V
_DAYS_PER_YEAR = 365.25
_MOVES_PER_YEAR = 0.03
_NEW_PER_YEAR = 0.012
_CLOSED_PER_YEAR = 0.008
_SHORTEST_TENANCY_DAYS = 14
_VEHICLES = {"urban": (0.05, 0.13), "suburban": (0.04, 0.12), "street": (0.03, 0.08)}
_VEHICLES |= {"rural": (0.02, 0.06), "industrial": (0.02, 0.06)}
"""Share of households with an electric vehicle at home on 2024-01-01 and two years later."""
_ROOFTOP = {"rural": (0.12, 0.24), "suburban": (0.05, 0.13)}
"""The same for rooftop plants of households."""
_ROOFTOP_OF_TRADE = {"workshop": (0.06, 0.14), "school": (0.2, 0.4), "dairy_farm": (0.2, 0.5)}
_ROOFTOP_OF_TRADE |= {f"plant_{n}_shift": (0.12, 0.28) for n in ("one", "two", "three")}
_ADOPTION_DAYS = 731
_SERIALS_APART = 100
"""How far neighbours may lie apart in the records: they got their accounts as the town grew."""


def population(seed: int, place: Place, span: Span) -> tuple[Premise, ...]:
    """Every usage point of a customer, numbered feeder by feeder, area by area.

    Medium-voltage customers of a feeder come after those of its areas.
    """
    kinds = _kinds_of_areas(seed, place)
    of_medium_voltage = iter(_kinds_at_medium_voltage(seed, place))
    total = sum(area.customers for area in place.areas)
    total += sum(feeder.medium_voltage for feeder in place.feeders)
    serials = _serials(seed, total)
    premises: list[Premise] = []
    for feeder in place.feeders:
        for area in place.areas:
            if area.feeder != feeder.number:
                continue
            loads = [0.0, 0.0, 0.0]
            nodes = area.network.parent.size
            for position, kind in enumerate(kinds[area.number]):
                # Neighbours share a node, as addresses number them.
                node, serial = position * nodes // area.customers, serials[len(premises)]
                site = _Site(feeder.number, area, node, serial, loads)
                premises.append(_premise(seed, len(premises), kind, site, span))
        for _ in range(feeder.medium_voltage):
            site = _Site(feeder.number, None, None, serials[len(premises)], [])
            premises.append(_premise(seed, len(premises), next(of_medium_voltage), site, span))
    return tuple(premises)


def _serials(seed: int, total: int) -> list[int]:
    """Numbers in the records, from 1, in the order of the premises' own."""
    moved = np.arange(total) + stream(seed, "serials").uniform(0, _SERIALS_APART, total)
    return (np.argsort(np.argsort(moved, kind="stable")) + 1).tolist()


def _kinds_of_areas(seed: int, place: Place) -> dict[int, list[str]]:
    """The kinds of every area's customers: shares hold over all areas of one kind."""
    found: dict[int, list[str]] = {}
    for area_kind in sorted({area.kind for area in place.areas}):
        areas = [area for area in place.areas if area.kind == area_kind]
        total = sum(area.customers for area in areas)
        names = _apportioned(mix_of_area(area_kind), total)
        order = stream(seed, f"kinds of {area_kind} areas").permutation(total)
        shuffled = iter([names[i] for i in order])
        for area in areas:
            found[area.number] = [next(shuffled) for _ in range(area.customers)]
    return found


def _kinds_at_medium_voltage(seed: int, place: Place) -> list[str]:
    total = sum(feeder.medium_voltage for feeder in place.feeders)
    names = _apportioned(medium_voltage_mix(), total)
    return [names[i] for i in stream(seed, "kinds at medium voltage").permutation(total)]


def _apportioned(weights: Mapping[str, float], total: int) -> list[str]:
    """``total`` names in proportion to their weights."""
    counts = apportioned(list(weights.values()), total)
    return [name for name, count in zip(weights, counts, strict=True) for _ in range(count)]


@dataclass(frozen=True, slots=True)
class _Site:
    """Where a premise hangs; ``phase_loads`` of its area grow as fitters connect customers."""

    feeder: int
    area: Area | None
    node: int | None
    serial: int
    phase_loads: list[float]


def _premise(seed: int, number: int, kind_name: str, site: _Site, span: Span) -> Premise:
    kind, area = KINDS[kind_name], site.area
    own = stream(seed, "premise", number)
    area_kind = area.kind if area else "industrial"
    tenancies = _tenancies(kind, site.serial, area_kind, own, span)
    connected_kw = max(tenancy.traits.connected_kw for tenancy in tenancies)
    solar = _solar(kind, area_kind, connected_kw, own, span)
    capacity = _capacity_kva(kind, connected_kw, solar)
    is_single = area is not None and _is_single_phase(kind, capacity, own)
    phases, shares = _phases(site.phase_loads, own, connected_kw, is_single=is_single)
    current_ratio, voltage_ratio = _ratios(capacity, is_medium_voltage=area is None)
    return Premise(
        number=number,
        serial=site.serial,
        usage_point_id=f"FC-P{site.serial:06d}",
        kind=kind_name,
        feeder=site.feeder,
        area=area.number if area else None,
        node=site.node,
        phases=phases,
        phase_shares=shares,
        capacity_kva=capacity,
        current_ratio=current_ratio,
        voltage_ratio=voltage_ratio,
        register_digits=6,
        tenancies=tenancies,
        vehicle=_vehicle(kind, area_kind, own, span),
        solar=solar,
    )


def _tenancies(
    kind: Kind, serial: int, area_kind: str, own: np.random.Generator, span: Span
) -> tuple[Tenancy, ...]:
    """One tenant for the whole span, or a new connection, a closure, or a move between two."""
    years = span.days / _DAYS_PER_YEAR
    drawn, share = own.random(), own.random()
    edge = _SHORTEST_TENANCY_DAYS
    day = int(edge + share * max(span.days - 2 * edge, 1))
    first, last = 0, span.days
    moves = _MOVES_PER_YEAR * years if kind.name in {"household", "shop", "restaurant"} else 0.0
    is_move = False
    # A single plant that comes or goes would be the district's whole growth.
    if span.days > 4 * edge and not kind.is_medium_voltage:
        if drawn < _NEW_PER_YEAR * years:
            first = day
        elif drawn < (_NEW_PER_YEAR + _CLOSED_PER_YEAR) * years:
            last = day
        else:
            is_move = drawn < (_NEW_PER_YEAR + _CLOSED_PER_YEAR) * years + moves
    gap = int(own.integers(0, 21))
    periods = [(first, day), (min(day + gap, span.days), last)] if is_move else [(first, last)]
    return tuple(
        Tenancy(f"FC-C{serial:06d}{'AB'[turn]}", begin, end, kind.draw(own, area_kind))
        for turn, (begin, end) in enumerate(periods)
    )


def _adopted(
    shares: tuple[float, float] | None, own: np.random.Generator, span: Span
) -> int | None:
    """The day of adoption; below 0: it was there before. None: not within the span.

    The share that has adopted grows evenly between the two dates for which it is stated.
    """
    drawn = own.random()
    if shares is None:
        return None
    before, after = shares
    if drawn < before:
        return -1
    day = int((drawn - before) / (after - before) * _ADOPTION_DAYS)
    return day if drawn < after and day < span.days else None


def _vehicle(kind: Kind, area_kind: str, own: np.random.Generator, span: Span) -> Vehicle | None:
    shares = _VEHICLES[area_kind] if kind.name == "household" else None
    day = _adopted(shares, own, span)
    return None if day is None else draw_vehicle(own, day)


def _solar(
    kind: Kind, area_kind: str, connected_kw: float, own: np.random.Generator, span: Span
) -> Solar | None:
    shares = (
        _ROOFTOP.get(area_kind) if kind.name == "household" else _ROOFTOP_OF_TRADE.get(kind.name)
    )
    day = _adopted(shares, own, span)
    if day is None:
        return None
    if kind.name == "household":
        return draw_solar(own, area_kind, day)
    return draw_solar(own, area_kind, day, capacity_kw=round(connected_kw * own.uniform(0.2, 0.7)))


def _capacity_kva(kind: Kind, connected_kw: float, solar: Solar | None) -> float:
    """The contracted capacity: a standard size above the load by design, or above the roof."""
    wanted = max(connected_kw, solar.capacity_kw if solar else 0.0)
    smallest = 8.0 if kind.name == "household" else 4.0
    wanted = max(wanted, 100.0 if kind.is_medium_voltage else smallest)
    return float(next((size for size in _SIZES_KVA if size >= wanted), _SIZES_KVA[-1]))


def _is_single_phase(kind: Kind, capacity_kva: float, own: np.random.Generator) -> bool:
    drawn = own.random()
    if kind.phases == "either":
        return capacity_kva <= 16 and drawn < kind.single_phase_share
    return kind.phases == "single" and capacity_kva <= 16


def _phases(
    loads: list[float], own: np.random.Generator, connected_kw: float, *, is_single: bool
) -> tuple[str, tuple[float, float, float]]:
    """Phases and the share of power on each. Fitters take the emptiest phase, but not always."""
    if not is_single:
        uneven = 1.0 + 0.08 * own.standard_normal(3)
        a, b = (round(float(share), 4) for share in uneven[:2] / uneven.sum())
        return "ABC", (a, b, round(1.0 - a - b, 4))
    chosen = int(np.argmin(loads)) if own.random() < 0.6 else int(own.integers(3))
    loads[chosen] += connected_kw
    return "ABC"[chosen], (float(chosen == 0), float(chosen == 1), float(chosen == 2))


def _ratios(capacity_kva: float, *, is_medium_voltage: bool) -> tuple[float, float]:
    """Ratios of current and voltage transformers."""
    if not is_medium_voltage and capacity_kva <= _DIRECT_KVA:
        return 1.0, 1.0
    amperes = capacity_kva / (3**0.5 * (_MEDIUM_KV if is_medium_voltage else _LOW_KV))
    rated = next((size for size in _RATED_CURRENTS_A if size >= amperes), _RATED_CURRENTS_A[-1])
    return rated / _SECONDARY_A, _VOLTAGE_RATIO if is_medium_voltage else 1.0


def ratings_kva(place: Place, premises: Sequence[Premise]) -> dict[int, float]:
    """The power every area's transformer must carry [kVA], by area number.

    Customers do not peak together: the coincident share falls with their number.
    """
    wanted = {area.number: 20.0 for area in place.areas}
    counts = dict.fromkeys(wanted, 0)
    for premise in premises:
        if premise.area is not None:
            wanted[premise.area] += premise.capacity_kva
            counts[premise.area] += 1
    return {n: kva * (0.28 + 0.5 / max(counts[n], 1) ** 0.5) for n, kva in wanted.items()}
