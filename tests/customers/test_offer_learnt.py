"""What a list of targets rests on: learnt of customers, a trial's mean, or still supposed."""

from contextlib import closing
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ingest.lake import append, publish, writing
from ingest.records.engine import SYSTEM, upgrade
from ingest.records.offer_campaigns import take_over_campaign
from ingest.records.offers import save_offer
from queries.customers.offer_learnt import (
    LEARNT,
    NO_CHANGE,
    READS,
    SUPPOSED,
    UNDECIDED,
    Expected,
    expected_change,
)
from queries.customers.offer_records import StoredOffer, stored_offer
from queries.lake import open_lake
from queries.schema import DAILY_FEATURES, HOURS
from queries.scope import EVERYTHING
from queries.settings import Settings

FIRST, SENT, LAST = date(2025, 1, 1), date(2025, 4, 1), date(2025, 6, 30)
TRIED, OTHERS = 300, 80
"""Homes of the trial with an effect, and of the trials without."""
SAVED = 0.2
"""Of those sent the offer that use much by night."""
TEXT = {"text_zh": "x", "text_en": "x"}


def _features() -> pl.DataFrame:
    """Every other home uses half by night; of these, every other one saves from April on."""
    random = np.random.default_rng(4)
    days = (LAST - FIRST).days + 1
    is_after = np.arange(days) >= (SENT - FIRST).days
    frames = []
    for number in range(TRIED + OTHERS):
        is_night, is_offered = number % 2 == 1, number % 4 >= 2
        wh = 8000 * np.exp(random.normal(0, 0.4)) * np.exp(random.normal(0, 0.2, days))
        if number < TRIED and is_night and is_offered:
            wh *= np.where(is_after, 1 - SAVED, 1.0)
        share = np.full(24, 0.3 / 16)
        share[[22, 23, 0, 1, 2, 3, 4, 5]] = 0.7 / 8
        by_hour = share if is_night else np.full(24, 1 / 24)
        hours = np.rint(wh[:, None] * by_hour).astype(np.int32)
        frames.append(
            pl.DataFrame(
                {
                    "usage_point_id": f"H{number:03d}",
                    "channel": "import",
                    "service_date": [FIRST + timedelta(days=n) for n in range(days)],
                    "hours_read": 24,
                    **{name: hours[:, n] for n, name in enumerate(HOURS)},
                }
            )
        )
    rows = pl.concat(frames).with_columns(
        service_month=pl.col("service_date").dt.strftime("%Y-%m"), profile_version=pl.lit(1)
    )
    missing = [pl.lit(None).alias(n) for n in DAILY_FEATURES.names if n not in rows.columns]
    return rows.with_columns(missing).select(
        pl.col(name).cast(dtype) for name, dtype in DAILY_FEATURES.schema.items()
    )


@pytest.fixture(scope="module")
def town(new_lake, register) -> Settings:
    settings = new_lake()
    names = [f"H{number:03d}" for number in range(TRIED + OTHERS)]
    register(
        settings,
        usage_points=[{"usage_point_id": one, "customer_id": f"C-{one}"} for one in names],
    )
    with writing(settings) as writer:
        append(writer, DAILY_FEATURES, _features())
        publish(writer)
    return settings


def _offer(settings: Settings, kind: str, chosen: range | None, **value: float) -> StoredOffer:
    """An offer, with a campaign of April to some of the homes."""
    engine = upgrade(settings)
    made = save_offer(
        engine, SYSTEM, kind=kind, name=f"{kind} {value}", content=TEXT | {"value": value}
    )
    if chosen is not None:
        rows = pl.DataFrame(
            {
                "usage_point_id": [f"H{number:03d}" for number in chosen],
                "customer_id": [f"C-H{number:03d}" for number in chosen],
                "arm": ["offered" if number % 4 >= 2 else "control" for number in chosen],
                "first_day": [SENT] * len(chosen),
                "accepted_on": pl.Series([None] * len(chosen), dtype=pl.Date),
            }
        )
        take_over_campaign(engine, SYSTEM, made, rows, kind)
    found = stored_offer(engine, made)
    assert found is not None
    return found


def _expected(settings: Settings, offer: StoredOffer) -> Expected:
    homes = pl.DataFrame({"usage_point_id": ["H300", "H301"], "last_day": [LAST, LAST]})
    with closing(open_lake(settings, EVERYTHING, reads=READS)) as lake:
        return expected_change(offer, homes, lake)


def test_who_lives_as_those_that_saved_is_expected_to_save(town: Settings):
    offer = _offer(town, "policy_benefit", range(TRIED), uptake_share=0.5, change_share=-0.1)
    found = _expected(town, offer)
    assert found.basis == LEARNT
    by_day, by_night = found.change.sort("usage_point_id").rows(named=True)
    assert by_day["change_share"] == pytest.approx(0.0, abs=0.05)
    assert by_night["change_share"] == pytest.approx(-SAVED, abs=0.05)
    for row, planted in ((by_day, 0.0), (by_night, -SAVED)):
        assert row["low_share"] <= planted <= row["high_share"]
    # Nobody's acceptance is on record: who takes it is still supposed.
    assert found.taken is None


def test_a_trial_without_a_change_rules_out_what_was_supposed_or_leaves_it_open(town: Settings):
    others = range(TRIED, TRIED + OTHERS)
    large = _offer(town, "tariff_choice", others, uptake_share=0.9, change_share=-0.5)
    found = _expected(town, large)
    assert found.basis == NO_CHANGE
    assert found.change["change_share"].to_list() == [0.0, 0.0]
    assert (found.change["low_share"] < 0).all()
    small = _offer(town, "retail_package", None, uptake_share=0.5, change_share=-0.02)
    assert _expected(town, small).basis == SUPPOSED
    tried = _offer(town, "retail_package", others, uptake_share=0.5, change_share=-0.021)
    assert _expected(town, tried).basis == UNDECIDED
    # The one that was not sent borrows the trial of its kind.
    assert _expected(town, small).basis == UNDECIDED
