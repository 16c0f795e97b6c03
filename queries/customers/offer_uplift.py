"""Whom should this offer go to first, going by a campaign?"""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.offer_effect import adjusted_change
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
READS = TRIAL_READS


def offer_uplift(lake: DuckDBPyConnection, *, campaign_id: str) -> pl.DataFrame:
    """The Qini curve of a campaign: what asking only some would have saved, the best first.

    Learnt from what customers used before the offer: how much, how much of it lately, and how it
    varies (``queries.customers.uplift``). A curve that does not lie above chance for certain says
    that nobody is told apart: then all are asked, or none.

    Returns:
        A row a share of the customers asked [0–1], from none to all, with what is saved [kWh a day,
        over all customers] and its 95 % interval, and by as many drawn by lot; ``qini_kwh`` is the
        mean distance between them, the same in every row. ``status``: ``told_apart``,
        ``not_told_apart``, or ``too_few_customers``: one row, all figures null.
    """
    found = campaign_trial(campaign_id, "energy", None, lake)
    trial = found.trial
    known = adjusted_change(trial)
    columns = _columns(trial.energy_kwh[:, : trial.sent_day])
    is_kept = ~np.isnan(known) & np.isfinite(columns).all(axis=1)
    learnt = learn_uplift(columns[is_kept], trial.is_offered[is_kept], known[is_kept])
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


def _columns(before_kwh: np.ndarray) -> np.ndarray:
    """Of each customer: mean use, its share of late, and how far its days lie apart."""
    if not before_kwh.size:
        return np.full((len(before_kwh), 3), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        is_read = ~np.isnan(before_kwh)
        days = is_read.sum(axis=1)
        own = np.where(is_read, before_kwh, 0.0)
        mean = own.sum(axis=1) / days
        late = own[:, -56:].sum(axis=1) / is_read[:, -56:].sum(axis=1)
        spread = np.sqrt((own**2).sum(axis=1) / days - mean**2)
        return np.stack([np.log(mean), late / mean, spread / mean], axis=1)
