"""Which rule would know best what customers would have used without an event?"""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.demand.baseline_tribunal import SURE, Basis, Verdict, recommended, verdicts
from queries.demand.tribunal_loads import READS as LOAD_READS
from queries.demand.tribunal_loads import STEP_MINUTES, Asked, Tried, tried_rules

_CNY = pl.Decimal(18, 2)
RETURNS = pl.Schema(
    {
        "rule": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "certain": pl.String(),
        "is_bound": pl.Boolean(),
        "is_recommended": pl.Boolean(),
        "is_confirmed": pl.Boolean(),
        "answered_share": pl.Float64(),
        "settlement_error_share": pl.Float64(),
        "bias_share": pl.Float64(),
        "cvrmse_share": pl.Float64(),
        "customer_bias_share": pl.Float64(),
        "customer_cvrmse_share": pl.Float64(),
        "overpaid_cny": _CNY,
        "underpaid_cny": _CNY,
        "chosen_error_share": pl.Float64(),
        "held_error_share": pl.Float64(),
        "p_value": pl.Float64(),
        "customers": pl.Int64(),
        "placebo_days": pl.List(pl.Date()),
        "has_weather": pl.Boolean(),
    }
)
READS = LOAD_READS
_SHARES = (
    "answered_share",
    "bias_share",
    "cvrmse_share",
    "customer_bias_share",
    "customer_cvrmse_share",
    "chosen_error_share",
    "held_error_share",
    "p_value",
)


def baselines(  # noqa: PLR0913 - an area, a period, hours, what counts
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    from_minute: int = 16 * 60,
    until_minute: int = 19 * 60,
    event_days: tuple[date, ...] = (),
    placebo_days: int = 20,
    is_rest_day: bool = False,
    basis: Basis = "customer",
    price_cny_per_kwh: Decimal = Decimal(3),
) -> pl.DataFrame:
    """Every rule of baselines on days without event, where the truth is known.

    The placebo days are those of the highest load in the event's hours. Every second of them
    chooses the rule; on the others it is seen whether it is as good as the best there.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First service date of the history, included.
        last_day: Last service date, included.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region, whose temperatures regression takes; None is
            every region in the user's scope, without temperatures.
        from_minute: First minute of the event's hours [min after midnight, whole hours].
        until_minute: Minute after their last.
        event_days: Days with real events: never looked back to and never a placebo.
        placebo_days: At most so many.
        is_rest_day: Placebo days are rest days, not workdays.
        basis: Whether each ``customer``'s reduction is settled, or the ``total`` of all.
        price_cny_per_kwh: What a kWh of reduction is paid [CNY/kWh].

    Returns:
        A row a rule, best first, bounds and those that answered too seldom last:
        ``answered_share`` [0–1, of customers and days], ``settlement_error_share`` [of the load;
        it ranks the rules], ``bias_share`` and ``cvrmse_share`` of all together, and of the
        median customer; ``overpaid_cny`` and ``underpaid_cny`` of one event if every customer is
        settled; the error on the days that chose (``chosen_error_share``) and were held back
        (``held_error_share``), and ``p_value`` that it is as good as the best there; of how many
        ``customers`` on which ``placebo_days``. ``is_recommended``: least error on the days that
        chose; ``is_confirmed``: on those held back none is better beyond chance. Null: too seldom
        answered. No row where there is no such day.
    """
    asked = Asked(
        first_day=first_day,
        last_day=last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        from_minute=from_minute,
        until_minute=until_minute,
        event_days=event_days,
        placebo_days=placebo_days,
        is_rest_day=is_rest_day,
    )
    tried = tried_rules(lake, asked)
    judged = verdicts(tried.errors_kw, tried.load_kw, 60 // STEP_MINUTES, basis)
    best = recommended(judged, tried.rules)
    rows = [_row(one, tried, best, price_cny_per_kwh) for one in judged]
    return pl.DataFrame(rows, schema=RETURNS).sort(
        "is_bound", "settlement_error_share", "rule", nulls_last=True
    )


def _row(one: Verdict, tried: Tried, best: str | None, price: Decimal) -> dict[str, object]:
    rule = tried.rules[one.rule]
    is_known = np.isfinite(one.error_share)
    figures = {name: getattr(one, name) for name in _SHARES}
    return {
        "rule": one.rule,
        "name": rule.name_zh,
        "name_en": rule.name_en,
        "certain": rule.certain,
        "is_bound": rule.is_bound,
        "is_recommended": one.rule == best,
        "is_confirmed": one.rule == best and not one.p_value < SURE,
        **{name: float(value) if np.isfinite(value) else None for name, value in figures.items()},
        "settlement_error_share": float(one.error_share) if is_known else None,
        "overpaid_cny": _money(one.overpaid_kwh, price) if is_known else None,
        "underpaid_cny": _money(one.underpaid_kwh, price) if is_known else None,
        "customers": tried.load_kw.shape[1],
        "placebo_days": list(tried.dates),
        "has_weather": tried.has_weather,
    }


def _money(energy_kwh: float, price: Decimal) -> Decimal:
    """An estimate in fen: energy to the watt-hour at a price, rounded once."""
    amount = Decimal(f"{energy_kwh:.3f}") * price
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
