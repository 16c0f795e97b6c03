"""Lines of energy charges: periods, tiers, and how they meet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from math import lcm

import numpy as np

from queries.billing.energy_bank import EnergyBank
from queries.billing.exact_arrays import Exacts, constant, product
from queries.billing.lines import Line
from queries.billing.passes import Pass
from queries.billing.prices import PriceTable, PriceTerms, price_table
from queries.billing.segments import Segment, Span
from queries.billing.tariff_model import EnergyCharge, Rate, TierRule
from queries.billing.tier_resets import reset_period
from queries.billing.tiers import Allowance, Tiers, limits_of

_Placed = tuple[int, Segment]


@dataclass(frozen=True, slots=True)
class _Group:
    """Segments of one bill with the same prices and the same tier counter."""

    bill: int
    table: PriceTable
    counted: Span
    segments: tuple[_Placed, ...]


@dataclass(frozen=True, slots=True)
class _Task:
    """A charge for the accounts whose prices are made alike.

    Attributes:
        charge: The charge.
        one: The pass.
        rows: Places of the accounts.
        used: Use before every segment in its reset period [kWh, (accounts, segments)]; None
            without tiers.
    """

    charge: EnergyCharge
    one: Pass
    rows: np.ndarray
    used: Exacts | None


@dataclass(frozen=True, slots=True)
class _Part:
    """What becomes one line."""

    period: str | None
    tier: int | None
    price: Decimal
    quantity: Exacts
    rule: tuple[str, ...] = ()


def energy_lines(charge: EnergyCharge, one: Pass) -> Iterator[Line]:
    """The lines of one energy charge for all bills and accounts."""
    held = one.held(charge)
    if not held or (charge.channel == "export" and "export" not in one.measured.channels):
        return
    for terms, rows in one.price_groups():
        if charge.for_time_of_use not in {None, terms.has_time_of_use}:
            continue
        used = _used_before(charge, one, rows) if charge.tiers else None
        task = _Task(charge, one, rows, used)
        bank = one.banks.setdefault((charge.code, terms), EnergyBank())
        for group in _groups(charge, held, one, terms):
            energy = _energy(task, group, bank)
            yield from (_line(part, group.bill, task) for part in _parts(task, group, energy))


def _groups(
    charge: EnergyCharge, held: Sequence[_Placed], one: Pass, terms: PriceTerms
) -> list[_Group]:
    found: dict[tuple[int, PriceTable, Span], list[_Placed]] = {}
    for placed in held:
        segment = placed[1]
        table = price_table(charge, segment.first_day, terms)
        counted = _counter(charge, segment, one)
        found.setdefault((segment.bill, table, counted), []).append(placed)
    return [_Group(*key, tuple(segments)) for key, segments in found.items()]


def _counter(charge: EnergyCharge, segment: Segment, one: Pass) -> Span:
    """The reset period of the tiers; the bill where there are none."""
    if charge.tiers is None or charge.tiers.reset.every == "bill_cycle":
        return one.bills[segment.bill]
    return reset_period(segment.first_day, charge.tiers.reset)


def _energy(task: _Task, group: _Group, bank: EnergyBank) -> Exacts:
    """Energy by period of the group [kWh, (accounts, periods)]."""
    charge, one = task.charge, task.one
    places = [place for place, _ in group.segments]
    found = _of_channel(charge, group.table, one, charge.channel)
    other = "export" if charge.channel == "import" else "import"
    is_netted = charge.netting == "month" and other in one.measured.channels
    if is_netted:
        found = found.minus(_of_channel(charge, group.table, one, other))
    units = found.units[:, places[0]]
    for place in places[1:]:
        units = units + found.units[:, place]
    energy = Exacts(one.those(units, task.rows), found.per)
    if not is_netted:
        return energy
    table = group.table
    first_day, last_day = one.bills[group.bill]
    days = [first_day + timedelta(n) for n in range((last_day - first_day).days + 1)]
    return bank.owed(energy, table.periods, table.calendar, days)


def _of_channel(charge: EnergyCharge, table: PriceTable, one: Pass, channel: str) -> Exacts:
    netting = "none" if charge.netting == "month" else charge.netting
    return one.energy(table.calendar, channel, netting)


def _used_before(charge: EnergyCharge, one: Pass, rows: np.ndarray) -> Exacts:
    """Cumulative use before every segment in its reset period [kWh, (accounts, segments)].

    Only the months in which the charge holds count, as Yunnan counts those of
    its dry season.
    """
    netting = "none" if charge.netting == "month" else charge.netting
    found = one.energy(None, charge.channel, netting)
    totals = one.those(found.units[:, :, 0], rows)
    begun = _counter(charge, one.segments[0], one)[0], charge.months
    start = one.accounts.used_before.get(begun) or one.each(
        [agreement.used_before_kwh for agreement in one.by_agreement()]
    )
    per = lcm(found.per, start.per)
    totals = Exacts(totals, found.per).over(per)
    before = np.zeros_like(totals)
    counter: Span | None = None
    running = start.over(per)[rows]
    for place, segment in enumerate(one.segments):
        counted = _counter(charge, segment, one)
        if counter is not None and counted != counter:
            running = np.zeros_like(running)
        counter = counted
        before[:, place] = running
        if segment.first_day.month in charge.months:
            running = running + totals[:, place]
    return Exacts(before, per)


def _parts(task: _Task, group: _Group, energy: Exacts) -> Iterator[_Part]:
    """A group's energy by period and tier, each with its price."""
    table, rule, used = group.table, task.charge.tiers, task.used
    has_tiers = table.differences or max(len(rate.prices) for rate in table.rates) > 1
    if rule is None or used is None or not has_tiers:
        for number, period in enumerate(table.periods):
            rate = table.rates[number if len(table.rates) > 1 else 0]
            yield _Part(period, None, rate.prices[0], _column(energy, number))
        return
    limits = [_limits(rate, rule, group, task) for rate in table.rates]
    if rule.meeting == "chronological" and len(table.periods) > 1:
        yield from _chronological(task, group, limits, used)
        return
    total = energy.summed(axis=1)
    before = Exacts(used.units[:, group.segments[0][0]], used.per)
    if task.charge.netting == "month":
        before = constant(0, len(task.rows))
    by_rate = [_tier_quantities(total, before, of_rate) for of_rate in limits]
    if len(table.periods) == 1 or table.differences:
        yield from _added(table, energy, by_rate[0])
        return
    for number, (period, rate) in enumerate(zip(table.periods, table.rates, strict=True)):
        cells = _pro_rata(_column(energy, number), total, by_rate[number])
        for tier, (price, quantity) in enumerate(zip(rate.prices, cells, strict=True), 1):
            yield _Part(period, tier, price, quantity, ("pro_rata",))


