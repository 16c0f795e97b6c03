"""What an account will be billed in the next twelve months, with an interval that holds 8 of 10.

Rests on the account's own months, all at the prices that hold now. The last twelve are carried on
by the account's growth, drawn towards the median of its class as far as growth did not last there;
how far is learnt from the fleet itself: the change of the second half of the year against a year
before is foretold from that of the first half, by the same rule. What that missed, over how much an
account's months scatter, makes the interval (split conformal prediction: Vovk, Gammerman & Shafer
2005; normalised: Papadopoulos et al. 2008).

It does not foresee: other prices, a move out, a shock to a whole class beyond what the last year
had, or weather unlike both years. Of accounts in simulated districts whose third year was held back
84 of 100 lay in their intervals (``tests/benchmarks/bench_portrait_money.py``).
"""

from dataclasses import dataclass

import numpy as np

YEAR, _HALF = 12, 6
LEAST_MONTHS = 10
"""Known months of a year; the others are filled by the season of the class."""
LEAST_PEERS = 8
"""Accounts with two years, without which a class is foretold as the whole district is."""
HELD_SHARE = 0.8
_FARTHEST = 0.4
"""Growth farther than this from the class's median counts as so far [log]: a move, an extension."""
_COMMON_SCATTER = 0.5
"""Of the median scatter of a class, added to each account's own: twelve months tell it poorly."""
_LEAST_SCATTER = 0.01
"""Of an account whose months are all as the season has them [log]."""

TWO_YEARS, ONE_YEAR = "two_years", "one_year"


@dataclass(frozen=True, slots=True)
class Expected:
    """The next twelve months of every account, (accounts,); NaN: not known.

    Attributes:
        amount: In the unit of the bills.
        low, high: 10 of 100 lie below, 10 above; NaN where no account had two years.
        growth_share: ``amount`` over the last twelve months, less 1.
        basis: TWO_YEARS: own growth and that of the class; ONE_YEAR: that of the class alone.
        has_use: Something was billed in the last twelve, and no credit.
    """

    amount: np.ndarray
    low: np.ndarray
    high: np.ndarray
    growth_share: np.ndarray
    basis: list[str | None]
    has_use: np.ndarray


@dataclass(frozen=True, slots=True)
class _Lasting:
    """What a group of accounts shows of how growth lasts.

    Attributes:
        median: Of growth in a year [log].
        share: Of an account's growth beyond the median that is left half a year on [0–1].
        own_errors, common_errors: Per unit of scatter, the half-widths that held 8 of 10 halves
            foretold with own growth, and with the median alone.
    """

    median: float
    share: float
    own_errors: float
    common_errors: float


def expected_year(
    bills: np.ndarray, customer_class: np.ndarray, growth: np.ndarray | None = None
) -> Expected:
    """The next twelve months of every account.

    Args:
        bills: Of the last 24 months at equal prices, oldest first, (accounts, 24); NaN: not known.
        customer_class: Of every account, (accounts,).
        growth: Of a year at equal temperature [log, (accounts,)]; NaN: not known, and by the bills.
    """
    years = np.stack(
        [_filled(bills[:, :YEAR], customer_class), _filled(bills[:, YEAR:], customer_class)]
    )
    totals = years.sum(axis=2)
    last = totals[1]
    is_known = ~np.isnan(last)
    has_use = is_known & (np.nan_to_num(last) > 0)
    by_bills = _logs(totals[1]) - _logs(totals[0])
    own = by_bills if growth is None else np.where(np.isnan(growth), by_bills, growth)
    own = np.where(np.isnan(by_bills), np.nan, own)
    halves = years.reshape(2, len(bills), 2, _HALF).sum(axis=3)
    first_half, second_half = (_logs(halves[1]) - _logs(halves[0])).T
    scatter = np.stack([_scatter(year, customer_class) for year in years])
    everyone = np.ones(len(bills), bool)
    whole = _lasting(own, first_half, second_half, scatter[0], everyone)
    centre, width = np.zeros(len(bills)), np.full(len(bills), np.nan)
    for kind in np.unique(customer_class):
        group = customer_class == kind
        found = _lasting(own, first_half, second_half, scatter[0], group) or whole
        if found is None:
            continue
        beyond = np.clip(own[group] - found.median, -_FARTHEST, _FARTHEST)
        is_own = ~np.isnan(beyond)
        # Twice half a year on, from the middle of one year to that of the next.
        centre[group] = found.median + np.where(is_own, found.share**2 * beyond, 0.0)
        errors = np.where(is_own, found.own_errors, found.common_errors)
        width[group] = errors * scatter[1][group]
    amount = np.where(has_use, last * np.exp(centre), np.where(is_known, last, np.nan))
    return Expected(
        amount,
        np.where(has_use, amount * np.exp(-width), np.nan),
        np.where(has_use, amount * np.exp(width), np.nan),
        np.where(has_use, np.expm1(centre), np.nan),
        [_basis(known, one) for known, one in zip(is_known, own, strict=True)],
        has_use,
    )


