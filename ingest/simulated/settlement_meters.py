"""What the meter of one customer shows, and what of it arrives."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from ingest.batch import EVENTS_READ
from ingest.simulated.accounting import unread_wh
from ingest.simulated.customers.premise import Premise
from ingest.simulated.grid.flow import currents_a
from ingest.simulated.grid.wires import power_w
from ingest.simulated.meters.clocks import clock_rows
from ingest.simulated.meters.flows import Flows
from ingest.simulated.meters.installed import meter_periods
from ingest.simulated.meters.register_rows import register_rows
from ingest.simulated.planted.collection import Collection, collect, collection_truth
from ingest.simulated.planted.events import events
from ingest.simulated.planted.metering import Registered, registered, seen
from ingest.simulated.planted.rows import truth_rows
from ingest.simulated.streams import stream
from ingest.simulated.truth import Planted
from ingest.simulated.work import PHASES, Work
from queries.schema import SLOTS_PER_DAY, UTC_INSTANT

_MEASURED_SINGLE_PHASE_SHARE = 0.25


def read_premise(work: Work, premise: Premise) -> None:
    """Everything a premise's meters show: curves, registers, voltages, events, and the truth."""
    district, setting = work.district, work.district.setting
    things = district.metering.get(premise.number, ())
    shown = registered(work.true[premise.number], premise, things, setting)
    kept = collect(district.collection, premise.usage_point_id, setting)
    first, last = premise.tenancies[0].first_day, premise.tenancies[-1].last_day
    connected = np.arange(first, last)
    days = None if connected.size == setting.span.days else connected
    channels = _channels(premise, shown.flows)
    exported = channels.pop("export", None)
    work.hand_over(premise.usage_point_id, channels, kept, days)
    if exported is not None:
        roofed = max(first, premise.solar.first_day) if premise.solar is not None else first
        days = connected[connected >= roofed]
        work.hand_over(premise.usage_point_id, {"export": exported}, kept, days)
    _account(work, premise, shown, kept)
    lost, lost_wh = collection_truth(kept, shown.flows.import_wh, connected)
    true_things = [thing for thing in things if _came_true(thing, premise, shown)]
    hidden_wh = dict(zip(map(id, things), shown.energies_wh, strict=True))
    work.rows.truth.append(
        truth_rows(
            "usage_point",
            premise.usage_point_id,
            [*district.behaviour.get(premise.number, ()), *true_things, *lost],
            [*work.changed_wh[premise.number], *(hidden_wh[id(t)] for t in true_things), *lost_wh],
            setting.span,
        )
    )
    if district.plan.energy_only:
        return
    _measure(work, premise, kept, connected)
    rows = register_rows(premise, things, shown, kept, connected=connected, setting=setting)
    work.rows.registers.append(rows)
    work.rows.clocks.append(clock_rows(premise, things, kept, connected=connected, setting=setting))
    work.rows.events.append(_events_of(work, premise, things, shown, connected))


def _came_true(thing: Planted, premise: Premise, shown: Registered) -> bool:
    """Whether a register that was set near its end did reach it; everything else always happens."""
    if thing.kind != "rollover":
        return True
    ratio = premise.current_ratio * premise.voltage_ratio
    counted_kwh = shown.metered.import_wh.sum(dtype=np.int64) / 1000 / ratio
    return bool(thing.amount + counted_kwh >= 10**premise.register_digits)


def _channels(premise: Premise, shown: Flows) -> dict[str, np.ndarray]:
    """The channels a meter hands over: reactive ones of trade only, export where it can be."""
    found = {"import": shown.import_wh}
    if premise.solar is not None or shown.export_wh.any():
        found["export"] = shown.export_wh
    if premise.kind != "household":
        found["reactive_import"] = shown.reactive_import_varh
        if shown.reactive_export_varh.any():
            found["reactive_export"] = shown.reactive_export_varh
    return found


def _account(work: Work, premise: Premise, shown: Registered, kept: Collection) -> None:
    """Where the premise's energy went."""
    place, true = work.district.place, work.true[premise.number]
    hidden = {}
    if shown.flows is not true:
        hidden = {
            "stolen_wh": shown.stolen_wh,
            "mis_metered_import_wh": true.import_wh - shown.stolen_wh - shown.flows.import_wh,
            "mis_metered_export_wh": true.export_wh - shown.flows.export_wh,
        }
    work.rows.energy.add(
        "usage_point",
        premise.usage_point_id,
        None if premise.area is None else place.areas[premise.area].transformer_id,
        place.feeders[premise.feeder].feeder_id,
        used_wh=true.import_wh,
        given_wh=true.export_wh,
        unread_import_wh=unread_wh(shown.flows.import_wh, kept),
        unread_export_wh=unread_wh(shown.flows.export_wh, kept),
        **hidden,
    )


def _measure(work: Work, premise: Premise, kept: Collection, days: np.ndarray) -> None:
    """Voltages and currents of three-phase meters, and of a share of the others."""
    district, setting = work.district, work.district.setting
    own = stream(setting.seed, "measures", premise.number)
    if premise.phases != "ABC" and own.random() >= _MEASURED_SINGLE_PHASE_SHARE:
        return
    voltage_v = work.wires.voltage_v[premise.number]
    shares = np.array(premise.phase_shares)
    current_a = currents_a(*power_w(work.true[premise.number]), shares, voltage_v)
    things = district.metering.get(premise.number, ())
    voltage_v, current_a = seen(voltage_v, current_a, premise, things, setting)
    dark = district.dark_slots(premise)
    found = {}
    for phase in premise.phases.lower():
        at = PHASES.index(phase)
        found[f"voltage_{phase}_v"] = np.round(voltage_v[at], 1)
        found[f"current_{phase}_a"] = np.round(current_a[at], 2)
    if dark is not None:
        found = {name: np.where(dark, np.float32(np.nan), v) for name, v in found.items()}
    work.hand_over_measured(premise.usage_point_id, found, kept, days)


def _events_of(
    work: Work,
    premise: Premise,
    things: Sequence[Planted],
    shown: Registered,
    connected: np.ndarray,
) -> pl.DataFrame:
    """What the meters of a premise report of themselves, each by the meter that hung there."""
    setting = work.district.setting
    out = [
        (one.first_slot, one.last_slot)
        for one in work.district.outages_of(premise)
        if one.first_slot // SLOTS_PER_DAY in connected
    ]
    found = events(premise, things, out, shown, setting)
    periods = meter_periods(premise, things, setting.seed, setting.span)
    meters = pl.DataFrame(
        {
            "meter_id": [period.meter_id for period in periods],
            "occurred_at": [setting.span.instant(period.first_slot) for period in periods],
        },
        schema={"meter_id": pl.String(), "occurred_at": UTC_INSTANT},
    )
    return (
        found.sort("occurred_at")
        .join_asof(meters.sort("occurred_at"), on="occurred_at")
        .select(EVENTS_READ.names())
    )
