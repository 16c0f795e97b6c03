"""What the best prices of a class come to, and how sure it is that they are the best."""

from datetime import datetime, time, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.simulate import MONEY, cny
from queries.billing.tariff_text import write_tariff
from queries.demand.optimal_aim import load_after
from queries.demand.optimal_tariff import form_of
from queries.demand.optimal_terms import problem_of
from queries.demand.optimum import READS as OPTIMUM_READS
from queries.demand.optimum import Optimum, optimum
from queries.demand.period_policy import demanded
from queries.demand.response_models import response_models
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

RETURNS = pl.Schema(
    {
        "aim": pl.String(),
        "before": pl.Float64(),
        "after": pl.Float64(),
        "bound": pl.Float64(),
        "gap_share": pl.Float64(),
        "gap_of_gain_share": pl.Float64(),
        "is_certified": pl.Boolean(),
        "rounding_loss": pl.Float64(),
        "boxes": pl.Int64(),
        "peak_kw": pl.Float64(),
        "peak_after_kw": pl.Float64(),
        "peak_at": pl.Datetime("us"),
        "peak_after_at": pl.Datetime("us"),
        "cost_cny": MONEY,
        "cost_after_cny": MONEY,
        "now_cny": MONEY,
        "unanswered_cny": MONEY,
        "answered_cny": MONEY,
        "revenue_change_share": pl.Float64(),
        "rise_share_p95": pl.Float64(),
        "rise_after_share_p95": pl.Float64(),
        "winners": pl.Int64(),
        "losers": pl.Int64(),
        "accounts": pl.Int64(),
        "counted_accounts": pl.Int64(),
        "hours": pl.String(),
        "form": pl.String(),
        "least_ratio": pl.Float64(),
        "policy_ratio": pl.Float64(),
        "by_the_hour_accounts": pl.Int64(),
        "is_other_class": pl.Boolean(),
        "tariff_code": pl.String(),
        "tariff_text": pl.String(),
    }
)
READS = OPTIMUM_READS

_FEN = 100


def optimal_summary(lake: DuckDBPyConnection, *, problem: str) -> pl.DataFrame:
    """One row: the aim, the peak, the cost and the money before and after the best prices.

    Args:
        lake: From ``queries.lake.open_lake``.
        problem: JSON of ``queries.demand.optimal_terms.Problem``.

    Returns:
        ``before``, ``after`` and ``bound`` of the ``aim``, peak [kW] or cost [CNY]: no prices that
        keep the conditions bring it below ``bound``; ``gap_share`` of ``after``, of what is gained
        ``gap_of_gain_share``; ``is_certified`` within the gap asked for. ``rounding_loss``: what
        whole steps of price cost. Peaks of everybody with their begin in standard time; costs at
        the purchase prices supposed. ``now_cny`` the class owes now for energy taken,
        ``unanswered_cny`` (exactly) if nobody answers, ``answered_cny`` as expected after the
        answer. The rise that at most 5 % of the ``counted_accounts`` exceed if nobody answers, and
        of those who all do. ``winners`` and ``losers`` among them by their bills without answer.
        ``policy_ratio`` of peak to valley that 发改价格〔2021〕1093号 asks for at this system's
        swing. ``by_the_hour_accounts`` have prices by the hour today: the laboratory bills the
        others flat.
        ``hours``: today, or found from the load. ``form``: see ``optimal_tariff.Form``.
        ``is_other_class``: the evidence of the model is of other customers.

    Raises:
        OptimalError: no prices keep the conditions, or the class cannot be optimised.
    """
    return pl.DataFrame([_row(optimum(problem_of(problem), lake))], schema=RETURNS)


def _row(found: Optimum) -> dict[str, object]:
    problem, district, search = found.problem, found.district, found.search
    after_kw, _ = load_after(problem, district, search.money.response, found.factors)
    price = np.repeat(np.array(problem.purchase_cny_per_kwh), 4) * SLOT_MINUTES / 60
    counted = district.is_counted
    now, unanswered = district.now_fen[counted], found.unanswered_fen[counted]
    expected = revenue_after(found)
    gain = search.before - found.aim
    model = response_models()[problem.model]
    classes = district.lab.points["customer_class"].drop_nulls().unique()
    conditions, policy = search.conditions, demanded(district.days, district.system_kw)
    return {
        "aim": problem.aim,
        "before": search.before,
        "after": found.aim,
        "bound": found.bound,
        "gap_share": found.gap_share,
        "gap_of_gain_share": max(found.aim - found.bound, 0) / gain if gain > 0 else None,
        "is_certified": found.gap_share <= problem.gap_share,
        "rounding_loss": found.aim - found.found.aim,
        "boxes": found.boxes,
        "peak_kw": district.system_kw.max(),
        "peak_after_kw": after_kw.max(),
        "peak_at": _moment(found, district.system_kw),
        "peak_after_at": _moment(found, after_kw),
        "cost_cny": _money((district.system_kw @ price).sum()),
        "cost_after_cny": _money((after_kw @ price).sum()),
        "now_cny": _money(district.now_fen.sum() / _FEN),
        "unanswered_cny": _money(found.unanswered_fen.sum() / _FEN),
        "answered_cny": _money(expected),
        "revenue_change_share": expected / search.money.target_cny - 1,
        "rise_share_p95": conditions.worst(unanswered / _FEN),
        "rise_after_share_p95": conditions.worst(found.answered_cny[counted]),
        "winners": int((unanswered < now).sum()),
        "losers": int((unanswered > now).sum()),
        "accounts": len(counted),
        "counted_accounts": int(counted.sum()),
        "hours": found.frame.name,
        "form": form_of(district.tariff),
        "least_ratio": found.least_ratio,
        "policy_ratio": policy.least_price_ratio if policy else None,
        "by_the_hour_accounts": int(district.group.sum()),
        "is_other_class": model.form != "none" and not set(classes) <= set(model.customer_classes),
        "tariff_code": district.tariff.code,
        "tariff_text": write_tariff(found.tariff),
    }


def revenue_after(found: Optimum) -> float:
    """Expected revenue: the exact one without answer, and what the answer changes [CNY]."""
    money, prices = found.search.money, found.prices
    without = money.constant_cny + float(prices @ money.slope)
    change = float(money.revenue(prices[None])[0]) - without
    return float(found.unanswered_fen.sum()) / _FEN + change


def _money(amount: float) -> object:
    return cny(np.array([round(amount * _FEN)]))[0]


def _moment(found: Optimum, load_kw: np.ndarray) -> datetime:
    day, slot = divmod(int(load_kw.argmax()), SLOTS_PER_DAY)
    begin = datetime.combine(found.district.days[day], time())
    return begin + timedelta(minutes=slot * SLOT_MINUTES)
