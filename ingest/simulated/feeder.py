"""One feeder, from what its customers want to what the collection system reads of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from ingest.batch import EVENTS_READ, REGISTERS_READ
from ingest.simulated.accounting import EnergyRows
from ingest.simulated.customers.consumption import true_flows
from ingest.simulated.customers.premise import Premise
from ingest.simulated.district import District
from ingest.simulated.grid.flow import currents_a
from ingest.simulated.grid.net import Net
from ingest.simulated.grid.wires import Wires, power_w, wires
from ingest.simulated.meters.flows import Flows
from ingest.simulated.meters.installed import meter_periods
from ingest.simulated.meters.register_rows import register_rows
from ingest.simulated.meters.tables import Measurements, Profiles, by_day
from ingest.simulated.planted.collection import (
    Collection,
    collect,
    collection_truth,
    deliver,
    is_read,
    issued_us,
)
from ingest.simulated.planted.events import events
from ingest.simulated.planted.metering import Registered, registered, seen
from ingest.simulated.planted.rows import truth_rows
from ingest.simulated.streams import stream
from ingest.simulated.truth import TRUTH, Planted
from queries.schema import UTC_INSTANT

_MEASURED_SINGLE_PHASE_SHARE = 0.25
_PHASES = "abc"


@dataclass(slots=True)
class _Rows:
    """What the feeder's meters handed over so far."""

    first: Profiles = field(default_factory=Profiles)
    later: Profiles = field(default_factory=Profiles)
    measured: Measurements = field(default_factory=Measurements)
    registers: list[pl.DataFrame] = field(default_factory=list)
    events: list[pl.DataFrame] = field(default_factory=list)
    truth: list[pl.DataFrame] = field(default_factory=list)
    energy: EnergyRows = field(default_factory=EnergyRows)


@dataclass(frozen=True, slots=True)
class FeederRows:
    """A feeder's readings as read (``ingest.batch``) and its truth (``truth.py``).

    ``later`` holds the day profiles that arrive after the others: late, corrected, repeated.
    """

    energy_profiles: pl.DataFrame
    measurement_profiles: pl.DataFrame
    register_readings: pl.DataFrame
    meter_events: pl.DataFrame
    later: pl.DataFrame
    truth: pl.DataFrame
    truth_energy: pl.DataFrame


def simulate_feeder(district: District, number: int) -> FeederRows:
    """Everything about feeder ``number``; it depends on no other feeder."""
    rows, span = _Rows(), district.setting.span
    premises = [premise for premise in district.premises if premise.feeder == number]
    true: dict[int, Flows] = {}
    energies: dict[int, list[int]] = {}
    for premise in premises:
        true[premise.number], energies[premise.number] = true_flows(
            premise,
            district.behaviour.get(premise.number, ()),
            district.outages_of(premise),
            district.setting,
        )
    feeder = district.place.feeders[number]
    areas = [area for area in district.place.areas if area.feeder == number]
    solved = wires(feeder, areas, district.ratings_kva, premises, true, district.plan.seed, span)
    for premise in premises:
        _read_premise(
            rows, district, premise, true[premise.number], energies[premise.number], solved
        )
    nets = [_read_area(rows, district, area.number, premises, true, solved) for area in areas]
    nets += [Net.through(true[premise.number]) for premise in premises if premise.area is None]
    _read_feeder(rows, district, number, nets, solved)
    return FeederRows(
        energy_profiles=rows.first.frame(span),
        measurement_profiles=rows.measured.frame(span),
        register_readings=_together(rows.registers, REGISTERS_READ),
        meter_events=_together(rows.events, EVENTS_READ),
        later=rows.later.frame(span),
        truth=_together(rows.truth, TRUTH),
        truth_energy=rows.energy.frame(span),
    )


