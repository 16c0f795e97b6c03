"""The power-factor adjustment as a line, for all accounts at once."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache

import numpy as np

from queries.billing.exact_arrays import Exacts
from queries.billing.lines import Line, Priced
from queries.billing.passes import Pass
from queries.billing.power_factor import adjustment_rate_share, power_factor_hundredths
from queries.billing.tariff_model import PowerFactorCharge

_ADJUSTED = frozenset({"energy", "demand", "capacity"})
_FED_IN = "generation"
"""What a customer is paid for energy fed in is no charge to adjust."""
_CLOSE = 1e-9  # floats of these sizes are off by less than 1e-13
_REACTIVE = ("reactive_import", "reactive_export")


def power_factor_lines(
    charge: PowerFactorCharge, one: Pass, before: Sequence[Line]
) -> Iterator[Line]:
    """A line for every rate met, over the lines of energy and basic charges before it.

    Reactive energy is |forward| + |reverse|. An account without reactive readings in a bill has no
    adjustment there, and a warning says so. The factor is that of the whole bill.
    """
    held = one.held(charge)
    standards = np.array(
        [a.power_factor_hundredths or charge.standard_hundredths or 0 for a in one.by_agreement()]
    )[one.accounts.index]
    if not held or not standards.any():
        return
    channels = [channel for channel in _REACTIVE if channel in one.measured.channels]
    if not channels:
        one.warn("The power factor is not adjusted: there are no reactive readings.")
        return
    active = one.measured.energy(None, one.segments)
    reactive = one.measured.energy(None, one.segments, channels[0])
    for channel in channels[1:]:
        reactive = reactive.plus(one.measured.energy(None, one.segments, channel))
    base_lines = [
        line
        for line in before
        if line.kind in _ADJUSTED
        and line.component not in charge.left_out
        and line.component != _FED_IN
        and line.amount.per == 10**one.decimals
    ]
    base = Priced(one.accounts.count, len(one.bills), base_lines, one.decimals).totals()
    for bill in sorted({segment.bill for _, segment in held}):
        places = [n for n, segment in enumerate(one.segments) if segment.bill == bill]
        kwh = Exacts(active.units[:, places, 0].sum(axis=1), active.per)
        kvarh = Exacts(reactive.units[:, places, 0].sum(axis=1), reactive.per)
        rates = _rates(standards, kwh, kvarh)
        if ((standards != 0) & (kvarh.units == 0) & (kwh.units != 0)).any():
            # A customer with a power-factor standard that needs no reactive energy at all has no
            # readings of it: that earns no reward.
            rates[kvarh.units == 0] = 0
            one.warn("The power factor is not adjusted where no reactive energy was read.")
        for rate in np.unique(rates[rates != 0]):
            rows = np.flatnonzero(rates == rate)
            share = Decimal(int(rate)).scaleb(-4)
            quantity = Exacts(base[rows, bill], 10**one.decimals)
            yield Line(
                bill,
                charge.code,
                charge.kind,
                charge.component,
                None,
                None,
                "CNY",
                share,
                quantity,
                quantity.times(share).rounded(one.decimals),
                ("power_factor",),
                rows,
            )


def _rates(standards: np.ndarray, kwh: Exacts, kvarh: Exacts) -> np.ndarray:
    """The rate of every account [1/10,000]."""
    factors = factors_hundredths(kwh, kvarh)
    found = np.zeros(len(standards), np.int64)
    for standard in np.unique(standards[standards != 0]).tolist():
        rows = (standards == standard) & (factors >= 0)
        found[rows] = np.array(_rates_of(standard))[factors[rows]]
    return found


@cache
def _rates_of(standard: int) -> tuple[int, ...]:
    """By hundredths of the power factor [1/10,000]."""
    return tuple(int(adjustment_rate_share(standard, one).scaleb(4)) for one in range(101))


def factors_hundredths(kwh: Exacts, kvarh: Exacts) -> np.ndarray:
    """``power_factor.power_factor_hundredths`` of many accounts; -1 where nothing was used.

    Floats tell all but those next to a border of rounding, which are told exactly.
    """
    active, reactive = kwh.floats(), kvarh.floats()
    apparent = np.hypot(active, reactive)
    doubled = 200 * np.divide(active, apparent, out=np.zeros_like(active), where=apparent > 0)
    found = (np.floor(doubled).astype(np.int64) + 1) // 2
    found[apparent == 0] = -1
    is_close = (np.abs(doubled - np.rint(doubled)) < _CLOSE) & (apparent > 0)
    for row in np.flatnonzero(is_close).tolist():
        exact = power_factor_hundredths(kwh.fraction(row), kvarh.fraction(row))
        found[row] = -1 if exact is None else exact
    return found
