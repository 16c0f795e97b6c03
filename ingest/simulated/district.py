"""The whole district before a watt flows: who is where, and what will happen to whom."""

from dataclasses import asdict, dataclass

import numpy as np
import polars as pl

from ingest.simulated.announced import announced
from ingest.simulated.customers.applications import applications
from ingest.simulated.customers.payments import payments
from ingest.simulated.customers.population import population, ratings_kva
from ingest.simulated.customers.premise import Premise
from ingest.simulated.customers.register import register_tables
from ingest.simulated.grid.place import Place, place
from ingest.simulated.grid.place_tables import ROOT_REGION_ID, place_tables
from ingest.simulated.grid.transformers import standard_rating_kva
from ingest.simulated.plan import Plan
from ingest.simulated.planted.behaviour import plan_behaviour
from ingest.simulated.planted.collection import CollectionPlan, plan_collection
from ingest.simulated.planted.growth import growth, planted_growth
from ingest.simulated.planted.metering import plan_metering, thieves
from ingest.simulated.planted.outages import Outage, is_out, plan_outages, planted_outage
from ingest.simulated.planted.programmes import programme_tables
from ingest.simulated.planted.rows import truth_rows
from ingest.simulated.surroundings.days import days
from ingest.simulated.surroundings.economy import SUBSIDY_MONTHS, SUBSIDY_SHARES, economy
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.weather import weather
from ingest.simulated.truth import TRUTH, Planted
from queries.schema import SLOTS_PER_DAY


@dataclass(frozen=True, slots=True)
class District:
    """Everything that is fixed before the first slot."""

    plan: Plan
    setting: Setting
    place: Place
    premises: tuple[Premise, ...]
    ratings_kva: dict[int, float]
    behaviour: dict[int, tuple[Planted, ...]]
    metering: dict[int, tuple[Planted, ...]]
    outages: tuple[Outage, ...]
    collection: CollectionPlan

    def outages_of(self, premise: Premise) -> list[Outage]:
        """The outages that leave a premise in the dark."""
        return [
            outage
            for outage in self.outages
            if outage.feeder == premise.feeder
            and (premise.area in outage.areas if premise.area is not None else outage.is_whole)
        ]

    def dark_slots(self, premise: Premise) -> np.ndarray | None:
        """Where the premise has no voltage, bool (slots,); None: always some."""
        found = self.outages_of(premise)
        return is_out(found, self.setting.span) if found else None

    def dark_slots_of_area(self, number: int) -> np.ndarray:
        """Where the transformer of an area has no voltage, bool (slots,)."""
        found = [outage for outage in self.outages if number in outage.areas]
        return is_out(found, self.setting.span)


def district(plan: Plan) -> District:
    """The district of a plan; the same for the same plan, in every process."""
    span, seed = plan.span, plan.seed
    calendar = days(span)
    sky = weather(seed, span, calendar)
    setting = Setting(seed, span, calendar, sky, economy(seed, span, ROOT_REGION_ID))
    where = place(seed, plan.customers)
    premises = population(seed, where, span)
    metering = plan_metering(premises, setting, faults=plan.faults)
    kinds = {area.number: area.kind for area in where.areas}
    excluded = thieves(metering)
    behaviour = plan_behaviour(premises, kinds, setting, excluded=excluded)
    wanted = ratings_kva(where, premises)
    return District(
        plan=plan,
        setting=setting,
        place=where,
        premises=premises,
        ratings_kva={number: standard_rating_kva(kva) for number, kva in wanted.items()},
        behaviour=behaviour,
        metering=metering,
        outages=plan_outages(where, setting),
        collection=plan_collection(premises, where, setting, faults=plan.faults),
    )


def known_tables(whole: District) -> dict[str, pl.DataFrame]:
    """What the utility knows: register, programmes, payments, applications, announced outages."""
    plan, span = whole.plan, whole.setting.span
    register = register_tables(whole.place, whole.premises, whole.metering, plan.seed, span)
    return {
        **place_tables(whole.place, whole.ratings_kva, span.first_day),
        **register,
        **programme_tables(whole.behaviour, whole.premises, whole.setting),
        "payments": payments(whole.premises, whole.behaviour, plan.seed, span),
        "planned_outages": announced(whole.outages, whole.place, span),
        "contract_applications": applications(whole.premises, register, plan.seed, span),
    }


def own_truth(whole: District) -> pl.DataFrame:
    """What was planted on areas, terminals and the district, not on single usage points."""
    span = whole.setting.span
    frames = [
        truth_rows("transformer", area.transformer_id, windows, [None] * len(windows), span)
        for area in whole.place.areas
        if (windows := whole.collection.offline.get(area.number, ()))
    ]
    adopted = [
        truth_rows("usage_point", premise.usage_point_id, things, [None] * len(things), span)
        for premise in whole.premises
        if (things := _adopted(premise))
    ]
    outages = [
        truth_rows("feeder", feeder.feeder_id, things, [None] * len(things), span)
        for feeder in whole.place.feeders
        if (things := [planted_outage(o) for o in whole.outages if o.feeder == feeder.number])
    ]
    rates = growth(whole.plan.seed, [area.number for area in whole.place.areas])
    grown = [
        truth_rows(
            "transformer",
            area.transformer_id,
            [planted_growth(rates[area.number], area.number, span)],
            [None],
            span,
        )
        for area in whole.place.areas
    ]
    subsidy = truth_rows("region", ROOT_REGION_ID, [_subsidy(whole)], [None], span)
    return pl.concat([TRUTH.to_frame(), *frames, *adopted, *outages, *grown, subsidy])


def _subsidy(whole: District) -> Planted:
    """The policy that lifts some trades' orders from a day on."""
    span = whole.setting.span
    first = max(span.day(whole.setting.economy.subsidy_first_day), 0) * SLOTS_PER_DAY
    detail = {"full_after_months": SUBSIDY_MONTHS, "share_by_group": SUBSIDY_SHARES}
    largest, kind = max(SUBSIDY_SHARES.values()), "equipment_renewal_subsidy"
    return Planted("economy", kind, min(first, span.slots), span.slots, largest, "share", detail)


def _adopted(premise: Premise) -> list[Planted]:
    """A vehicle or a roof, while it was there: a car leaves with the first tenant."""
    found, tenancies = [], premise.tenancies
    for kind, owned, amount, until in (
        ("vehicle", premise.vehicle, premise.vehicle and premise.vehicle.charger_kw, tenancies[0]),
        ("solar", premise.solar, premise.solar and premise.solar.capacity_kw, tenancies[-1]),
    ):
        if owned is None or amount is None:
            continue
        first_day = max(owned.first_day, tenancies[0].first_day)
        if first_day < until.last_day:
            slots = first_day * SLOTS_PER_DAY, until.last_day * SLOTS_PER_DAY
            found.append(Planted("adoption", kind, *slots, amount, "kW", asdict(owned)))
    return found