def _together(frames: Sequence[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    return pl.concat([schema.to_frame(), *frames])


def _read_premise(  # noqa: PLR0913 - a premise with what flowed and what the wires did
    rows: _Rows,
    district: District,
    premise: Premise,
    true: Flows,
    energies_wh: list[int],
    solved: Wires,
) -> None:
    setting, span = district.setting, district.setting.span
    things = district.metering.get(premise.number, ())
    shown = registered(true, premise, things, setting)
    kept = collect(district.collection, premise.usage_point_id, setting)
    first = premise.tenancies[0].first_day
    last = premise.tenancies[-1].last_day
    connected = np.arange(first, last)
    whole = connected.size == span.days
    for channel, energy_wh in _channels(premise, shown.flows).items():
        days = None if whole else connected
        if channel == "export" and premise.solar is not None and premise.solar.first_day > first:
            days = connected[connected >= premise.solar.first_day]
        _hand_over(rows, premise.usage_point_id, channel, energy_wh, kept, days, district)
    _account(rows, district, premise, true, shown, kept)
    lost, lost_wh = collection_truth(kept, shown.flows.import_wh, connected)
    rows.truth.append(
        truth_rows(
            "usage_point",
            premise.usage_point_id,
            [*district.behaviour.get(premise.number, ()), *things, *lost],
            [*energies_wh, *shown.energies_wh, *lost_wh],
            span,
        )
    )
    if district.plan.energy_only:
        return
    _measure(rows, district, premise, true, kept, solved.voltage_v[premise.number])
    rows.registers.append(register_rows(premise, things, shown, kept, connected, setting))
    out = [(outage.first_slot, outage.last_slot) for outage in district.outages_of(premise)]
    rows.events.append(_events_of(premise, things, out, shown, district))


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


def _hand_over(  # noqa: PLR0913 - one channel of one meter, on its days, through its terminal
    rows: _Rows,
    usage_point_id: str,
    channel: str,
    energy_wh: np.ndarray,
    kept: Collection,
    days: np.ndarray | None,
    district: District,
) -> None:
    """What arrives of one channel, at first and later."""
    came = deliver(by_day(energy_wh), kept, district.setting.span, days)
    for part, collected in ((came.first, rows.first), (came.later, rows.later)):
        collected.add(usage_point_id, channel, part)


def _account(  # noqa: PLR0913 - what flowed, what was shown, what was read
    rows: _Rows,
    district: District,
    premise: Premise,
    true: Flows,
    shown: Registered,
    kept: Collection,
) -> None:
    place = district.place
    area = None if premise.area is None else place.areas[premise.area].transformer_id
    unread = ~is_read(kept)
    rows.energy.add(
        "usage_point",
        premise.usage_point_id,
        area,
        place.feeders[premise.feeder].feeder_id,
        used_wh=true.import_wh,
        given_wh=true.export_wh,
        stolen_wh=shown.stolen_wh,
        mis_metered_import_wh=true.import_wh - shown.stolen_wh - shown.flows.import_wh,
        mis_metered_export_wh=true.export_wh - shown.flows.export_wh,
        unread_import_wh=np.where(unread, by_day(shown.flows.import_wh), 0).ravel(),
        unread_export_wh=np.where(unread, by_day(shown.flows.export_wh), 0).ravel(),
    )


def _measure(  # noqa: PLR0913 - what a meter measures beside energy
    rows: _Rows,
    district: District,
    premise: Premise,
    true: Flows,
    kept: Collection,
    voltage_v: np.ndarray,
) -> None:
    """Voltages and currents of three-phase meters, and of a share of the others."""
    setting = district.setting
    own = stream(setting.seed, "measures", premise.number)
    if premise.phases != "ABC" and own.random() >= _MEASURED_SINGLE_PHASE_SHARE:
        return
    active, reactive = power_w(true)
    current_a = currents_a(active, reactive, np.array(premise.phase_shares), voltage_v)
    things = district.metering.get(premise.number, ())
    voltage_v, current_a = seen(voltage_v, current_a, premise, things, setting)
    dark = district.dark_slots(premise)
    first, last = premise.tenancies[0].first_day, premise.tenancies[-1].last_day
    for phase in premise.phases.lower():
        at = _PHASES.index(phase)
        for quantity, values, decimals in (
            (f"voltage_{phase}_v", voltage_v[at], 1),
            (f"current_{phase}_a", current_a[at], 2),
        ):
            _hand_over_measured(
                rows,
                premise.usage_point_id,
                quantity,
                np.round(values, decimals),
                kept,
                dark=dark,
                days=np.arange(first, last),
                district=district,
            )


def _hand_over_measured(  # noqa: PLR0913 - one quantity of one meter, on its days
    rows: _Rows,
    usage_point_id: str,
    quantity: str,
    values: np.ndarray,
    kept: Collection,
    *,
    dark: np.ndarray | None,
    days: np.ndarray,
    district: District,
) -> None:
    """Momentary values are read on time or never: a terminal back-fills energy alone."""
    shown = by_day(values if dark is None else np.where(dark, np.float32(np.nan), values))
    gone = kept.lost | (kept.late_days > 0)[:, None]
    shown = np.where(gone, np.float32(np.nan), shown)[days]
    rows.measured.add(
        usage_point_id, quantity, days, issued_us(days, 0, district.setting.span), shown
    )


def _read_area(  # noqa: PLR0913 - an area, who hangs there, what flowed and what the wires did
    rows: _Rows,
    district: District,
    number: int,
    premises: Sequence[Premise],
    true: dict[int, Flows],
    solved: Wires,
) -> Net:
    """The transformer meter: it takes in what its customers do, and what the wires lose."""
    area = district.place.areas[number]
    members = [premise for premise in premises if premise.area == number]
    loss_wh = solved.area_loss_wh[number]
    total = Net.of([Net.through(true[premise.number]) for premise in members], loss_wh)
    feeder_id = district.place.feeders[area.feeder].feeder_id
    shown = total.flows()
    kept = _read_check_meter(rows, district, f"{area.transformer_id}-M", shown)
    rows.energy.add(
        "transformer",
        area.transformer_id,
        area.transformer_id,
        feeder_id,
        used_wh=shown.import_wh,
        given_wh=shown.export_wh,
        unread_import_wh=np.where(is_read(kept), 0, by_day(shown.import_wh)).ravel(),
        unread_export_wh=np.where(is_read(kept), 0, by_day(shown.export_wh)).ravel(),
        technical_loss_wh=loss_wh,
    )
    if not district.plan.energy_only:
        voltage_v = np.stack([solved.area_voltage_v[number]] * 3)
        by_phase = _power_by_phase(members, true, district)
        current_a = np.hypot(*by_phase) / np.maximum(voltage_v, 1.0)
        _measure_check_meter(rows, district, f"{area.transformer_id}-M", voltage_v, current_a, kept)
    return total


def _power_by_phase(
    members: Sequence[Premise], true: dict[int, Flows], district: District
) -> np.ndarray:
    """Active and reactive power on each phase, float32 (2, 3, slots)."""
    total = np.zeros((2, 3, district.setting.span.slots), dtype=np.float32)
    for premise in members:
        powers = power_w(true[premise.number])
        for phase, share in enumerate(premise.phase_shares):
            if share:
                for row, power in enumerate(powers):
                    total[row, phase] += power * np.float32(share)
    return total


def _read_feeder(
    rows: _Rows, district: District, number: int, nets: Sequence[Net], solved: Wires
) -> None:
    feeder = district.place.feeders[number]
    total = Net.of(nets, solved.feeder_loss_wh)
    shown = total.flows()
    kept = _read_check_meter(rows, district, f"{feeder.feeder_id}-M", shown)
    rows.energy.add(
        "feeder",
        feeder.feeder_id,
        None,
        feeder.feeder_id,
        used_wh=shown.import_wh,
        given_wh=shown.export_wh,
        unread_import_wh=np.where(is_read(kept), 0, by_day(shown.import_wh)).ravel(),
        unread_export_wh=np.where(is_read(kept), 0, by_day(shown.export_wh)).ravel(),
        technical_loss_wh=solved.feeder_loss_wh,
    )
    if not district.plan.energy_only:
        voltage_v = np.stack([solved.feeder_voltage_v] * 3)
        apparent = np.hypot(*power_w(shown)) / 3
        current_a = np.stack([apparent] * 3) / np.maximum(voltage_v, 1.0)
        _measure_check_meter(rows, district, f"{feeder.feeder_id}-M", voltage_v, current_a, kept)


def _read_check_meter(
    rows: _Rows, district: District, usage_point_id: str, shown: Flows
) -> Collection:
    kept = collect(district.collection, usage_point_id, district.setting)
    channels = {"import": shown.import_wh, "reactive_import": shown.reactive_import_varh}
    if shown.export_wh.any():
        channels["export"] = shown.export_wh
    for channel, energy_wh in channels.items():
        _hand_over(rows, usage_point_id, channel, energy_wh, kept, None, district)
    return kept


def _measure_check_meter(  # noqa: PLR0913 - what one check meter measures
    rows: _Rows,
    district: District,
    usage_point_id: str,
    voltage_v: np.ndarray,
    current_a: np.ndarray,
    kept: Collection,
) -> None:
    for at, phase in enumerate(_PHASES):
        for quantity, values, decimals in (
            (f"voltage_{phase}_v", voltage_v[at], 1),
            (f"current_{phase}_a", current_a[at], 1),
        ):
            _hand_over_measured(
                rows,
                usage_point_id,
                quantity,
                np.round(values.astype(np.float32), decimals),
                kept,
                dark=None,
                days=np.arange(district.setting.span.days),
                district=district,
            )


def _events_of(
    premise: Premise,
    things: Sequence[Planted],
    out: Sequence[tuple[int, int]],
    shown: Registered,
    district: District,
) -> pl.DataFrame:
    """What the meters of a premise report of themselves, each by the meter that hung there."""
    setting = district.setting
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
        .with_columns(pl.col("meter_id").fill_null(periods[0].meter_id))
        .select(EVENTS_READ.names())
    )
