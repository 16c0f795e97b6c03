"""The wires of one feeder: voltages, currents and losses that follow from what truly flows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.simulated.customers.premise import Premise
from ingest.simulated.grid.flow import LowVoltage, low_voltage, medium_voltage, sending_kv
from ingest.simulated.grid.network import common_path, service_lines
from ingest.simulated.grid.place import Area, Feeder
from ingest.simulated.grid.transformers import low_side_v, transformer
from ingest.simulated.meters.flows import Flows, whole_wh
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.span import Span

_W_PER_WH = np.float32(4)  # of a quarter of an hour


@dataclass(frozen=True, slots=True)
class Wires:
    """What the wires of a feeder do, slot by slot.

    Attributes:
        voltage_v: By premise number, float32 (3, slots) line to neutral, NaN on phases it has not;
            of medium-voltage premises too.
        area_voltage_v: By area number, the transformer's low-voltage busbar, float32 (slots,).
        area_loss_wh: By area number, lost between the transformer meter and its customers.
        feeder_voltage_v: Line to neutral where the feeder begins, float32 (slots,).
        feeder_loss_wh: Lost between the feeder meter and what it feeds: line and transformers.
    """

    voltage_v: dict[int, np.ndarray]
    area_voltage_v: dict[int, np.ndarray]
    area_loss_wh: dict[int, np.ndarray]
    feeder_voltage_v: np.ndarray
    feeder_loss_wh: np.ndarray


def power_w(flows: Flows) -> tuple[np.ndarray, np.ndarray]:
    """Active and reactive power (slots,), float32 [W, var]; negative is fed back."""
    active = (flows.import_wh - flows.export_wh).astype(np.float32) * _W_PER_WH
    reactive = (flows.reactive_import_varh - flows.reactive_export_varh).astype(np.float32)
    return active, reactive * _W_PER_WH


def wires(  # noqa: PLR0913 - a feeder, its areas and transformers, who hangs there, and when
    feeder: Feeder,
    areas: Sequence[Area],
    ratings_kva: Mapping[int, float],
    premises: Sequence[Premise],
    true: Mapping[int, Flows],
    *,
    is_dark: Mapping[int, np.ndarray],
    seed: int,
    span: Span,
) -> Wires:
    """Solve the feeder: medium voltage first, then each transformer, then its area.

    ``is_dark`` says by area number where its transformer is cut off, bool (slots,): its iron
    loses nothing then.
    """
    power = {premise.number: power_w(true[premise.number]) for premise in premises}
    members = {
        area.number: [premise for premise in premises if premise.area == area.number]
        for area in areas
    }
    direct = [premise for premise in premises if premise.area is None]
    taps = [
        _sum([power[premise.number] for premise in members[area.number]], span) for area in areas
    ]
    taps += [power[premise.number] for premise in direct]
    source_kv = sending_kv(seed, feeder.substation, span)
    tap_kv, line_loss_w = medium_voltage(
        feeder,
        np.stack([active for active, _ in taps]),
        np.stack([reactive for _, reactive in taps]),
        source_kv,
    )
    voltage_v, busbar_v, loss_wh = {}, {}, {}
    feeder_loss_w = line_loss_w.astype(np.float64)
    for position, area in enumerate(areas):
        primary_v = low_side_v(tap_kv[position], area.tap_kv)
        secondary_v, transformer_loss_w = transformer(
            ratings_kva[area.number], *taps[position], primary_v
        )
        feeder_loss_w += np.where(is_dark[area.number], 0.0, transformer_loss_w)
        busbar_v[area.number] = secondary_v.astype(np.float32)
        lost_w = np.zeros(span.slots)
        if members[area.number]:
            solved = _area(area, members[area.number], power, secondary_v, seed)
            lost_w = solved.loss_w
            for row, premise in enumerate(members[area.number]):
                voltage_v[premise.number] = solved.voltage_v[row]
        loss_wh[area.number] = whole_wh(lost_w)
    for position, premise in enumerate(direct, start=len(areas)):
        phase_v = (tap_kv[position] * (1000 / 3**0.5)).astype(np.float32)
        voltage_v[premise.number] = np.stack([phase_v] * 3)
    return Wires(
        voltage_v,
        busbar_v,
        loss_wh,
        (source_kv * (1000 / 3**0.5)).astype(np.float32),
        whole_wh(feeder_loss_w),
    )


def _sum(
    powers: Sequence[tuple[np.ndarray, np.ndarray]], span: Span
) -> tuple[np.ndarray, np.ndarray]:
    active = np.zeros(span.slots, dtype=np.float32)
    reactive = np.zeros(span.slots, dtype=np.float32)
    for own_active, own_reactive in powers:
        active += own_active
        reactive += own_reactive
    return active, reactive


def _area(
    area: Area,
    members: Sequence[Premise],
    power: Mapping[int, tuple[np.ndarray, np.ndarray]],
    source_v: np.ndarray,
    seed: int,
) -> LowVoltage:
    nodes = np.array([premise.node for premise in members])
    is_single_phase = np.array([premise.phases != "ABC" for premise in members])
    own = stream(seed, "service lines", area.number)
    service = service_lines(own, area.kind, is_single_phase)
    resistance, reactance = common_path(area.network, nodes, service)
    return low_voltage(
        resistance,
        reactance,
        np.stack([power[premise.number][0] for premise in members]),
        np.stack([power[premise.number][1] for premise in members]),
        np.array([premise.phase_shares for premise in members]),
        source_v,
    )