def _basis(is_known: bool, own: float) -> str | None:  # noqa: FBT001 - one of two arrays
    if not is_known:
        return None
    return ONE_YEAR if np.isnan(own) else TWO_YEARS


def _logs(amounts: np.ndarray) -> np.ndarray:
    """Natural logarithms; NaN of what is not above zero."""
    return np.log(np.where(np.nan_to_num(amounts) > 0, amounts, np.nan))


def _filled(year: np.ndarray, customer_class: np.ndarray) -> np.ndarray:
    """A year's months, the few unknown ones by the class's season; NaN: too few are known."""
    found = np.full(year.shape, np.nan)
    for kind in np.unique(customer_class):
        rows = np.flatnonzero(customer_class == kind)
        own = year[rows]
        is_known = ~np.isnan(own)
        whole = own[is_known.all(axis=1)].sum(axis=0)
        season = whole / whole.sum() if whole.sum() > 0 else np.full(YEAR, 1 / YEAR)
        known_share = (is_known * season).sum(axis=1)
        enough = (is_known.sum(axis=1) >= LEAST_MONTHS) & (known_share > 0)
        total = np.nansum(own, axis=1) / np.where(enough, known_share, 1.0)
        made = np.where(is_known, own, total[:, None] * season)
        found[rows] = np.where(enough[:, None], made, np.nan)
    return found


def _scatter(year: np.ndarray, customer_class: np.ndarray) -> np.ndarray:
    """How much an account's months depart from the season of its class [log, (accounts,)]."""
    logs = _logs(year)
    spread = np.full(len(year), np.nan)
    for kind in np.unique(customer_class):
        rows = np.flatnonzero(customer_class == kind)
        own = logs[rows]
        has_any = ~np.isnan(own).all(axis=1)
        if not has_any.any():
            continue
        rows, own = rows[has_any], own[has_any]
        own = own - np.nanmean(own, axis=1, keepdims=True)
        some = ~np.isnan(own).all(axis=0)
        own = own[:, some] - np.nanmedian(own[:, some], axis=0)
        of_each = np.nanstd(own, axis=1)
        spread[rows] = np.maximum(of_each + _COMMON_SCATTER * np.median(of_each), _LEAST_SCATTER)
    return spread


def _lasting(
    own: np.ndarray,
    first_half: np.ndarray,
    second_half: np.ndarray,
    scatter: np.ndarray,
    group: np.ndarray,
) -> _Lasting | None:
    """What the accounts of a group show; None: too few have two years."""
    use = group & ~np.isnan(own) & ~np.isnan(first_half) & ~np.isnan(second_half)
    use &= ~np.isnan(scatter)
    if use.sum() < LEAST_PEERS:
        return None
    before, after = first_half[use], second_half[use]
    middle = float(np.median(before))
    beyond = np.clip(before - middle, -_FARTHEST, _FARTHEST)
    left = np.clip(after - np.median(after), -_FARTHEST, _FARTHEST)
    square = float((beyond**2).sum())
    share = float(np.clip((beyond * left).sum() / square, 0.0, 1.0)) if square > 0 else 0.0
    return _Lasting(
        float(np.median(own[use])),
        share,
        _held(np.abs(after - middle - share * beyond) / scatter[use]),
        _held(np.abs(after - middle) / scatter[use]),
    )


def _held(errors: np.ndarray) -> float:
    """The error that HELD_SHARE of as many, and one more, do not exceed."""
    place = int(np.ceil((len(errors) + 1) * HELD_SHARE))
    return float(np.sort(errors)[min(place, len(errors)) - 1])
