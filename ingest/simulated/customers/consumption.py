"""What truly flows through a usage point: wishes, answers to programmes, vehicle, roof, outages."""

from collections.abc import Sequence

import numpy as np

from ingest.simulated.customers.premise import Premise
from ingest.simulated.loads.demand import Demand
from ingest.simulated.loads.kinds import KINDS
from ingest.simulated.loads.solar import solar_w
from ingest.simulated.loads.vehicle import vehicle_w
from ingest.simulated.meters.flows import Flows, flows
from ingest.simulated.planted.behaviour import respond
from ingest.simulated.planted.outages import Outage, cut, is_out
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.truth import Planted
from queries.schema import SLOTS_PER_DAY

_CHARGER_VAR_PER_W = 0.1


def true_flows(
    premise: Premise, planted: Sequence[Planted], outages: Sequence[Outage], setting: Setting
) -> tuple[Flows, list[int]]:
    """Energy through a usage point, and what each planted behaviour changed of it [Wh].

    ``outages`` are those of the premise's area or feeder.
    """
    wanted, energies_wh = respond(_wish(premise, setting), premise, planted, setting)
    generated_w = None
    if premise.solar is not None:
        own = stream(setting.seed, "solar", premise.number)
        generated_w = solar_w(premise.solar, setting, own)
        _keep(generated_w, premise.tenancies[0].first_day, premise.tenancies[-1].last_day)
    if outages:
        wanted = cut(wanted, outages, setting)
        if generated_w is not None:
            generated_w = np.where(is_out(outages, setting.span), np.float32(0), generated_w)
    return flows(wanted, generated_w), energies_wh


def _wish(premise: Premise, setting: Setting) -> Demand:
    """What the tenants would draw on an undisturbed grid, their vehicle included."""
    model = KINDS[premise.kind]
    parts = []
    for turn, tenancy in enumerate(premise.tenancies):
        own = stream(setting.seed, "demand", premise.number, turn)
        demand = model.demand(tenancy.traits, setting, own)
        if (tenancy.first_day, tenancy.last_day) != (0, setting.span.days):
            demand = _while_there(demand, tenancy.first_day, tenancy.last_day)
        parts.append(demand)
    active_w = parts[0].active_w if len(parts) == 1 else parts[0].active_w + parts[1].active_w
    reactive_var = (
        parts[0].reactive_var if len(parts) == 1 else parts[0].reactive_var + parts[1].reactive_var
    )
    if premise.vehicle is not None:
        own = stream(setting.seed, "vehicle", premise.number)
        # The vehicle is the first tenant's: it leaves with them.
        tenancy = premise.tenancies[0]
        charged_w = vehicle_w(premise.vehicle, setting, own)
        _keep(charged_w, tenancy.first_day, tenancy.last_day)
        active_w = active_w + charged_w
        reactive_var = reactive_var + charged_w * np.float32(_CHARGER_VAR_PER_W)
    return Demand(active_w, reactive_var)


def _while_there(demand: Demand, first_day: int, last_day: int) -> Demand:
    active_w, reactive_var = demand.active_w.copy(), demand.reactive_var.copy()
    for power in (active_w, reactive_var):
        _keep(power, first_day, last_day)
    return Demand(active_w, reactive_var)


def _keep(power: np.ndarray, first_day: int, last_day: int) -> None:
    """Set everything outside these days to zero, in place."""
    power[: first_day * SLOTS_PER_DAY] = 0
    power[last_day * SLOTS_PER_DAY :] = 0
