"""What the agreements of the district say of its customers' bills, each from a stream of its own.

Nothing here follows from, or changes, what anybody consumes.
"""

from ingest.simulated.customers.premise import Premise
from ingest.simulated.loads.household import Household
from ingest.simulated.loads.kinds import KINDS
from ingest.simulated.streams import stream

_LARGE_FAMILY_PERSONS = 5
_REGISTERED_SHARE = 0.8
_WELFARE_SHARE = 0.02
_FREE_KWH_PER_MONTH = 15.0
_BY_CAPACITY_SHARE = 0.65
_LOW_SIDE_KVA = 630
"""Up to this size many customers at 10 kV are metered behind their transformer."""
_LOW_SIDE_SHARE = 0.5
_BACK_FROM_MARKET_SHARE = 0.05
_TIMES_BACK_FROM_MARKET = 1.5
_STANDARD_90_KVA = 160
_STANDARD_KVA = 100
_TWO_PART = "industrial_commercial_two_part"


def agreed_terms(premise: Premise, prices: dict, purchase: str | None, seed: int) -> dict:
    """The columns of an agreement that only a bill asks for.

    ``prices`` are price class and contracted demand, ``purchase`` how its energy is bought. A
    customer of the two-part tariff with a contracted demand pays by it; the others by capacity or
    by the maximum. Who trades directly is settled by the intervals. Meters of customers said to be
    metered on the low side have the ratios of 10 kV all the same.
    """
    own = stream(seed, "agreed terms", premise.number)
    basic, low_side, back, registers, welfare = own.random(5)
    basic_charge = None
    if prices["price_code"] == _TWO_PART:
        is_by_contract = prices["contracted_demand_kw"] is not None
        by_choice = "capacity" if basic < _BY_CAPACITY_SHARE else "maximum"
        basic_charge = "contract" if is_by_contract else by_choice
    is_small = premise.area is None and premise.capacity_kva <= _LOW_SIDE_KVA
    is_household = premise.kind == "household"
    persons = _persons(premise) if is_household else None
    return {
        "basic_charge": basic_charge,
        "settlement_basis": "interval" if purchase == "direct" else None,
        "power_factor_hundredths": _standard_hundredths(premise, prices["price_code"]),
        "agency_price_times": _TIMES_BACK_FROM_MARKET
        if purchase == "agency" and back < _BACK_FROM_MARKET_SHARE
        else None,
        "household_persons": persons if registers < _REGISTERED_SHARE else None,
        "free_kwh_per_month": _FREE_KWH_PER_MONTH
        if is_household and welfare < _WELFARE_SHARE
        else None,
        "is_metered_low_side": is_small and low_side < _LOW_SIDE_SHARE,
    }


def _persons(premise: Premise) -> int | None:
    """Persons of a family that may register for more; None: too few, in one tenancy at least."""
    families = [
        tenancy.traits.occupancy.persons
        for tenancy in premise.tenancies
        if isinstance(tenancy.traits, Household)
    ]
    fewest = min(families, default=0)
    return fewest if fewest >= _LARGE_FAMILY_PERSONS else None


def _standard_hundredths(premise: Premise, price_code: str) -> int | None:
    """The standard of (83)水电财字第215号 by class, voltage and capacity; None: it has none."""
    if price_code.startswith("residential") or premise.capacity_kva < _STANDARD_KVA:
        return None
    if price_code == "agricultural":
        return 80
    is_large_industry = (
        KINDS[premise.kind].customer_class == "industrial"
        and premise.area is None
        and premise.capacity_kva > _STANDARD_90_KVA
    )
    return 90 if is_large_industry else 85
