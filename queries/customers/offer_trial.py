"""The readings of a campaign's members, as the comparison of its arms takes them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.offer_effect import RECENT_DAYS, YEAR_DAYS, Trial
from queries.customers.offer_lot import OFFERED
from queries.customers.offer_records import Campaign, stored_campaign
from queries.lake import records_of
from queries.run import QuestionError

Measure = Literal["energy", "evening"]
MEASURES: tuple[Measure, ...] = ("energy", "evening")
"""The whole day, and the evening from 17 to 22 o'clock, when the grid is fullest."""
READS = ("daily_features", "usage_points", "records")
_EVENING_HOURS = range(17, 22)
_HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class CampaignTrial:
    """A campaign with what its members used.

    Attributes:
        campaign: As it was recorded.
        members: Those the reader may see, in the order of the trial's rows.
        first_day: The first of the trial's days.
        trial: Of them.
    """

    campaign: Campaign
    members: pl.DataFrame
    first_day: date
    trial: Trial


def campaign_trial(
    campaign_id: str, measure: Measure, last_day: date | None, lake: DuckDBPyConnection
) -> CampaignTrial:
    """The members of a campaign that a scope shows, and what they used on every day.

    A day counts where all of its hours were read.

    Raises:
        QuestionError: there is no such campaign.
    """
    campaign = stored_campaign(records_of(lake), campaign_id)
    if campaign is None:
        raise QuestionError(f"campaign '{campaign_id}' does not exist. Choose one of an offer's.")
    first_day = campaign.sent_on - timedelta(days=YEAR_DAYS + RECENT_DAYS)
    rows = lake.sql(
        f"""
        select
            features.usage_point_id,
            features.service_date,
            sum({_sum(measure)})::double / 1000 as kwh
        from daily_features as features
        inner join usage_points using (usage_point_id)
        where list_contains($points, features.usage_point_id)
            and (features.channel = 'import' or starts_with(features.channel, 'import.'))
            and features.hours_read = {_HOURS_A_DAY}
            and features.service_date >= $first_day
            and ($last_day is null or features.service_date <= $last_day)
        group by features.usage_point_id, features.service_date
        order by features.usage_point_id, features.service_date
        """,  # noqa: S608 - columns of our own
        params={
            "points": campaign.members["usage_point_id"].to_list(),
            "first_day": first_day,
            "last_day": last_day,
        },
    ).pl()
    seen = rows["usage_point_id"].unique(maintain_order=True)
    members = seen.to_frame().join(
        campaign.members, on="usage_point_id", how="left", maintain_order="left"
    )
    if rows.is_empty():
        nothing = np.zeros((0, 1))
        empty = Trial(nothing, 0, np.zeros(0, bool), np.zeros(0, bool))
        return CampaignTrial(campaign, members, first_day, empty)
    first, last = rows["service_date"].min(), rows["service_date"].max()
    assert isinstance(first, date)  # noqa: S101 - there are rows
    assert isinstance(last, date)  # noqa: S101
    energy = np.full((len(seen), (last - first).days + 1), np.nan)
    place = rows["usage_point_id"].rle_id().to_numpy()
    day = (rows["service_date"] - first).dt.total_days().to_numpy()
    energy[place, day] = rows["kwh"].to_numpy()
    sent = min(max((campaign.sent_on - first).days, 0), energy.shape[1])
    took = members["accepted_on"].str.to_date() <= last
    trial = Trial(
        energy,
        sent,
        (members["arm"] == OFFERED).to_numpy(),
        took.fill_null(value=False).to_numpy(),
        members["stratum"].rank("dense").to_numpy().astype(int),
    )
    return CampaignTrial(campaign, members, first, trial)


def _sum(measure: Measure) -> str:
    hours = range(_HOURS_A_DAY) if measure == "energy" else _EVENING_HOURS
    return " + ".join(f"features.h{hour:02d}" for hour in hours)
