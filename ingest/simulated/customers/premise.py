"""A usage point of the district: what is fixed about it, before anybody switches anything on."""

from dataclasses import dataclass
from typing import Any

from ingest.simulated.loads.solar import Solar
from ingest.simulated.loads.vehicle import Vehicle


@dataclass(frozen=True, slots=True)
class Tenancy:
    """Who holds a premise from when to when.

    Attributes:
        customer_id: The account (户号).
        first_day, last_day: Day numbers of the span; ``last_day`` is the first day after.
        traits: What the load model of the premise's kind drew for this tenant.
    """

    customer_id: str
    first_day: int
    last_day: int
    traits: Any


@dataclass(frozen=True, slots=True)
class Premise:
    """One usage point.

    Attributes:
        number: Its number in the district, by the wires; its random streams are keyed by it.
        serial: Its number in the records, from 1. Neighbours on the wires are rarely neighbours
            there: by numbers alone nobody can tell which area a usage point truly hangs on.
        usage_point_id: As in the lake.
        kind: One of ``ingest.simulated.loads.kinds.KINDS``.
        feeder: Number of its feeder.
        area: Number of the transformer area it truly hangs on; None: medium voltage.
        node: Number of its node in the area's network; None: medium voltage.
        phases: A, B, C or ABC.
        phase_shares: Share of its power on each phase, summing to 1; (1, 0, 0) on phase A alone.
        capacity_kva: Contracted capacity.
        current_ratio, voltage_ratio: True ratios of its instrument transformers; 1 without.
        register_digits: Whole digits of its meter's registers.
        tenancies: In order of time; between two of them, and before the first, nobody consumes.
        vehicle: An electric vehicle charged at home.
        solar: A rooftop plant.
    """

    number: int
    serial: int
    usage_point_id: str
    kind: str
    feeder: int
    area: int | None
    node: int | None
    phases: str
    phase_shares: tuple[float, float, float]
    capacity_kva: float
    current_ratio: float
    voltage_ratio: float
    register_digits: int
    tenancies: tuple[Tenancy, ...]
    vehicle: Vehicle | None
    solar: Solar | None
