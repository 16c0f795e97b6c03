"""The meters at the head of transformer areas and feeders: what they check, they do not bill."""

from collections.abc import Sequence

import numpy as np

from ingest.simulated.accounting import unread_wh
from ingest.simulated.customers.premise import Premise
from ingest.simulated.grid.net import Net
from ingest.simulated.grid.place import Area
from ingest.simulated.grid.wires import power_w
from ingest.simulated.meters.check_registers import check_register_rows
from ingest.simulated.meters.flows import Flows
from ingest.simulated.planted.collection import Collection, collect
from ingest.simulated.streams import stream
from ingest.simulated.work import PHASES, Work

_DARK_V = 1.0


def read_area(work: Work, area: Area) -> Net:
    """The transformer meter: it takes in what its customers do, and what the wires lose."""
    members = [premise for premise in work.premises if premise.area == area.number]
    loss_wh = work.wires.area_loss_wh[area.number]
    total = Net.of([Net.through(work.true[premise.number]) for premise in members], loss_wh)
    name = f"{area.transformer_id}-M"
    kept = _read(work, name, total.flows())
    _account(work, "transformer", area.transformer_id, total.flows(), kept, loss_wh)
    if not work.district.plan.energy_only:
        is_dark = work.district.dark_slots_of_area(area.number)
        busbar_v = np.where(is_dark, np.float32(np.nan), work.wires.area_voltage_v[area.number])
        voltage_v = np.stack([busbar_v] * 3)
        apparent_va = np.hypot(*_power_by_phase(work, members))
        _measure(work, name, voltage_v, apparent_va / np.maximum(voltage_v, _DARK_V), kept)
    return total


def read_feeder(work: Work, below: Sequence[Net]) -> None:
    """The feeder meter: what its areas and large customers take in, transformers and trunk."""
    feeder = work.district.place.feeders[work.number]
    loss_wh = work.wires.feeder_loss_wh
    shown = Net.of(below, loss_wh).flows()
    name = f"{feeder.feeder_id}-M"
    kept = _read(work, name, shown)
    _account(work, "feeder", feeder.feeder_id, shown, kept, loss_wh)
    if not work.district.plan.energy_only:
        voltage_v = np.stack([work.wires.feeder_voltage_v] * 3)
        apparent_va = np.stack([np.hypot(*power_w(shown)) / 3] * 3)
        _measure(work, name, voltage_v, apparent_va / voltage_v, kept)


def _read(work: Work, usage_point_id: str, shown: Flows) -> Collection:
    kept = collect(work.district.collection, usage_point_id, work.district.setting)
    channels = {"import": shown.import_wh, "reactive_import": shown.reactive_import_varh}
    if shown.export_wh.any():
        channels["export"] = shown.export_wh
    work.hand_over(usage_point_id, channels, kept, None)
    if not work.district.plan.energy_only:
        setting = work.district.setting
        own = stream(setting.seed, f"registers of {usage_point_id}")
        work.rows.registers.append(
            check_register_rows(usage_point_id, channels, kept, setting.span, own)
        )
    return kept


def _account(  # noqa: PLR0913, PLR0917 - a meter, what it showed and what was lost below it
    work: Work, subject: str, subject_id: str, shown: Flows, kept: Collection, loss_wh: np.ndarray
) -> None:
    work.rows.energy.add(
        subject,
        subject_id,
        subject_id if subject == "transformer" else None,
        work.district.place.feeders[work.number].feeder_id,
        used_wh=shown.import_wh,
        given_wh=shown.export_wh,
        unread_import_wh=unread_wh(shown.import_wh, kept),
        unread_export_wh=unread_wh(shown.export_wh, kept),
        technical_loss_wh=loss_wh,
    )


def _power_by_phase(work: Work, members: Sequence[Premise]) -> np.ndarray:
    """Active and reactive power on each phase, float32 (2, 3, slots)."""
    total = np.zeros((2, 3, work.district.setting.span.slots), dtype=np.float32)
    for premise in members:
        powers = power_w(work.true[premise.number])
        for phase, share in enumerate(premise.phase_shares):
            if share:
                for row, power in enumerate(powers):
                    total[row, phase] += power * np.float32(share)
    return total


def _measure(
    work: Work, usage_point_id: str, voltage_v: np.ndarray, current_a: np.ndarray, kept: Collection
) -> None:
    found = {}
    for at, phase in enumerate(PHASES):
        found[f"voltage_{phase}_v"] = np.round(voltage_v[at].astype(np.float32), 1)
        found[f"current_{phase}_a"] = np.round(current_a[at].astype(np.float32), 1)
    days = np.arange(work.district.setting.span.days)
    work.hand_over_measured(usage_point_id, found, kept, days)
