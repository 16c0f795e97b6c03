"""Whom should this offer go to first, going by a campaign?"""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.offer_effect import adjusted_change
from queries.customers.offer_habits import READS as HABIT_READS
from queries.customers.offer_habits import as_columns, habits_of
from queries.customers.offer_trial import READS as TRIAL_READS
from queries.customers.offer_trial import campaign_trial
from queries.customers.uplift import TOO_FEW, learn_uplift

RETURNS = pl.Schema(
    {
        "status": pl.String(),
        "offered": pl.Int64(),
        "control": pl.Int64(),
        "asked_share": pl.Float64(),
        "saved_kwh": pl.Float64(),
        "saved_low_kwh": pl.Float64(),
        "saved_high_kwh": pl.Float64(),
        "chance_kwh": pl.Float64(),
        "qini_kwh": pl.Float64(),
        "qini_low_kwh": pl.Float64(),
        "qini_high_kwh": pl.Float64(),
    }
)
READS = tuple(dict.fromkeys((*TRIAL_READS, *HABIT_READS)))


def offer_uplift(lake: DuckDBPyConnection, *, campaign_id: str) -> pl.DataFrame:
    """The Qini curve of a campaign: what asking only some would have saved, the best first.

    Customers are ranked as ``customers/offer_targets`` ranks them, by how they lived in the year
    before the offer (``offer_habits``), each by a regression that did not see it. A curve that does
    not lie above chance for certain says that nobody is told apart: then all are asked, or none.

    Returns:
        A row a share of the customers asked [0–1], from none to all, with what is saved [kWh a day,
        over all customers] and its 95 % interval, and by as many drawn by lot; ``qini_kwh`` is the
        mean distance between them, the same in every row. ``status``: ``told_apart``,
        ``not_told_apart``, or ``too_few_customers``: one row, all figures null.
    """
    found = campaign_trial(campaign_id, "energy", None, lake)
    trial = found.trial
    known = adjusted_change(trial)
    habits = habits_of(found.members["usage_point_id"], found.campaign.sent_on, lake)
    mean_kwh = habits["mean_kwh"].to_numpy()
    with np.errstate(invalid="ignore"):
        is_kept = ~np.isnan(known) & (mean_kwh > 0)
    columns = as_columns(habits)[is_kept]
    own = trial.is_offered[is_kept]
    learnt = learn_uplift(columns, mean_kwh[is_kept], own, known[is_kept])
    arms = {
        "status": learnt.status,
        "offered": int((is_kept & trial.is_offered).sum()),
        "control": int((is_kept & ~trial.is_offered).sum()),
    }
    if learnt.status == TOO_FEW:
        return pl.DataFrame([arms], schema=RETURNS)
    qini, low, high = learnt.qini
    return pl.DataFrame(
        [
            arms
            | {
                "asked_share": float(asked),
                "saved_kwh": float(saved),
                "saved_low_kwh": float(saved_low),
                "saved_high_kwh": float(saved_high),
                "chance_kwh": float(chance),
                "qini_kwh": qini,
                "qini_low_kwh": low,
                "qini_high_kwh": high,
            }
            for asked, saved, saved_low, saved_high, chance in zip(
                learnt.asked_share,
                learnt.saved,
                learnt.low,
                learnt.high,
                learnt.chance,
                strict=True,
            )
        ],
        schema=RETURNS,
    )
