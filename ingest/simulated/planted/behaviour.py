"""Who of the district changes what they consume, and why."""

from collections.abc import Mapping, Sequence

from ingest.simulated.customers.premise import Premise
from ingest.simulated.loads.demand import Demand
from ingest.simulated.planted import offer, pilot, response_events
from ingest.simulated.planted.change import copied
from ingest.simulated.planted.decoys import decoys_wanted, fall, plan_decoys
from ingest.simulated.planted.growth import grow, growth, planted_growth
from ingest.simulated.planted.response_events import TRADES, plan_responses
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.truth import Planted

SHORTEST_DAYS = 28
"""In a span shorter than this nothing is planted but growth."""
_MEDIUM_VOLTAGE_AREA = "industrial"
_ORDER = ("growth", "decoy", pilot.KIND, offer.KIND, response_events.KIND)

_Found = dict[int, tuple[Planted, ...]]


def plan_behaviour(
    premises: Sequence[Premise],
    area_kinds: Mapping[int, str],
    setting: Setting,
    excluded: frozenset[int] = frozenset(),
) -> _Found:
    """What is planted on the behaviour of every premise, by its number.

    Nobody takes part in two programmes, and only those take part who hold their premise for the
    whole span and live there. The order of ``premises`` does not matter.

    Args:
        premises: All of the district.
        area_kinds: Kind of every transformer area, by its number.
        setting: Of the district.
        excluded: Numbers of premises that are no decoys: thieves'.
    """
    ordered = sorted(premises, key=lambda premise: premise.number)
    rates = growth(setting.seed, sorted(area_kinds))
    grown = {area: planted_growth(rate, area, setting.span) for area, rate in rates.items()}
    found: _Found = {one.number: () if one.area is None else (grown[one.area],) for one in ordered}
    if setting.span.days >= SHORTEST_DAYS:
        for number, planted in _chosen(ordered, area_kinds, setting, excluded).items():
            found[number] += planted
    return found


def _chosen(
    ordered: Sequence[Premise],
    area_kinds: Mapping[int, str],
    setting: Setting,
    excluded: frozenset[int],
) -> _Found:
    """Decoys and programmes by premise number. Nobody takes part in two programmes.

    Programmes know nothing of thieves and decoys: else whoever takes part would be above suspicion.
    """
    kinds = {
        one.number: _MEDIUM_VOLTAGE_AREA if one.area is None else area_kinds[one.area]
        for one in ordered
    }
    households = sum(one.kind == "household" for one in ordered)
    trades = sum(one.kind in TRADES for one in ordered)
    settled = [one for one in ordered if _is_settled(one, setting.span.days)]
    homes = [one for one in settled if one.kind == "household"]
    works = [one for one in settled if one.kind in TRADES]
    honest = [one for one in settled if one.number not in excluded]
    decoys = plan_decoys(honest, decoys_wanted(len(ordered)), setting)
    # A car is charged under a price of its own.
    without_car = [one for one in homes if one.vehicle is None]
    count = round(pilot.SHARE * households)
    found = pilot.plan_pilot(without_car, count, kinds, setting)
    count = round(offer.SHARE * households)
    found |= offer.plan_offer(_free(homes, found), count, kinds, setting)
    count = round(response_events.HOUSEHOLD_SHARE * households)
    found |= plan_responses(_free(homes, found), count, setting, "response households")
    count = round(response_events.TRADE_SHARE * trades)
    found |= plan_responses(_free(works, found), count, setting, "response trades")
    numbers = sorted({*decoys, *found})
    return {number: (*decoys.get(number, ()), *found.get(number, ())) for number in numbers}


def _free(candidates: Sequence[Premise], taken: Mapping[int, object]) -> list[Premise]:
    return [one for one in candidates if one.number not in taken]


def _is_settled(premise: Premise, days: int) -> bool:
    """One tenant for the whole span, and no vacant home."""
    if len(premise.tenancies) != 1:
        return False
    tenancy = premise.tenancies[0]
    is_whole = tenancy.first_day <= 0 and tenancy.last_day >= days
    return is_whole and not (
        premise.kind == "household" and tenancy.traits.occupancy.kind == "vacant"
    )


def respond(
    demand: Demand, premise: Premise, planted: Sequence[Planted], setting: Setting
) -> tuple[Demand, list[int]]:
    """A premise's demand after what was planted on it, and what each thing changed [Wh, signed].

    In this order, whatever the order of ``planted``: growth, decoys, the pilot, the offer, events
    of demand response. What a thing changed is the difference of energy at the moment it is
    applied; together they are the difference between the two demands, but for rounding. Outages
    come later (``outages.cut``) and take from all of it.

    Raises:
        ValueError: Something planted is no behaviour.
    """
    if not planted:
        return demand, []
    steps = [_step(thing, premise) for thing in planted]
    changed, energies_wh = copied(demand), [0] * len(planted)
    for step in _ORDER:
        own = [position for position, other in enumerate(steps) if other == step]
        own.sort(key=lambda position: planted[position].first_slot)
        changes_wh = _apply(step, changed, [planted[position] for position in own], setting)
        for position, change_wh in zip(own, changes_wh, strict=True):
            energies_wh[position] = round(change_wh)
    return changed, energies_wh


def _step(thing: Planted, premise: Premise) -> str:
    step = thing.kind if thing.group == "programme" else thing.group
    if step not in _ORDER:
        raise ValueError(
            f"'{thing.kind}' ({thing.group}) planted on {premise.usage_point_id} does not change "
            f"what is consumed; give only what plan_behaviour planted"
        )
    return step


def _apply(step: str, demand: Demand, things: Sequence[Planted], setting: Setting) -> list[float]:
    """Change a demand in place by all things of one step; what each changes [Wh]."""
    if not things:
        return []
    if step == pilot.KIND:
        return pilot.shift(demand, things)
    if step == offer.KIND:
        return [offer.follow(demand, thing) for thing in things]
    if step == response_events.KIND:
        return [response_events.curtail(demand, thing) for thing in things]
    change = grow if step == "growth" else fall
    return [change(demand, thing, setting) for thing in things]
