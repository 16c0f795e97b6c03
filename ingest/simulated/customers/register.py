"""What the utility's register (档案) says of customers, usage points, meters and agreements.

It is what the utility believes: a planted wrong assignment or ratio stands in it as it was planted,
with an address and a site in the area where the premise is believed to be.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from ingest.sample.tables import reference_frame
from ingest.simulated.customers.agreed import agreed_terms
from ingest.simulated.customers.people import person, telephone
from ingest.simulated.customers.premise import Premise, Tenancy
from ingest.simulated.grid.addresses import address, medium_voltage_address
from ingest.simulated.grid.place import Area, Place
from ingest.simulated.grid.place_tables import network_node_id
from ingest.simulated.loads.kinds import KINDS
from ingest.simulated.meters.installed import (
    CHECK_METER_DIGITS,
    check_meter_id,
    meter_periods,
)
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import Planted
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

_OLDEST_YEARS = 18
_TWO_PART_KVA = 315
_TWO_PART_BY_CHOICE_KVA = 100


def register_tables(
    place: Place,
    premises: Sequence[Premise],
    planted: Mapping[int, Sequence[Planted]],
    seed: int,
    span: Span,
) -> dict[str, pl.DataFrame]:
    """``customers``, ``usage_points``, ``meters`` and ``agreements`` (REFERENCE_READ)."""
    customers, points, meters, agreements = [], [], [], []
    sites = _sites(place, premises, planted)
    for premise in sorted(premises, key=lambda one: one.serial):
        site = sites[premise.number]
        own = stream(seed, "register", premise.number)
        opened = _opened(premise, own, span)
        prices = _prices(premise, own)
        things = planted.get(premise.number, ())
        for turn, tenancy in enumerate(premise.tenancies):
            period = _period(tenancy, opened, span)
            where = _address(premise, site, place)
            customers.append(_customer(premise, tenancy, turn, where, own) | period)
            points.append(_usage_point(premise, tenancy, site, place, seed) | prices | period)
        connected = _connected(premise, opened, span)
        agreements.append(_agreement(premise, prices, own, seed) | connected)
        meters += _meters(premise, things, seed, span, connected)
    for area in place.areas:
        points.append(_check_point(area, place) | {"valid_from": span.first_day})
        meters.append(_check_meter(f"{area.transformer_id}-M", span))
    for feeder in place.feeders:
        point = {
            "usage_point_id": f"{feeder.feeder_id}-M",
            "feeder_id": feeder.feeder_id,
            "region_id": place.substations[feeder.substation].region_id,
            "metering_purpose": "check",
            "phase": "ABC",
            "voltage_kv": feeder.voltage_kv,
            "status": "operating",
            "valid_from": span.first_day,
        }
        points.append(point)
        meters.append(_check_meter(f"{feeder.feeder_id}-M", span))
    named = {
        "customers": customers,
        "usage_points": points,
        "meters": meters,
        "agreements": agreements,
    }
    return {
        name: reference_frame(name, pl.DataFrame(rows, infer_schema_length=None))
        for name, rows in named.items()
    }


def _opened(premise: Premise, own: np.random.Generator, span: Span) -> date:
    """Since when the first tenant has the account: years ago, or from the connection on."""
    first = premise.tenancies[0].first_day
    years_ago = own.uniform(0, _OLDEST_YEARS)
    if first > 0:
        return span.first_day + timedelta(days=first)
    return span.first_day - timedelta(days=int(years_ago * 365.25))


def _period(tenancy: Tenancy, opened: date, span: Span) -> dict:
    first = opened if tenancy.first_day == 0 else span.first_day + timedelta(tenancy.first_day)
    is_open = tenancy.last_day >= span.days
    last = None if is_open else span.first_day + timedelta(days=tenancy.last_day)
    return {"valid_from": first, "valid_to": last}


def _connected(premise: Premise, opened: date, span: Span) -> dict:
    return {
        "valid_from": opened,
        "valid_to": _period(premise.tenancies[-1], opened, span)["valid_to"],
    }


def _customer(
    premise: Premise, tenancy: Tenancy, turn: int, where: str, own: np.random.Generator
) -> dict:
    kind = KINDS[premise.kind]
    name, trade = person(own), None
    if premise.kind != "household":
        trade = tenancy.traits.trade
        owner = f"{name[0]}记" if kind.customer_class == "commercial" else "峰川"
        name = f"{owner}{trade.zh}{premise.serial:03d}"
    return {
        "customer_id": tenancy.customer_id,
        "name": name,
        "address": where,
        "phone": telephone(premise.serial, turn),
        "industry_code": kind.industry_code if trade is None else trade.industry_code,
    }


@dataclass(frozen=True, slots=True)
class _Site:
    """Where the records place a premise: area and node (None: medium voltage), and door there."""

    area: Area | None
    node: int
    door: int


def _sites(
    place: Place, premises: Sequence[Premise], planted: Mapping[int, Sequence[Planted]]
) -> dict[int, _Site]:
    """The recorded site of every premise, by its number; doors are numbered along the wires."""
    believed = []
    for premise in premises:
        area, node = _recorded(premise, place, planted.get(premise.number, ()))
        street = premise.feeder if area is None else area.number
        believed.append(((area is None, street), node, premise.serial, premise.number, area))
    doors: Counter[tuple[bool, int]] = Counter()
    found = {}
    for street, node, _, number, area in sorted(believed, key=lambda one: one[:3]):
        found[number] = _Site(area, node, doors[street])
        doors[street] += 1
    return found


def _recorded(
    premise: Premise, place: Place, planted: Sequence[Planted]
) -> tuple[Area | None, int]:
    """The area in the records, and the node there."""
    if premise.area is None or premise.node is None:
        return None, 0
    for thing in planted:
        if thing.kind == "wrong_transformer":
            area = place.areas[int(thing.detail["recorded_area"])]
            return area, premise.number % area.network.parent.size
    return place.areas[premise.area], premise.node


def _address(premise: Premise, site: _Site, place: Place) -> str:
    if site.area is None:
        return medium_voltage_address(place.feeders[premise.feeder], site.door)
    return address(site.area, site.door)


def _usage_point(premise: Premise, tenancy: Tenancy, site: _Site, place: Place, seed: int) -> dict:
    area = site.area
    feeder = place.feeders[premise.feeder if area is None else area.feeder]
    longitude, latitude = _coordinates(premise, site, place, seed)
    return {
        "usage_point_id": premise.usage_point_id,
        "customer_id": tenancy.customer_id,
        "transformer_id": area.transformer_id if area else None,
        "feeder_id": feeder.feeder_id,
        "region_id": place.substations[feeder.substation].region_id,
        "customer_class": KINDS[premise.kind].customer_class,
        "network_node_id": network_node_id(area, site.node) if area else None,
        "metering_purpose": "settlement",
        "phase": premise.phases,
        "voltage_kv": 10.0 if area is None else 0.38 if premise.phases == "ABC" else 0.22,
        "contracted_capacity_kva": premise.capacity_kva,
        "operating_capacity_kva": premise.capacity_kva,
        "status": "operating",
        "longitude": longitude,
        "latitude": latitude,
    }


def _coordinates(premise: Premise, site: _Site, place: Place, seed: int) -> tuple[float, float]:
    if site.area is not None:
        network = site.area.network
        return float(network.longitude[site.node]), float(network.latitude[site.node])
    substation = place.substations[place.feeders[premise.feeder].substation]
    own = stream(seed, "medium-voltage site", premise.number)
    return (
        round(substation.longitude + own.uniform(-0.04, 0.04), 6),
        round(substation.latitude + own.uniform(-0.03, 0.03), 6),
    )


def _prices(premise: Premise, own: np.random.Generator) -> dict:
    """Price class and, where the demand is charged by contract, the contracted demand."""
    price_code = KINDS[premise.kind].price_code
    contracted = None
    drawn, share = own.random(), own.uniform(0.42, 0.8)
    if price_code.startswith("industrial_commercial"):
        by_choice = premise.capacity_kva >= _TWO_PART_BY_CHOICE_KVA and drawn < 0.3
        two_part = premise.capacity_kva >= _TWO_PART_KVA or by_choice
        price_code = "industrial_commercial_two_part" if two_part else "industrial_commercial"
        if two_part and drawn < 0.25:
            contracted = float(round(premise.capacity_kva * share))
    return {"price_code": price_code, "contracted_demand_kw": contracted}


def _agreement(premise: Premise, prices: dict, own: np.random.Generator, seed: int) -> dict:
    """Households and farms pay listed prices; trade buys by agency, itself or from a retailer."""
    drawn = own.random()
    is_trade = prices["price_code"].startswith("industrial_commercial")
    if not is_trade:
        purchase = None
    elif premise.area is None:
        purchase = "direct" if drawn < 0.3 else "retail" if drawn < 0.65 else "agency"
    else:
        purchase = "retail" if drawn < 0.1 else "agency"
    return {
        "agreement_id": f"FC-A{premise.serial:06d}",
        "usage_point_id": premise.usage_point_id,
        "tariff_code": prices["price_code"],
        "purchase_type": purchase,
        "has_time_of_use": is_trade and premise.kind != "street_lighting",
        **agreed_terms(premise, prices, purchase, seed),
    }


def _meters(
    premise: Premise, planted: Sequence[Planted], seed: int, span: Span, connected: dict
) -> list[dict]:
    """A row a meter and ratio, as recorded, dated."""
    rows = []
    periods = meter_periods(premise, planted, seed, span)
    for turn, period in enumerate(periods):
        first = connected["valid_from"] if turn == 0 else _day(period.first_slot, span)
        is_last = turn == len(periods) - 1
        last = connected["valid_to"] if is_last else _day(period.last_slot, span)
        if last is not None and last <= first:  # records are dated by the day
            continue
        rows.append(
            {
                "meter_id": period.meter_id,
                "usage_point_id": premise.usage_point_id,
                "interval_minutes": SLOT_MINUTES,
                "current_ratio": period.recorded_ratio,
                "voltage_ratio": period.voltage_ratio,
                "register_digits": period.digits,
                "valid_from": first,
                "valid_to": last,
            }
        )
    return rows


def _day(slot: int, span: Span) -> date:
    return span.first_day + timedelta(days=slot // SLOTS_PER_DAY)


def _check_point(area: Area, place: Place) -> dict:
    """The transformer meter: it checks what its area takes in, and bills nobody."""
    feeder = place.feeders[area.feeder]
    return {
        "usage_point_id": f"{area.transformer_id}-M",
        "transformer_id": area.transformer_id,
        "feeder_id": feeder.feeder_id,
        "region_id": place.substations[feeder.substation].region_id,
        "metering_purpose": "check",
        "phase": "ABC",
        "voltage_kv": 0.38,
        "status": "operating",
        "longitude": area.longitude,
        "latitude": area.latitude,
    }


def _check_meter(usage_point_id: str, span: Span) -> dict:
    # Simulated meters of areas and feeders show primary values: their own ratios do not matter.
    return {
        "meter_id": check_meter_id(usage_point_id),
        "usage_point_id": usage_point_id,
        "interval_minutes": SLOT_MINUTES,
        "current_ratio": 1.0,
        "voltage_ratio": 1.0,
        "register_digits": CHECK_METER_DIGITS,
        "valid_from": span.first_day,
    }
