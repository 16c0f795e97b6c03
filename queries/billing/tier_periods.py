"""How tiers meet time-of-use periods: three rules, and a tariff says which is its own.

``additive``: a line for every tier at the tier's price on all energy, and one for every period at
its difference (residential tariffs of Zhejiang, Anhui, Henan, Shandong). ``pro_rata``: every tier's
energy is divided among the periods as the total is. ``chronological``: each quantity, in order of
time, falls in the tier its moment has reached.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from queries.billing.money import exact, rounded
from queries.billing.tiers import tier_quantities_kwh


@dataclass(frozen=True, slots=True)
class TierPeriod:
    """Energy of one line.

    Attributes:
        tier: 1 is the first; None: all tiers (a period's difference).
        period: Name of the time-of-use period; None: all periods (a tier's price).
        energy_kwh: Quantity.
    """

    tier: int | None
    period: str | None
    energy_kwh: Decimal


def additive(
    tier_kwh: Sequence[Decimal], period_kwh: Mapping[str, Decimal]
) -> tuple[TierPeriod, ...]:
    """Lines by tier, then lines by period, both over the same energy.

    Args:
        tier_kwh: As ``tier_quantities_kwh`` or ``split_by_tier`` give it.
        period_kwh: Energy by period; adds up to the same total.
    """
    _check_total(tier_kwh, period_kwh)
    tiers = [TierPeriod(n, None, kwh) for n, kwh in enumerate(tier_kwh, start=1)]
    return (*tiers, *(TierPeriod(None, name, kwh) for name, kwh in period_kwh.items()))


def pro_rata(
    tier_kwh: Sequence[Decimal], period_kwh: Mapping[str, Decimal], *, decimals: int = 4
) -> tuple[TierPeriod, ...]:
    """Lines by tier and period: tier energy × period energy / total.

    Every quantity is cut to ``decimals``, and the units left over are dealt from the first tier and
    period on, so that both every tier and every period keep their totals. A quantity is off by
    fewer units than there are periods or tiers.

    Args:
        tier_kwh: As for ``additive``, none below zero.
        period_kwh: The same.
        decimals: Of a quantity [kWh]; the totals have no more.
    """
    _check_total(tier_kwh, period_kwh)
    tiers = [_units(kwh, decimals) for kwh in tier_kwh]
    periods = [_units(kwh, decimals) for kwh in period_kwh.values()]
    total = sum(tiers)
    cells = [[tier * period // total if total else 0 for period in periods] for tier in tiers]
    left_in_period = [period - sum(row[n] for row in cells) for n, period in enumerate(periods)]
    for tier, row in zip(tiers, cells, strict=True):
        left = tier - sum(row)
        for n in range(len(row)):
            more = min(left, left_in_period[n])
            row[n] += more
            left -= more
            left_in_period[n] -= more
    return tuple(
        TierPeriod(number, name, Decimal(cell).scaleb(-decimals))
        for number, row in enumerate(cells, start=1)
        for name, cell in zip(period_kwh, row, strict=True)
    )


def chronological(
    ordered_kwh: Sequence[tuple[str, Decimal]],
    limits_kwh: Sequence[Decimal],
    used_before_kwh: Decimal = Decimal(0),
) -> tuple[TierPeriod, ...]:
    """Lines by tier and period: every quantity in the tier that is reached when it is used.

    Args:
        ordered_kwh: Period and energy in order of time, e.g. of every quarter of an hour.
        limits_kwh: As for ``tier_quantities_kwh``.
        used_before_kwh: In the reset period, before the first quantity.
    """
    periods = dict.fromkeys(name for name, _ in ordered_kwh)
    cells = {(tier, name): Decimal(0) for tier in range(1, len(limits_kwh) + 2) for name in periods}
    used_kwh = used_before_kwh
    for name, energy_kwh in ordered_kwh:
        for tier, kwh in enumerate(tier_quantities_kwh(energy_kwh, limits_kwh, used_kwh), start=1):
            cells[tier, name] += kwh
        used_kwh += energy_kwh
    return tuple(TierPeriod(tier, name, kwh) for (tier, name), kwh in cells.items())


def _check_total(tier_kwh: Sequence[Decimal], period_kwh: Mapping[str, Decimal]) -> None:
    by_tier, by_period = sum(tier_kwh, Decimal(0)), sum(period_kwh.values(), Decimal(0))
    if by_tier != by_period:
        raise ValueError(
            f"tiers hold {by_tier} kWh and periods {by_period} kWh; expected the same. "
            "Reconcile the registers first (queries/billing/registers_used.py)."
        )


def _units(kwh: Decimal, decimals: int) -> int:
    if kwh < 0 or exact(kwh) != exact(rounded(kwh, decimals)):
        raise ValueError(
            f"{kwh} kWh cannot be divided pro rata; expected 0 or more, of at most "
            f"{decimals} decimals. Bill a correction with the lines it corrects."
        )
    return int(kwh.scaleb(decimals))
