"""What finished trials say of an offer, customer by customer, or that it is supposed still."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection
from sqlalchemy import select

from queries.customers.offer import Value
from queries.customers.offer_effect import MEASURED, Effect, adjusted_change, offer_effect
from queries.customers.offer_habits import READS as HABIT_READS
from queries.customers.offer_habits import as_columns, habits_of
from queries.customers.offer_records import StoredOffer
from queries.customers.offer_trial import READS as TRIAL_READS
from queries.customers.offer_trial import CampaignTrial, campaign_trial
from queries.customers.uplift_by_habit import ByHabit, learn_by_habit
from queries.held import Held
from queries.lake import records_of
from queries.records import OFFER_CAMPAIGNS, OFFERS, version

READS = tuple(dict.fromkeys((*TRIAL_READS, *HABIT_READS)))
LEARNT, MEAN, NO_CHANGE, UNDECIDED, SUPPOSED = (
    "learnt",
    "measured",
    "no_change",
    "undecided",
    "supposed",
)
"""On what an expected change rests: told apart by habits; the mean of a trial, as it shows a change
but nobody different; a trial that shows none and rules out what was supposed; what was supposed, as
a trial could not tell; what was supposed, as there is no trial."""
FINISHED_DAYS = 56
"""Days read after it was sent, from which on a trial counts."""
_HALF = 1.96


CHANGE = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "change_share": pl.Float64(),
        "low_share": pl.Float64(),
        "high_share": pl.Float64(),
    }
)


@dataclass(frozen=True, slots=True)
class Finished:
    """One finished trial.

    Attributes:
        campaign_id: Which.
        effect: As ``customers/offer_result`` tells it.
        by_habit: Whom it tells apart; None: too few customers.
    """

    campaign_id: str
    effect: Effect
    by_habit: ByHabit | None

    @property
    def is_told_apart(self) -> bool:
        """Whether customers are ranked by what was learnt of them."""
        found = self.by_habit
        return self.effect.is_change and found is not None and found.is_told_apart


@dataclass(frozen=True, slots=True)
class Expected:
    """What an offer is expected to do.

    Attributes:
        basis: One of the five above.
        campaign_id: The trial that was asked; None: there is none.
        change: ``usage_point_id``, ``change_share`` [of the use, of who is sent it, below zero
            saved] with its 95 % interval ``low_share``, ``high_share``; empty where it is supposed.
        taken: Shares of takers when sent it and of those who take it because of it; None: supposed.
    """

    basis: str
    campaign_id: str | None = None
    change: pl.DataFrame = field(default_factory=CHANGE.to_frame)
    taken: tuple[float, float] | None = None


_trials: Held[Finished | None] = Held(32)


def expected_change(
    offer: StoredOffer, customers: pl.DataFrame, lake: DuckDBPyConnection
) -> Expected:
    """What the last finished trial of an offer says of customers, else of one of its kind.

    Args:
        offer: Which; one that is not kept yet has no campaign of its own.
        customers: ``usage_point_id``, and ``last_day`` of what is known of all.
        lake: From ``queries.lake.open_lake``, opened for READS.
    """
    finished = _last_finished(offer, lake)
    if finished is None:
        return Expected(SUPPOSED)
    effect, taken = finished.effect, _taken(finished.effect)
    points = customers["usage_point_id"]
    share = effect.change_share
    if finished.is_told_apart and finished.by_habit is not None:
        change = _by_habit(finished.by_habit, customers, lake)
        return Expected(LEARNT, finished.campaign_id, change, taken)
    if effect.is_change:
        change = _same(points, share.value, share.low, share.high)
        return Expected(MEAN, finished.campaign_id, change, taken)
    if share.low <= supposed_share(offer.content.value) <= share.high:
        return Expected(UNDECIDED, finished.campaign_id, taken=taken)
    change = _same(points, 0.0, share.low, share.high)
    return Expected(NO_CHANGE, finished.campaign_id, change, taken)


def supposed_share(value: Value) -> float:
    """The change that is supposed of whom it is sent to, as a share of the use."""
    return max(value.uptake_share - value.unasked_share, 0.0) * value.change_share


def _last_finished(offer: StoredOffer, lake: DuckDBPyConnection) -> Finished | None:
    """Its own last trial that is finished; else the last of its kind."""
    engine = records_of(lake)
    asked = (
        select(OFFER_CAMPAIGNS.c.id)
        .join(OFFERS, OFFERS.c.id == OFFER_CAMPAIGNS.c.offer_id)
        .where(OFFERS.c.kind == offer.kind)
        .order_by(
            (OFFERS.c.id == offer.id).desc(), OFFER_CAMPAIGNS.c.sent_on.desc(), OFFER_CAMPAIGNS.c.id
        )
    )
    with engine.connect() as connection:
        campaigns = list(connection.scalars(asked))
    stamp = version(engine)
    for one in campaigns:
        found = _trials.of(lake, (one, stamp), lambda one=one: _finished(one, lake))
        if found is not None:
            return found
    return None


def _finished(campaign_id: str, lake: DuckDBPyConnection) -> Finished | None:
    found = campaign_trial(campaign_id, "energy", None, lake)
    trial = found.trial
    if trial.energy_kwh.shape[1] - trial.sent_day < FINISHED_DAYS:
        return None
    effect = offer_effect(trial)
    if effect.status != MEASURED:
        return None
    return Finished(campaign_id, effect, _learnt(found, lake))


def _learnt(found: CampaignTrial, lake: DuckDBPyConnection) -> ByHabit | None:
    """By the habits of the year before it was sent."""
    known = habits_of(found.members["usage_point_id"], found.campaign.sent_on, lake)
    own_kwh = known["mean_kwh"].to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        change = adjusted_change(found.trial) / own_kwh
    is_kept = np.isfinite(change) & (own_kwh > 0)
    columns = as_columns(known)[is_kept]
    return learn_by_habit(columns, found.trial.is_offered[is_kept], change[is_kept])


def _by_habit(learnt: ByHabit, customers: pl.DataFrame, lake: DuckDBPyConnection) -> pl.DataFrame:
    """Of everyone, by the habits of its last year."""
    known = habits_of(customers["usage_point_id"], customers["last_day"][0], lake)
    value, low, high = learnt.of(as_columns(known))
    shares = {"change_share": value, "low_share": low, "high_share": high}
    return known.select("usage_point_id").with_columns(
        pl.Series(name, found) for name, found in shares.items()
    )


def _same(points: pl.Series, value: float, low: float, high: float) -> pl.DataFrame:
    shares = {"change_share": value, "low_share": low, "high_share": high}
    return points.to_frame().with_columns(
        pl.lit(found).alias(name) for name, found in shares.items()
    )


def _taken(effect: Effect) -> tuple[float, float] | None:
    """Shares of takers, where more took it because it was sent, for certain (Wald interval)."""
    offered, control = effect.took_share, effect.control_took_share
    variance = offered * (1 - offered) / effect.offered + control * (1 - control) / effect.control
    apart = offered - control
    return (offered, apart) if apart - _HALF * np.sqrt(variance) > 0 else None