def _added(table: PriceTable, energy: Exacts, by_tier: Sequence[Exacts]) -> Iterator[_Part]:
    """Every tier at its price, then every period at its difference, both over all energy."""
    for tier, (price, quantity) in enumerate(zip(table.rates[0].prices, by_tier, strict=True), 1):
        yield _Part(None, tier, price, quantity, ("tier",))
    for number, difference in enumerate(table.differences):
        if difference:
            energy_of = _column(energy, number)
            yield _Part(table.periods[number], None, difference, energy_of, ("additive",))


def _column(energy: Exacts, number: int) -> Exacts:
    return Exacts(energy.units[:, number], energy.per)


def _limits(rate: Rate, rule: TierRule, group: _Group, task: _Task) -> list[Exacts]:
    """The limits of a rate's tiers for every account [kWh], none above one after it."""
    days = (group.counted[1] - group.counted[0]).days + 1
    units = rate.units or (rule.unit,) * len(rate.limits)
    found: list[Exacts] = []
    for limit, unit in zip(rate.limits, units, strict=True):
        whole = limit * days if unit in {"kwh_per_day", "kwh_per_kw_day"} else limit
        if unit in {"kwh_per_kw", "kwh_per_kw_day"}:
            demand = task.one.billed_demand(group.bill)
            found.append(Exacts(demand.units[task.rows], demand.per).times(whole))
        else:
            found.append(_in_kwh(whole, rule, group, task))
    for number in reversed(range(len(found) - 1)):
        found[number] = found[number].at_most(found[number + 1])
    return found


