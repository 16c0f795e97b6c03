"""What would other rules of baselines have measured in an event, and how right are they?"""

from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.baseline_rules import Rule, baseline_rules
from queries.demand.baseline_tribunal import SURE, Verdict, recommended, verdicts
from queries.demand.event_called import called_event
from queries.demand.event_loads import READS as LOAD_READS
from queries.demand.event_loads import event_loads
from queries.demand.event_placebos import (
    Tried,
    days_like,
    standard_error_kw,
    standard_errors_kw,
    tried_on,
)
from queries.demand.event_settlement import settlement_rows

RETURNS = pl.Schema(
    {
        "rule": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "is_bound": pl.Boolean(),
        "is_used": pl.Boolean(),
        "is_recommended": pl.Boolean(),
        "is_confirmed": pl.Boolean(),
        "measured_kw": pl.Float64(),
        "customers": pl.Int64(),
        "confirmed_kw": pl.Decimal(18, 3),
        "amount_cny": pl.Decimal(18, 2),
        "standard_error_kw": pl.Float64(),
        "bias_share": pl.Float64(),
        "error_share": pl.Float64(),
        "answered_share": pl.Float64(),
        "placebo_days": pl.List(pl.Date()),
    }
)
READS = LOAD_READS


def event_rules(lake: DuckDBPyConnection, *, event_id: str) -> pl.DataFrame:
    """Every rule on one event, and on days like it when nobody was called.

    The placebo days are those of the same kind nearest to the event's in temperature, within 400
    days before it and 45 after it. Every second of them chooses the rule, by the errors customer by
    customer; on the others it is seen whether any other is better beyond chance. What was measured
    in the event itself has no part in it.

    Args:
        lake: From ``queries.lake.open_lake``.
        event_id: Of ``response_events``.

    Returns:
        A row a rule, the one used first, then by ``error_share``, bounds last: ``measured_kw``,
        the mean reduction of all ``customers`` that took part and have a baseline and readings;
        ``confirmed_kw`` and ``amount_cny`` if the event were settled by it; ``standard_error_kw``,
        root mean square of the error of all together on the placebo days; ``bias_share`` and
        ``error_share`` of the load there (signed of all; without sign, customer by customer);
        ``is_recommended`` and ``is_confirmed`` as in ``demand/baselines``. Null: cannot be said.
    """
    asked = called_event(lake, event_id)
    if not asked.points:
        return RETURNS.to_frame()
    rules = baseline_rules()
    loads = event_loads(lake, asked, with_controls=True)
    tried = tried_on(loads.history, days_like(loads.history, loads.event), rules, loads.called)
    judged = {one.rule: one for one in judged_rules(tried)}
    best = recommended(list(judged.values()), rules)
    rows = []
    for code, rule in rules.items():
        errors_kw = standard_errors_kw(tried.error_kw[code])
        lines = settlement_rows(asked, loads, rule, errors_kw)
        rows.append(
            {
                "rule": code,
                "is_used": code == asked.terms.baseline_rule,
                "is_recommended": code == best,
                "standard_error_kw": standard_error_kw(tried.error_kw[code]),
                "placebo_days": [loads.history.dates[day] for day in tried.days],
                **_named(rule),
                **_measured(lines),
                **_judged(judged[code], is_best=code == best),
            }
        )
    return pl.DataFrame(rows, schema=RETURNS).sort(
        "is_bound", "is_used", "error_share", descending=[False, True, False], nulls_last=True
    )


def judged_rules(*tried: Tried) -> list[Verdict]:
    """The verdicts on the placebo days of one event or several.

    Those called differ from event to event; each event's are other columns.
    """
    codes = list(tried[0].error_kw)
    errors = {code: _beside([one.error_kw[code] for one in tried])[..., None] for code in codes}
    return verdicts(errors, _beside([one.load_kw for one in tried])[..., None], 1)


def _beside(parts: list[np.ndarray]) -> np.ndarray:
    """Blocks on the diagonal, NaN elsewhere."""
    rows, columns = (sum(one.shape[axis] for one in parts) for axis in (0, 1))
    found = np.full((rows, columns), np.nan)
    row = column = 0
    for one in parts:
        found[row : row + one.shape[0], column : column + one.shape[1]] = one
        row, column = row + one.shape[0], column + one.shape[1]
    return found


def _named(rule: Rule) -> dict[str, Any]:
    return {"name": rule.name_zh, "name_en": rule.name_en, "is_bound": rule.is_bound}


def _measured(lines: list[dict[str, Any]]) -> dict[str, Any]:
    took_part = [one for one in lines if one["outcome"] != "opted_out"]
    known = [one["reduction_kw"] for one in took_part if one["reduction_kw"] is not None]
    return {
        "measured_kw": float(sum(known)) if known else None,
        "customers": len(known),
        "confirmed_kw": sum((one["confirmed_kw"] for one in lines), Decimal(0)),
        "amount_cny": sum((one["amount_cny"] for one in lines), Decimal(0)),
    }


def _judged(judged: Verdict, *, is_best: bool) -> dict[str, Any]:
    return {
        "is_confirmed": is_best and not judged.p_value < SURE,
        "bias_share": _share(judged.bias_share),
        "error_share": _share(judged.error_share),
        "answered_share": _share(judged.answered_share),
    }


def _share(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
