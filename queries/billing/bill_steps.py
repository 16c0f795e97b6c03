"""One bill against another: what of the difference comes from which cause, adding up exactly."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

STEPS = {
    "days": "天数",
    "weather": "气温",
    "volume": "用电量",
    "period": "时段结构",
    "tier": "阶梯",
    "price": "单价",
    "basic": "基本电费",
    "power_factor": "力调电费",
    "feed_in": "上网电费",
    "other": "其他",
}
"""The steps in their order."""
_BASIC = frozenset({"demand", "capacity"})


@dataclass(frozen=True, slots=True)
class BilledLine:
    """What of a bill line the steps look at."""

    charge: str
    kind: str
    component: str
    period: str | None
    tier: int | None
    quantity: Fraction
    unit_price: Fraction
    amount_cny: Fraction

    @property
    def is_energy(self) -> bool:
        """Whether it is a price of what was drawn; what is paid for feeding in is not."""
        return self.kind == "energy" and not self.is_fed_in

    @property
    def is_fed_in(self) -> bool:
        """Whether it pays for what a roof feeds in."""
        return self.component == "generation"


@dataclass(frozen=True, slots=True)
class BilledMonth:
    """One bill.

    Attributes:
        lines: Of it.
        energy_kwh: Billed, drawn from the grid.
        days: Billed.
    """

    lines: tuple[BilledLine, ...]
    energy_kwh: Fraction
    days: int

    @property
    def amount_cny(self) -> Fraction:
        """What is owed."""
        return self.sum_of(lambda _: True)

    def sum_of(self, chosen: Callable[[BilledLine], bool]) -> Fraction:
        """Amounts of some lines."""
        return sum((one.amount_cny for one in self.lines if chosen(one)), Fraction(0))


def bill_steps(
    before: BilledMonth, after: BilledMonth, weather_kwh: Fraction | None
) -> dict[str, Decimal | None]:
    """Amounts by step of ``STEPS``; they add up to the difference of the bills, to the fen.

    With E energy, D days, w the energy that the weather made more, and the mean energy price
    p = energy charges / E of the bill before::

        days    E₁ · (D₂ / D₁ − 1) · p
        weather w · p                                    null where no temperatures tell
        volume  (E₂ − E₁ · D₂ / D₁ − w) · p              from here on: E₂ at the old mix and prices
        period  E₂ divided over the periods as now, at the mean old price of each period
        tier    divided over periods and tiers as now, at the old prices
        price   energy charges as they are now
        basic, power_factor, feed_in, other              differences of those lines

    A period or tier that the bill before did not have is taken at its present price: what it costs
    counts as a shift, not as a price. A charge that only one of the bills has is a price. Every
    step is rounded as the difference of two rounded running sums, so that nothing is left over.
    """
    e_before, e_after = before.energy_kwh, after.energy_kwh
    cost = sum(
        (one.quantity * one.unit_price for one in before.lines if one.is_energy), Fraction(0)
    )
    cost_after = after.sum_of(lambda one: one.is_energy)
    price = cost / e_before if e_before else cost_after / e_after if e_after else Fraction(0)
    days = Fraction(after.days, before.days) if before.days else Fraction(1)
    at_old = _at_old_prices(before, after)
    volume = e_after * price if e_before else cost_after
    running = {
        "days": before.amount_cny + e_before * (days - 1) * price,
        "weather": (weather_kwh or Fraction(0)) * price,
        "volume": Fraction(0),
        "period": at_old[0] if e_before else Fraction(0),
        "tier": at_old[1] if e_before else Fraction(0),
        "price": Fraction(0),
    }
    running["weather"] += running["days"]
    running["volume"] = before.amount_cny - cost + volume
    running["period"] += running["volume"]
    running["tier"] += running["period"]
    energy_before = before.sum_of(lambda one: one.is_energy)
    running["price"] = before.amount_cny - energy_before + cost_after
    for name, chosen in _REST.items():
        last = next(reversed(running.values()))
        running[name] = last + after.sum_of(chosen) - before.sum_of(chosen)
    found: dict[str, Decimal | None] = {}
    reached = _fen(before.amount_cny)
    for name in STEPS:
        fen = _fen(running[name])
        found[name] = Decimal(fen - reached).scaleb(-2)
        reached = fen
    if weather_kwh is None:
        found["weather"] = None
    return found


_REST: dict[str, Callable[[BilledLine], bool]] = {
    "basic": lambda one: not one.is_fed_in and one.kind in _BASIC,
    "power_factor": lambda one: not one.is_fed_in and one.kind == "power_factor",
    "feed_in": lambda one: one.is_fed_in,
    "other": lambda one: not one.is_fed_in and one.kind not in {*_BASIC, "energy", "power_factor"},
}


def _at_old_prices(before: BilledMonth, after: BilledMonth) -> tuple[Fraction, Fraction]:
    """What the shift between periods costs at old prices, and that between tiers."""
    shifted, tiered = Fraction(0), Fraction(0)
    for key in dict.fromkeys(_group(one) for one in before.lines if one.is_energy):
        old = [one for one in before.lines if one.is_energy and _group(one) == key]
        new = [one for one in after.lines if one.is_energy and _group(one) == key]
        if not new or not before.energy_kwh:
            continue
        as_before = after.energy_kwh * _cost(old) / before.energy_kwh
        prices = {(one.period, one.tier): one.unit_price for one in old}
        detailed = sum(
            (one.quantity * prices.get((one.period, one.tier), one.unit_price) for one in new),
            Fraction(0),
        )
        by_period = as_before
        if any(one.period is not None for one in new):
            by_period = sum(
                (
                    sum((one.quantity for one in of_period), Fraction(0)) * _mean(old, of_period)
                    for of_period in _by_period(new)
                ),
                Fraction(0),
            )
        shifted += by_period - as_before
        tiered += detailed - by_period
    return shifted, tiered


def _group(one: BilledLine) -> tuple[str, bool]:
    """Lines of one charge that each cover all energy once: tiers, or differences by period."""
    return one.charge, one.tier is None


def _by_period(lines: Sequence[BilledLine]) -> list[list[BilledLine]]:
    found: dict[str | None, list[BilledLine]] = {}
    for one in lines:
        found.setdefault(one.period, []).append(one)
    return list(found.values())


def _mean(old: Sequence[BilledLine], of_period: Sequence[BilledLine]) -> Fraction:
    """Mean price of a period before; of now where it had no energy before."""
    same = [one for one in old if one.period == of_period[0].period]
    lines = same if sum((one.quantity for one in same), Fraction(0)) else of_period
    quantity = sum((one.quantity for one in lines), Fraction(0))
    return _cost(lines) / quantity if quantity else Fraction(0)


def _cost(lines: Sequence[BilledLine]) -> Fraction:
    return sum((one.quantity * one.unit_price for one in lines), Fraction(0))


def _fen(amount: Fraction) -> int:
    """Whole fen, half up."""
    scaled = abs(amount) * 100
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return whole if amount >= 0 else -whole
