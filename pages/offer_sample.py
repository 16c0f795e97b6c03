"""Offers of the sample, and the campaign its district ran, so that a result is there to see."""

from collections.abc import Callable
from contextlib import closing

from ingest.records.engine import SYSTEM, upgrade
from ingest.records.offer_campaigns import take_over_campaign
from ingest.records.usual_offers import add_usual_offers, read_enrolments
from ingest.simulated.arrival import BESIDE
from queries.customers.offer_candidate_ids import offer_candidate_ids
from queries.customers.offer_records import offer_list
from queries.lake import open_lake
from queries.scope import EVERYTHING
from queries.settings import Settings

_CAMPAIGN = "2025 试点 · 2025 pilot"


def offer_sample(settings: Settings, *, tell: Callable[[str], None]) -> None:
    """Record the usual offers and the district's campaign, if no offer is recorded yet."""
    engine = upgrade(settings)
    enrolments = settings.data / BESIDE / "enrolments.csv"
    if offer_list(engine, EVERYTHING).height or not enrolments.exists():
        return
    add_usual_offers(engine, SYSTEM)
    offers = offer_list(engine, EVERYTHING).filter(kind="policy_benefit")
    with closing(open_lake(settings, EVERYTHING)) as lake:
        known = read_enrolments(enrolments, offer_candidate_ids(lake))
    if offers.is_empty() or known["arm"].n_unique() < 2:
        return
    take_over_campaign(engine, SYSTEM, offers["id"][0], known, _CAMPAIGN)
    tell(f"Offers are recorded, and a campaign of one of them to {known.height} homes.")
