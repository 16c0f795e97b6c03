"""What a customer called may be expected to reduce: its own past, shrunk to what was agreed.

A customer's few events tell little where its load is erratic. Its mean fulfilment (reduction over
what was agreed) is therefore drawn towards that of the whole programme, the more the fewer its
events and the less they agree: the random-effects mean of DerSimonian & Laird 1986, eq. 8–9, with
each customer's own variance drawn to the median of all.
"""

from dataclasses import dataclass

import numpy as np

_PRIOR_DEGREES = 4
"""Events that the median of all variances counts as, beside a customer's own."""
UNKNOWN_SPREAD = 1.0
"""Of the fulfilment from event to event, where nobody was called twice: all of what was agreed."""
_LEAST_SPREAD = 0.05
"""Nobody repeats itself more closely, whatever two or three events look like."""


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """Shares of the agreed reduction.

    Attributes:
        programme_share: Of all customers and events together: reduced over agreed; 1 where none
            was measured.
        expected_share: Of each customer, not below 0, (customers,).
        own_weight: How much its own events count in it [0–1].
        spread_share: Standard deviation of its next event around it.
        events: Of each customer that were measured.
    """

    programme_share: float
    expected_share: np.ndarray
    own_weight: np.ndarray
    spread_share: np.ndarray
    events: np.ndarray


def fulfilment(reduction_kw: np.ndarray, agreed_kw: np.ndarray) -> Fulfilment:
    """What every customer may be expected to fulfil.

    Args:
        reduction_kw: Measured in past events, (customers, events) [kW]; NaN: not called, or not
            measured.
        agreed_kw: What was agreed then, same shape, above 0 where there is a reduction.
    """
    is_there = ~np.isnan(reduction_kw)
    events = is_there.sum(axis=1)
    if not events.any():
        shape = len(reduction_kw)
        return Fulfilment(
            1.0, np.ones(shape), np.zeros(shape), np.full(shape, UNKNOWN_SPREAD), events
        )
    reduced_kw, promised_kw = (
        np.where(is_there, values, 0).sum() for values in (reduction_kw, agreed_kw)
    )
    programme = max(float(reduced_kw / promised_kw), 0.0)
    share = np.divide(
        reduction_kw, agreed_kw, out=np.full(reduction_kw.shape, np.nan), where=is_there
    )
    total = np.where(is_there, share, 0).sum(axis=1)
    own = np.divide(total, events, out=np.full(len(events), programme), where=events > 0)
    within = _within(share, own, events)
    error = np.divide(within, events, out=np.full(len(events), np.inf), where=events > 0)
    between = _between(own, error)
    weight = between / (between + error)
    expected = np.maximum(weight * own + (1 - weight) * programme, 0.0)
    spread = np.sqrt(within + between * (1 - weight))
    return Fulfilment(programme, expected, weight, spread, events)


def _within(share: np.ndarray, own: np.ndarray, events: np.ndarray) -> np.ndarray:
    """Variance of a customer's fulfilment from event to event, (customers,)."""
    squares = np.where(np.isnan(share), 0, (share - own[:, None]) ** 2).sum(axis=1)
    has_spread = events > 1
    degrees = np.maximum(events - 1, 0)
    if not has_spread.any():
        return np.full(len(events), UNKNOWN_SPREAD**2)
    usual = float(np.median(squares[has_spread] / degrees[has_spread]))
    drawn = (squares + _PRIOR_DEGREES * usual) / (degrees + _PRIOR_DEGREES)
    return np.maximum(drawn, _LEAST_SPREAD**2)


def _between(own: np.ndarray, error: np.ndarray) -> float:
    """Variance of the true fulfilment from customer to customer, by the method of moments."""
    is_known = np.isfinite(error)
    if is_known.sum() < 2:
        return 0.0
    precision = 1 / error[is_known]
    middle = np.average(own[is_known], weights=precision)
    apart = float((precision * (own[is_known] - middle) ** 2).sum())
    room = precision.sum() - (precision**2).sum() / precision.sum()
    return max(0.0, (apart - (is_known.sum() - 1)) / room)
