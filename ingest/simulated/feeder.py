"""One feeder, from what its customers want to what the collection system reads of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ingest.batch import CLOCKS_READ, EVENTS_READ, REGISTERS_READ
from ingest.simulated.check_meters import read_area, read_feeder
from ingest.simulated.customers.consumption import true_flows
from ingest.simulated.district import District
from ingest.simulated.grid.net import Net
from ingest.simulated.grid.place import areas_of
from ingest.simulated.grid.wires import wires
from ingest.simulated.settlement_meters import read_premise
from ingest.simulated.truth import TRUTH
from ingest.simulated.work import Rows, Work


@dataclass(frozen=True, slots=True)
class FeederRows:
    """A feeder's readings as read (``ingest.batch``) and its truth (``truth.py``).

    ``later`` holds the day profiles that arrive after the others: late, corrected, repeated.
    """

    energy_profiles: pl.DataFrame
    measurement_profiles: pl.DataFrame
    register_readings: pl.DataFrame
    meter_events: pl.DataFrame
    device_clocks: pl.DataFrame
    later: pl.DataFrame
    truth: pl.DataFrame
    truth_energy: pl.DataFrame


def simulate_feeder(district: District, number: int) -> FeederRows:
    """Everything about feeder ``number``; it depends on no other feeder."""
    work = _flow(district, number)
    for premise in sorted(work.premises, key=lambda one: one.serial):
        read_premise(work, premise)
    areas = areas_of(district.place, number)
    below = [read_area(work, area) for area in areas]
    below += [Net.through(work.true[one.number]) for one in work.premises if one.area is None]
    read_feeder(work, below)
    rows, span = work.rows, district.setting.span
    return FeederRows(
        energy_profiles=rows.first.frame(span),
        measurement_profiles=rows.measured.frame(span),
        register_readings=_together(rows.registers, REGISTERS_READ),
        meter_events=_together(rows.events, EVENTS_READ),
        device_clocks=_together(rows.clocks, CLOCKS_READ),
        later=rows.later.frame(span),
        truth=_together(rows.truth, TRUTH),
        truth_energy=rows.energy.frame(span),
    )


def _flow(district: District, number: int) -> Work:
    """What flows through every premise of the feeder, and what the wires do then."""
    premises = [premise for premise in district.premises if premise.feeder == number]
    true, changed_wh = {}, {}
    for premise in premises:
        true[premise.number], changed_wh[premise.number] = true_flows(
            premise,
            district.behaviour.get(premise.number, ()),
            district.outages_of(premise),
            district.setting,
        )
    areas = areas_of(district.place, number)
    solved = wires(
        district.place.feeders[number],
        areas,
        district.ratings_kva,
        premises,
        true,
        is_dark={area.number: district.dark_slots_of_area(area.number) for area in areas},
        seed=district.plan.seed,
        span=district.setting.span,
    )
    return Work(district, number, premises, true, changed_wh, solved, Rows())


def _together(frames: Sequence[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    return pl.concat([schema.to_frame(), *frames])
