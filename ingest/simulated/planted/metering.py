"""What is planted on meters over the whole district, and what they show then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.simulated.customers.premise import Premise
from ingest.simulated.meters.flows import Flows
from ingest.simulated.planted.assignment import draw_wrong_transformer, feeders_of_areas
from ingest.simulated.planted.clock import (
    draw_drift,
    draw_programme_lag,
    is_wrong_clock,
    seen_slots,
    stamped,
)
from ingest.simulated.planted.lots import allotted, drawn
from ingest.simulated.planted.meter_faults import (
    FAULTS,
    draw_fault,
    measured,
    miscounts,
    misread,
    repeated,
    stale_days,
    susceptible,
)
from ingest.simulated.planted.meter_life import draw_exchange, draw_ratio_change, draw_rollover
from ingest.simulated.planted.theft import (
    appeal,
    draw_theft,
    possible_thefts,
    seen_current_a,
    steal,
)
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.truth import Planted

_DAYS_PER_YEAR = 365.25
_THIEVES_SHARE = 0.035
_FAULTS_SHARE = 0.015
_DRIFT_SHARE = 0.02
_PROGRAMME_LAG_SHARE = 0.04
_EXCHANGES_PER_YEAR = 0.03
_RATIO_CHANGE_SHARE = 0.04
_ROLLOVER_SHARE = 0.01
_WRONG_TRANSFORMER_SHARE = 0.01
_WITHOUT_PROGRAMME = {"household", "street_lighting", "irrigation"}


@dataclass(frozen=True, slots=True)
class Registered:
    """What is shown of what flowed.

    Attributes:
        flows: What the collection system reads, in primary watt-hours by the recorded ratio.
        metered: The same before a terminal repeats stale days: registers follow it. The very
            same object as ``flows`` where none does.
        stolen_wh: Energy drawn and not registered by intent, int32 (slots,), never negative.
        energies_wh: For each planted thing what it hid of the import, true − shown, signed; None:
            nothing.
    """

    flows: Flows
    metered: Flows
    stolen_wh: np.ndarray
    energies_wh: list[int | None]


def plan_metering(
    premises: Sequence[Premise], setting: Setting, *, faults: float = 1.0
) -> dict[int, tuple[Planted, ...]]:
    """What is planted on the meters of the district, by premise number.

    ``faults`` scales every rate; at 0 nothing happens to any meter. A premise has at most one
    theft or meter fault, and an exchange by rotation only where nothing else befalls its meter.
    """
    ordered = sorted(premises, key=lambda premise: premise.number)
    found: dict[int, list[Planted]] = {}
    if ordered and faults > 0:
        _plant_thefts_and_faults(found, ordered, setting, faults)
        _plant_clocks(found, ordered, setting, faults)
        _plant_life(found, ordered, setting, faults)
        _plant_assignments(found, ordered, setting, faults)
    return {number: tuple(found[number]) for number in sorted(found)}


def thieves(planted: Mapping[int, Sequence[Planted]]) -> frozenset[int]:
    """The numbers of the premises at which somebody steals at some time."""
    return frozenset(n for n, some in planted.items() if any(one.group == "theft" for one in some))


def _plant_thefts_and_faults(
    found: dict[int, list[Planted]], premises: list[Premise], setting: Setting, faults: float
) -> None:
    size = len(premises)
    count = min(size, round(_THIEVES_SHARE * size * faults))
    thefts = possible_thefts(setting)
    appeals = {k: np.array([appeal(k, one) for one in premises]) for k in thefts}
    own = stream(setting.seed, "thieves")
    for position, kind in sorted(allotted(thefts, appeals, count, own).items()):
        premise = premises[position]
        found[premise.number] = list(draw_theft(kind, premise, setting))
    honest = [one for one in premises if one.number not in found]
    if not honest:
        return
    count = min(len(honest), round(_FAULTS_SHARE * size * faults))
    chances = {k: np.array([susceptible(k, one, setting.span) for one in honest]) for k in FAULTS}
    own = stream(setting.seed, "faulty meters")
    for position, kind in sorted(allotted(FAULTS, chances, count, own).items()):
        premise = honest[position]
        found[premise.number] = list(draw_fault(kind, premise, setting))


def _plant_clocks(
    found: dict[int, list[Planted]], premises: list[Premise], setting: Setting, faults: float
) -> None:
    def has_own_clock(premise: Premise) -> bool:
        return not any(
            one.kind in {"clock_shift", "frozen"} for one in found.get(premise.number, ())
        )

    drifting = [one for one in premises if has_own_clock(one)]
    for premise in _some_of(drifting, _DRIFT_SHARE * faults, setting, "drifting clocks"):
        found.setdefault(premise.number, []).append(draw_drift(premise, setting))
    programmed = [one for one in premises if one.kind not in _WITHOUT_PROGRAMME]
    for premise in _some_of(programmed, _PROGRAMME_LAG_SHARE * faults, setting, "old programmes"):
        found.setdefault(premise.number, []).append(draw_programme_lag(premise, setting))


def _plant_life(
    found: dict[int, list[Planted]], premises: list[Premise], setting: Setting, faults: float
) -> None:
    span, seed = setting.span, setting.seed
    of_rates = (
        (draw_ratio_change, _RATIO_CHANGE_SHARE, "ratio changes"),
        (draw_rollover, _ROLLOVER_SHARE, "registers near their end"),
        (draw_exchange, _EXCHANGES_PER_YEAR * span.days / _DAYS_PER_YEAR, "exchanges"),
    )
    for draw, share, purpose in of_rates:
        free = [one for one in premises if one.number not in found]
        if draw is draw_ratio_change:
            free = [one for one in free if one.current_ratio > 1.0]
        if draw is draw_rollover:  # a new meter is far from its end
            free = [one for one in free if one.tenancies[0].first_day <= 0]
        for premise in _some_of(free, share * faults, setting, purpose):
            found[premise.number] = [draw(premise, seed, span)]


def _plant_assignments(
    found: dict[int, list[Planted]], premises: list[Premise], setting: Setting, faults: float
) -> None:
    feeder_of_area = feeders_of_areas(premises)
    movable = [one for one in premises if one.area is not None and len(feeder_of_area) > 1]
    share = _WRONG_TRANSFORMER_SHARE * faults
    for premise in _some_of(movable, share, setting, "wrong transformers"):
        wrong = draw_wrong_transformer(premise, feeder_of_area, setting)
        found.setdefault(premise.number, []).append(wrong)


def _some_of(
    premises: Sequence[Premise], share: float, setting: Setting, purpose: str
) -> list[Premise]:
    """A share of the premises, in the order of their numbers."""
    count = round(share * len(premises))
    chosen = drawn(np.ones(len(premises)), count, stream(setting.seed, purpose))
    return [premises[position] for position in sorted(chosen)]


def registered(
    flows: Flows, premise: Premise, planted: Sequence[Planted], setting: Setting
) -> Registered:
    """What is shown of what truly flowed through a usage point.

    In every slot: used import = shown import + stolen + mis-metered, where mis-metered is the
    signed remainder (faults, clocks); of the export there is no theft. ``flows`` comes back as it
    is where nothing changes it.
    """
    del premise  # what is planted says all there is to know
    metered, stolen_wh = flows, np.zeros_like(flows.import_wh)
    energies_wh: list[int | None] = [None] * len(planted)
    for position in _in_order(planted):
        thing, before = planted[position], metered
        if is_wrong_clock(thing):
            metered = stamped(metered, thing, setting.span)
        elif thing.group == "theft":
            metered, stolen_wh = steal(metered, thing, setting)
        else:
            metered = misread(metered, thing)
        energies_wh[position] = _hidden_wh(before, metered)
    days = stale_days(planted, setting.span)
    if days is None:
        return Registered(metered, metered, stolen_wh, energies_wh)
    shown = Flows(
        repeated(metered.import_wh, days),
        repeated(metered.export_wh, days),
        repeated(metered.reactive_import_varh, days),
        repeated(metered.reactive_export_varh, days),
    )
    frozen = next(n for n, thing in enumerate(planted) if thing.kind == "frozen")
    energies_wh[frozen] = _hidden_wh(metered, shown)
    return Registered(shown, metered, stolen_wh, energies_wh)


def _in_order(planted: Sequence[Planted]) -> list[int]:
    """Positions of what changes what a meter counts or measures: first what it sees, then when."""
    changing = [
        n
        for n, thing in enumerate(planted)
        if thing.group == "theft" or is_wrong_clock(thing) or miscounts(thing)
    ]
    return sorted(changing, key=lambda n: is_wrong_clock(planted[n]))


def _hidden_wh(before: Flows, after: Flows) -> int:
    return int(before.import_wh.sum(dtype=np.int64) - after.import_wh.sum(dtype=np.int64))


def seen(
    voltage_v: np.ndarray,
    current_a: np.ndarray,
    premise: Premise,
    planted: Sequence[Planted],
    setting: Setting,
) -> tuple[np.ndarray, np.ndarray]:
    """What the meter measures of the voltages and currents at its terminals, float32 (3, slots).

    Currents are primary ones, by the recorded ratio. The given arrays come back where nothing
    changes them; a current that flows backwards is negative.
    """
    del premise
    for position in _in_order(planted):
        thing = planted[position]
        if is_wrong_clock(thing):
            slots = seen_slots(thing, setting.span)
            voltage_v, current_a = voltage_v[:, slots], current_a[:, slots]
        elif thing.group == "theft":
            current_a = seen_current_a(current_a, thing, setting)
        else:
            voltage_v, current_a = measured(voltage_v, current_a, thing)
    days = stale_days(planted, setting.span)
    if days is not None:
        voltage_v, current_a = repeated(voltage_v, days), repeated(current_a, days)
    return voltage_v, current_a
