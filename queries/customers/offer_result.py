"""What did this offer bring?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.offer_effect import Effect, Estimate, offer_effect
from queries.customers.offer_trial import MEASURES, campaign_trial
from queries.customers.offer_trial import READS as TRIAL_READS

_ESTIMATES = (
    "change_kwh_per_day",
    "difference_kwh_per_day",
    "taker_kwh_per_day",
    "change_share",
)
_BOUNDED = {
    name: pl.Float64()
    for estimate in _ESTIMATES
    for name in (estimate, f"{estimate}_low", f"{estimate}_high")
}
RETURNS = pl.Schema(
    {
        "measure": pl.String(),
        "status": pl.String(),
        "sent_on": pl.Date(),
        "last_day": pl.Date(),
        "offered": pl.Int64(),
        "control": pl.Int64(),
        "left_out": pl.Int64(),
        "control_kwh_per_day": pl.Float64(),
        **_BOUNDED,
        "detectable_share": pl.Float64(),
        "took_share": pl.Float64(),
        "control_took_share": pl.Float64(),
        "p_value": pl.Float64(),
        "is_change": pl.Boolean(),
    }
)
READS = TRIAL_READS
_POWER = 1.43
"""Half an interval of 95 % times this is a change that would show four times in five."""


def offer_result(
    lake: DuckDBPyConnection, *, campaign_id: str, last_day: date | None = None
) -> pl.DataFrame:
    """The change a campaign brought, by its control group, of the day's and the evening's energy.

    By intention to treat: all who were sent the offer against all whom the lot left out, whoever
    took it (``queries.customers.offer_effect``). Only members the user may see are compared.

    Args:
        lake: From ``queries.lake.open_lake``.
        campaign_id: A campaign of an offer.
        last_day: Last day compared; None: the latest read.

    Returns:
        A row a measure (``energy``: the day; ``evening``: 17 to 22 o'clock). ``status`` is
        ``measured``, or ``too_few_customers`` or ``too_few_days``, and all figures null.
        ``change_kwh_per_day`` [kWh a customer and day] and ``change_share`` [of
        ``control_kwh_per_day``] with 95 % intervals in ``…_low`` and ``…_high``;
        ``difference_kwh_per_day`` is the plain difference in differences.
        ``taker_kwh_per_day`` is of those who took it because it was sent; its bounds are null where
        too few did. ``detectable_share``: the change that would have shown in four of five such
        campaigns. ``is_change``: whether a change is claimed.
    """
    rows = []
    for measure in MEASURES:
        found = campaign_trial(campaign_id, measure, last_day, lake)
        days = found.trial.energy_kwh.shape[1]
        effect = offer_effect(found.trial)
        until = pl.Series([found.first_day]).dt.offset_by(f"{days - 1}d")[0]
        rows.append(
            {
                "measure": measure,
                "sent_on": found.campaign.sent_on,
                "last_day": until if found.members.height else None,
                **_figures(effect),
            }
        )
    frame = pl.DataFrame(rows, schema=RETURNS)
    numbers = [name for name, dtype in RETURNS.items() if dtype == pl.Float64]
    is_finite = pl.col(numbers).is_finite()
    return frame.with_columns(pl.when(is_finite).then(pl.col(numbers)))


def _figures(effect: Effect) -> dict[str, object]:
    found: dict[str, object] = {
        name: getattr(effect, name)
        for name in (
            "status",
            "offered",
            "control",
            "left_out",
            "control_kwh_per_day",
            "took_share",
            "control_took_share",
            "p_value",
            "is_change",
        )
    }
    for name in _ESTIMATES:
        estimate: Estimate = getattr(effect, name)
        found |= {
            name: estimate.value,
            f"{name}_low": estimate.low,
            f"{name}_high": estimate.high,
        }
    half = (effect.change_share.high - effect.change_share.low) / 2
    return found | {"detectable_share": half * _POWER}