def _in_kwh(limit: Decimal, rule: TierRule, group: _Group, task: _Task) -> Exacts:
    """One limit for every account, cut to its months in use and raised by its allowance."""
    tiers = Tiers(rule.reset, (limit,), limit_decimals=rule.limit_decimals)
    allowances = tuple(agreement.allowance for agreement in task.one.by_agreement())
    own = _limit_of_each(tiers, group.counted, allowances)
    return Exacts(own.units[task.one.accounts.index[task.rows]], own.per)


@lru_cache(maxsize=1024)
def _limit_of_each(
    tiers: Tiers, counted: tuple[date, date], allowances: tuple[Allowance, ...]
) -> Exacts:
    """The limit for every allowance: who bills a district again asks for the same."""
    return Exacts.of([limits_of(tiers, counted, one)[0] for one in allowances])


def _tier_quantities(total: Exacts, before: Exacts, limits: Sequence[Exacts]) -> list[Exacts]:
    """How much of ``total`` after ``before`` falls in each tier."""
    after = before.plus(total)
    found = []
    lower: Exacts | None = None
    for upper in (*limits, None):
        found.append(_held(after, lower, upper).minus(_held(before, lower, upper)))
        lower = upper
    return found


def _held(value: Exacts, lower: Exacts | None, upper: Exacts | None) -> Exacts:
    if lower is not None:
        value = value.at_least(lower)
    return value if upper is None else value.at_most(upper)


def _pro_rata(energy: Exacts, total: Exacts, by_tier: Sequence[Exacts]) -> list[Exacts]:
    """A period's energy by tier as the total is, whole units dealt from the first tier on.

    Cumulative cuts: what lies below each limit is rounded down, so the parts of a period add up to
    it exactly.
    """
    per = lcm(energy.per, total.per, *(quantity.per for quantity in by_tier))
    mine, whole = energy.over(per), total.over(per)
    divisor = np.where(whole == 0, 1, whole)
    found, below = [], np.zeros_like(mine)
    reached = np.zeros_like(whole)
    for number, quantity in enumerate(by_tier):
        reached = reached + quantity.over(per)
        is_last = number == len(by_tier) - 1
        cut = mine if is_last else product(mine, reached) // divisor
        found.append(Exacts(cut - below, per))
        below = cut
    return found


def _chronological(
    task: _Task, group: _Group, limits: list[list[Exacts]], used: Exacts
) -> Iterator[_Part]:
    one, rows, table = task.one, task.rows, group.table
    everyone = [[_spread(limit, rows, one) for limit in of_period] for of_period in limits]
    found: Exacts | None = None
    for place, segment in group.segments:
        before = _spread(Exacts(used.units[:, place], used.per), rows, one)
        part = one.measured.by_tier(
            table.calendar,
            segment,
            everyone,
            before,
            channel=task.charge.channel,
            netting=task.charge.netting,
        )
        part = Exacts(part.units[rows], part.per)
        found = part if found is None else found.plus(part)
    if found is None:
        return
    for number, (period, rate) in enumerate(zip(table.periods, table.rates, strict=True)):
        for tier, price in enumerate(rate.prices, 1):
            quantity = Exacts(found.units[:, number, tier - 1], found.per)
            yield _Part(period, tier, price, quantity, ("chronological",))


def _spread(values: Exacts, rows: np.ndarray, one: Pass) -> Exacts:
    """Values of some accounts at their places among all."""
    if len(rows) == one.accounts.count:
        return values
    units = np.zeros(one.accounts.count, values.units.dtype)
    units[rows] = values.units
    return Exacts(units, values.per)


def _line(part: _Part, bill: int, task: _Task) -> Line:
    charge, one = task.charge, task.one
    paid = -part.price if charge.is_credit else part.price
    return Line(
        bill,
        charge.code,
        charge.kind,
        charge.component,
        part.period,
        part.tier,
        "kWh",
        paid,
        part.quantity,
        part.quantity.times(paid).rounded(one.decimals),
        part.rule,
        None if len(task.rows) == one.accounts.count else task.rows,
    )
