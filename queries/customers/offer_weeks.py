"""How did the two arms of a campaign go, week by week?"""

from datetime import timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.offer_effect import LEAST_CUSTOMERS
from queries.customers.offer_trial import READS as TRIAL_READS
from queries.customers.offer_trial import campaign_trial

RETURNS = pl.Schema(
    {
        "week_begins_on": pl.Date(),
        "is_after": pl.Boolean(),
        "offered_kwh_per_day": pl.Float64(),
        "control_kwh_per_day": pl.Float64(),
        "apart_share": pl.Float64(),
        "apart_low_share": pl.Float64(),
        "apart_high_share": pl.Float64(),
    }
)
READS = TRIAL_READS
_HALF = 1.96


def offer_weeks(lake: DuckDBPyConnection, *, campaign_id: str) -> pl.DataFrame:
    """How far apart the arms were in every week, before the offer and after it.

    Each customer counts by its use over its own mean before the offer, so that the arms lie
    together before it, as far as chance lets them: the eye sees what the figure of
    ``customers/offer_result`` was made of.

    Returns:
        A row a week of seven days, counted from the day the offer was sent; none where an arm has
        fewer than 20 customers. ``offered_kwh_per_day``, ``control_kwh_per_day``: mean use.
        ``apart_share``: mean of the offered less mean of the others, both relative to their own
        history [0–1], with the 95 % interval of that week alone.
    """
    found = campaign_trial(campaign_id, "energy", None, lake)
    trial, sent = found.trial, found.trial.sent_day
    arms = [trial.is_offered, ~trial.is_offered]
    if min(arm.sum() for arm in arms) < LEAST_CUSTOMERS or sent < 1:
        return RETURNS.to_frame()
    with np.errstate(invalid="ignore", divide="ignore"):
        is_read = ~np.isnan(trial.energy_kwh)
        own = np.where(is_read, trial.energy_kwh, 0.0)
        before = own[:, :sent].sum(axis=1) / is_read[:, :sent].sum(axis=1)
    rows = []
    first = sent % 7
    for begin in range(first, trial.energy_kwh.shape[1] - 6, 7):
        days = slice(begin, begin + 7)
        counted = is_read[:, days].sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            used = own[:, days].sum(axis=1) / counted
            relative = used / before
        is_known = np.isfinite(relative)
        parts = [relative[arm & is_known] for arm in arms]
        if min(map(len, parts)) < 2:
            continue
        apart = parts[0].mean() - parts[1].mean()
        error = np.sqrt(sum(part.var(ddof=1) / len(part) for part in parts))
        means = [used[arm & is_known].mean() for arm in arms]
        rows.append(
            {
                "week_begins_on": found.first_day + timedelta(days=begin),
                "is_after": begin >= sent,
                "offered_kwh_per_day": means[0],
                "control_kwh_per_day": means[1],
                "apart_share": apart,
                "apart_low_share": apart - _HALF * error,
                "apart_high_share": apart + _HALF * error,
            }
        )
    return pl.DataFrame(rows, schema=RETURNS)
