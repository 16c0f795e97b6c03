"""One customer's line of an event's settlement: what was measured, checked, confirmed and paid.

The checks are those of Chinese provinces after GB/T 32127, with their numbers as terms (recalled;
see ``response_programme``). They are made in this order, and the first that fails names the
outcome; the later ones are still worked out where they can be, so that a reader sees them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from queries.demand.response_programme import Terms
from queries.demand.settlement_pay import Pay, pay

PAID = "paid"
OUTCOMES = {
    PAID: "结算",
    "opted_out": "已拒绝响应",
    "waits_for_readings": "待补数据",
    "no_baseline": "无基线",
    "no_reduction": "未削减",
    "above_baseline": "最大负荷超基线",
    "too_small": "响应量不足",
}
"""What becomes of a customer's part in an event, in the order in which it is decided."""
_TINY_KW = 1e-6
"""Loads are whole watt-hours a quarter of an hour; differences below are the arithmetic's own."""


@dataclass(frozen=True, slots=True)
class Called:
    """What was agreed with a customer and what it answered.

    Attributes:
        answer: ``opt_in``, ``opt_out`` or None: who does not answer takes part as agreed.
        reply_kw: What it said it would reduce [kW]; None: what was agreed.
        agreed_kw: By its enrolment [kW]; None: none was agreed.
    """

    answer: str | None
    reply_kw: float | None
    agreed_kw: float | None

    @property
    def promised_kw(self) -> float | None:
        """What counts as promised [kW]; None: nothing, so that neither share of it applies."""
        return self.agreed_kw if self.reply_kw is None else self.reply_kw


@dataclass(frozen=True, slots=True)
class Measured:
    """An event's steps of one customer.

    Attributes:
        baseline_kw: NaN where the rule has none.
        load_kw: NaN where not read.
        is_estimated: Whether the reading is no actual one.
        from_minute: First minute of the event [min after local midnight].
        until_minute: Minute after its last.
    """

    baseline_kw: np.ndarray
    load_kw: np.ndarray
    is_estimated: np.ndarray
    from_minute: int
    until_minute: int


@dataclass(frozen=True, slots=True)
class Check:
    """One rule with its numbers.

    Attributes:
        code: The outcome if it fails.
        is_met: None where it cannot be said or does not apply.
        value: What was found.
        limit: What it is held against.
        unit: Of both; ``share`` is a ratio.
    """

    code: str
    is_met: bool | None
    value: float | None = None
    limit: float | None = None
    unit: str = "kW"


@dataclass(frozen=True, slots=True)
class Line:
    """What is settled; None where it cannot be said.

    Attributes:
        outcome: Of OUTCOMES.
        baseline_kw: Mean of the event [kW].
        load_kw: Mean of the event [kW].
        reduction_kw: Baseline less load [kW]; below zero: more was drawn.
        confirmed_kw: What is paid for [kW].
        missing_share: Of the event's steps, not read.
        estimated_share: Of the event's steps, with a reading that is no actual one.
    """

    outcome: str
    checks: tuple[Check, ...]
    baseline_kw: float | None
    load_kw: float | None
    reduction_kw: float | None
    confirmed_kw: Decimal
    missing_share: float
    estimated_share: float
    pay: Pay

    @property
    def amount_cny(self) -> Decimal:
        """What the customer receives [CNY]."""
        return self.pay.amount_cny


def settled_line(measured: Measured, called: Called, terms: Terms) -> Line:
    """The line of one customer.

    Confirmed is the mean reduction, yet no more than ``most_share`` of what was promised; nothing
    where a check fails.
    """
    missing, estimated = _gaps(measured)
    baseline, load = (_mean(one) for one in (measured.baseline_kw, measured.load_kw))
    reduction = None if baseline is None or load is None else baseline - load
    checks = (
        Check("opted_out", called.answer != "opt_out", unit=""),
        _readings(missing, estimated, terms),
        Check("no_baseline", baseline is not None, baseline),
        _reduced(reduction),
        _below(measured, terms, is_known=reduction is not None),
        _enough(reduction, called, terms),
    )
    failed = next((one.code for one in checks if one.is_met is False), PAID)
    confirmed = 0.0
    if failed == PAID and reduction is not None:
        promised = called.promised_kw
        confirmed = reduction if promised is None else min(reduction, terms.most_share * promised)
    paid = pay(confirmed, terms, measured.from_minute, measured.until_minute)
    return Line(
        failed, checks, baseline, load, reduction, paid.confirmed_kw, missing, estimated, paid
    )


def detail_of(line: Line, measured: Measured, called: Called, terms: Terms) -> Mapping[str, object]:
    """The line's whole arithmetic, as JSON keeps it."""
    return {
        "baseline_kw": _steps(measured.baseline_kw),
        "load_kw": _steps(measured.load_kw),
        "is_estimated": [bool(one) for one in measured.is_estimated],
        "from_minute": measured.from_minute,
        "until_minute": measured.until_minute,
        "checks": [
            {
                "code": one.code,
                "is_met": one.is_met,
                "value": _known(one.value),
                "limit": _known(one.limit),
                "unit": one.unit,
            }
            for one in line.checks
        ],
        "answer": called.answer,
        "agreed_kw": called.agreed_kw,
        "reply_kw": called.reply_kw,
        "most_kw": None
        if called.promised_kw is None
        else _known(terms.most_share * called.promised_kw),
        "most_share": terms.most_share,
        "confirmed_kw": str(line.confirmed_kw),
        "price_cny_per_kw": str(terms.price_cny_per_kw),
        "price_cny_per_kwh": str(terms.price_cny_per_kwh),
        "hours": float(line.pay.hours),
        "time_factor": float(line.pay.time_factor),
        "amount_cny": str(line.amount_cny),
    }


def _gaps(measured: Measured) -> tuple[float, float]:
    is_missing = np.isnan(measured.load_kw)
    is_estimated = measured.is_estimated & ~is_missing
    return float(is_missing.mean()), float(is_estimated.mean())


def _mean(load_kw: np.ndarray) -> float | None:
    mean = float(load_kw.mean(dtype=np.float64))
    return mean if np.isfinite(mean) else None


def _readings(missing: float, estimated: float, terms: Terms) -> Check:
    """A gap may still be filled; an estimate is no proof, beyond what the terms bear."""
    code = "waits_for_readings"
    if missing:
        return Check(code, is_met=False, value=missing, limit=0.0, unit="share")
    most = terms.most_estimated_share
    return Check(code, estimated <= most + 1e-12, estimated, most, "share")


def _reduced(reduction_kw: float | None) -> Check:
    is_met = None if reduction_kw is None else reduction_kw > _TINY_KW
    return Check("no_reduction", is_met, reduction_kw, 0.0)


def _below(measured: Measured, terms: Terms, *, is_known: bool) -> Check:
    """The highest load of the event against the highest of its baseline."""
    if not is_known:
        return Check("above_baseline", None)
    highest, limit = float(measured.load_kw.max()), float(measured.baseline_kw.max())
    is_met = highest <= limit + _TINY_KW if terms.must_stay_below_baseline else None
    return Check("above_baseline", is_met, highest, limit)


def _enough(reduction_kw: float | None, called: Called, terms: Terms) -> Check:
    """The mean reduction against the least share of what was promised."""
    promised = called.promised_kw
    if reduction_kw is None or promised is None:
        return Check("too_small", None, reduction_kw)
    least = terms.least_share * promised
    return Check("too_small", reduction_kw >= least - _TINY_KW, reduction_kw, least)


def _known(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(value, 6)


def _steps(values: np.ndarray) -> list[float | None]:
    return [_known(float(value)) for value in values]
