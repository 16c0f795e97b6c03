"""Energy between frozen readings (冻结示数): ratio, rollover, exchange, total ≠ periods.

Chinese retail bills are made from registers: (this reading − last reading) × ratio (trade practice,
98 %).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from queries.billing.money import apportioned, exact

PeriodRule = Literal["remainder_to_flat", "in_proportion", "as_read"]
"""What is billed where the total register differs from the sum of its periods."""

FLAT = "flat"
"""The register (平) that takes the remainder."""


class RegisterError(ValueError):
    """Readings from which no energy can be told: someone has to look at the meter."""


@dataclass(frozen=True, slots=True)
class RegisterSpan:
    """Two readings of one register of one meter, under one ratio.

    Attributes:
        meter_id: Named in errors.
        previous_kwh: Last reading, or the first one of a new meter [meter side].
        current_kwh: This reading, or the last one of an old meter [meter side].
        ratio: Current × voltage ratio.
        digits: Of the register before its decimal point; it turns over at 10 ** digits.
    """

    meter_id: str
    previous_kwh: Decimal
    current_kwh: Decimal
    ratio: int | Decimal
    digits: int


@dataclass(frozen=True, slots=True)
class PeriodsUsed:
    """Energy by period, made to agree with the total or not, by a rule.

    Attributes:
        period_kwh: As billed.
        total_kwh: As billed; always the sum of ``period_kwh``.
        difference_kwh: Total register − sum of the period registers, as read.
        is_finding: The difference is larger than the registers' resolution explains.
        rule: What was done with the difference.
    """

    period_kwh: Mapping[str, Decimal]
    total_kwh: Decimal
    difference_kwh: Decimal
    is_finding: bool
    rule: PeriodRule


def used_kwh(span: RegisterSpan, *, most_of_turn_share: Decimal = Decimal("0.1")) -> Decimal:
    """Energy between two readings, exactly; of any quantity, kWh or kvarh.

    A reading below the last one is a rollover (示数翻转) if the register then moved less than
    ``most_of_turn_share`` of a whole turn; else it is an exchanged, reversed or misread meter, and
    RegisterError. More than one turn between two readings cannot be seen.

    >>> used_kwh(RegisterSpan("M1", Decimal("12345.67"), Decimal("12399.99"), 800, 6))
    Decimal('43456.00')
    """
    turn_kwh = Decimal(10) ** span.digits
    if exact(span.ratio) <= 0 or span.digits < 1:
        raise RegisterError(
            f"meter {span.meter_id}: ratio {span.ratio} and {span.digits} digits; expected both "
            "above zero. Correct current_ratio, voltage_ratio and register_digits of the meter."
        )
    for reading in (span.previous_kwh, span.current_kwh):
        if not 0 <= exact(reading) < turn_kwh:
            raise RegisterError(
                f"meter {span.meter_id}: reading {reading} does not fit {span.digits} digits; "
                f"expected 0 to below {turn_kwh:f}. Correct the reading or register_digits."
            )
    moved = span.current_kwh - span.previous_kwh
    if moved < 0:
        moved += turn_kwh
        if moved >= turn_kwh * most_of_turn_share:
            raise RegisterError(
                f"meter {span.meter_id}: the register falls from {span.previous_kwh} to "
                f"{span.current_kwh}; a rollover would mean {moved} before the ratio. Enter the "
                "meter exchange, or correct the reading."
            )
    return moved * span.ratio


def used_over_exchange_kwh(spans: Sequence[RegisterSpan]) -> Decimal:
    """Energy over meters or ratios that followed one another (换表).

    Args:
        spans: The old meter from its last billed to its last reading, the new one from its first
            to this reading; likewise before and after a change of the ratio.
    """
    return sum((used_kwh(span) for span in spans), Decimal(0))


def resolution_kwh(
    ratio: int | Decimal, periods: int, reading_kwh: Decimal = Decimal("0.01")
) -> Decimal:
    """The largest difference that cut-off readings alone can make between total and periods.

    Each of ``periods`` + 1 registers shows what it counted cut to ``reading_kwh``, so the advance
    of each is off by less than that; times the ratio.

    >>> resolution_kwh(800, periods=4)
    Decimal('40.00')
    """
    return ratio * (periods + 1) * reading_kwh


def periods_used(
    total_kwh: Decimal,
    period_kwh: Mapping[str, Decimal],
    *,
    rule: PeriodRule = "remainder_to_flat",
    tolerance_kwh: Decimal = Decimal(0),
    decimals: int = 4,
) -> PeriodsUsed:
    """Energy by period where 总 ≠ 尖 + 峰 + 平 + 谷.

    Args:
        total_kwh: From the total register, after the ratio.
        period_kwh: From the period registers (sharp, peak, flat, valley, deep_valley), likewise.
        rule: ``remainder_to_flat`` bills the total, flat being what the other periods leave of it;
            a choice, as no source at hand says what practice is. ``in_proportion`` bills the total
            divided as the periods are. ``as_read`` bills the periods and leaves the total.
        tolerance_kwh: A difference up to this is no finding, e.g. ``resolution_kwh``.
        decimals: Of a quantity divided in proportion.
    """
    if min((total_kwh, *period_kwh.values())) < 0:
        raise RegisterError(
            f"total {total_kwh} kWh, periods {_said(period_kwh)}; expected none below zero. "
            "Bill a correction with the lines it corrects."
        )
    read_kwh = sum(period_kwh.values(), Decimal(0))
    difference = total_kwh - read_kwh
    billed = dict(period_kwh)
    if difference and rule == "remainder_to_flat":
        billed[FLAT] = billed.get(FLAT, Decimal(0)) + difference
        if billed[FLAT] < 0:
            raise RegisterError(
                f"total {total_kwh} kWh is less than the periods without flat "
                f"({_said(period_kwh)}). Correct the readings, or choose in_proportion or as_read."
            )
    elif difference and rule == "in_proportion":
        if not read_kwh:
            raise RegisterError(
                f"total {total_kwh} kWh, but no period moved: nothing to divide by. "
                "Correct the readings, or choose remainder_to_flat."
            )
        parts = apportioned(total_kwh, list(period_kwh.values()), decimals)
        billed = dict(zip(period_kwh, parts, strict=True))
    return PeriodsUsed(
        period_kwh=billed,
        total_kwh=read_kwh if rule == "as_read" else total_kwh,
        difference_kwh=difference,
        is_finding=abs(difference) > tolerance_kwh,
        rule=rule,
    )


def _said(period_kwh: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{name} {kwh}" for name, kwh in period_kwh.items()) or "none"
