"""What offers and segments may ask of customers: a row a usage point, a meaning for every field."""

import tomllib
from contextlib import closing
from datetime import UTC, datetime

import polars as pl
import pytest

from ingest.lake import append, publish, writing
from queries.customers.offer_rules import ELIGIBLE, eligibility, read_rules
from queries.customers.portrait_fields import FIELDS, RETURNS, portrait_fields
from queries.lake import open_lake
from queries.schema import PORTRAIT_MONEY, PORTRAITS
from queries.scope import EVERYTHING, Scope
from queries.settings import PROJECT
from tests.customers.portrait_row import portrait_row

_NOW = datetime(2026, 1, 5, tzinfo=UTC)
_BARE = ("_ratio", "regularity", "power_factor", "_squared", "_months")
"""Ends of the names of numbers without a unit."""


@pytest.fixture(scope="module")
def street(new_lake, register):
    """Two shops of one account, a home of another; the home's money is of two months."""
    settings = new_lake()
    register(
        settings,
        regions=[{"region_id": "town"}],
        usage_points=[
            {"usage_point_id": point, "customer_id": customer, "region_id": "town"}
            for point, customer in (("S1", "shop"), ("S2", "shop"), ("H", "home"))
        ],
    )
    portraits = [
        portrait_row(point, customer_id=customer, valley_share=share, month="2025-06")
        for point, customer, share in (("S1", "shop", 0.4), ("S2", "shop", 0.2), ("H", "home", 0.1))
    ]
    money = [
        {"customer_id": "shop", "month": "2025-06", "choice_saving_cny": 900, "bill_cny": 12000},
        {"customer_id": "home", "month": "2025-05", "bill_cny": 1},
        {"customer_id": "home", "month": "2025-06", "bill_cny": 1500, "next_year_cny": 1600.0},
    ]
    with writing(settings) as writer:
        append(writer, PORTRAITS, pl.DataFrame(portraits, schema=PORTRAITS.schema))
        rows = [dict.fromkeys(PORTRAIT_MONEY.names) | {"received_at": _NOW} | one for one in money]
        append(writer, PORTRAIT_MONEY, pl.DataFrame(rows, schema=PORTRAIT_MONEY.schema))
        publish(writer)
    return settings


def test_every_usage_point_has_the_newest_money_of_its_account(street):
    with closing(open_lake(street, EVERYTHING)) as lake:
        found = portrait_fields(lake)
    asked = found.select("usage_point_id", "valley_share", "bill_cny", "choice_saving_cny")
    assert asked.sort("usage_point_id").rows() == [
        ("H", 0.1, 1500.0, None),
        ("S1", 0.4, 12000.0, 900.0),
        ("S2", 0.2, 12000.0, 900.0),
    ]


def test_an_offer_may_ask_for_use_and_money_together(street):
    """Who uses little in the valley and could save: one of the shop's two usage points."""
    rules = read_rules(
        [
            {"column": "choice_saving_cny", "test": "at_least", "value": 500},
            {"column": "valley_share", "test": "at_most", "value": 0.3},
        ],
        RETURNS,
    )
    with closing(open_lake(street, EVERYTHING)) as lake:
        found = portrait_fields(lake)
    verdict = dict(zip(found["usage_point_id"], eligibility(found, rules), strict=True))
    assert verdict == {"H": "unknown", "S1": "valley_share", "S2": ELIGIBLE}


def test_a_customer_is_not_told_what_is_expected_of_it(street):
    scope = Scope("h", "customer", customer_ids=frozenset({"home"}))
    with closing(open_lake(street, scope)) as lake:
        found = portrait_fields(lake)
    assert found.select("usage_point_id", "bill_cny", "next_year_cny").rows() == [
        ("H", 1500.0, None)
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_field_has_a_name_a_meaning_and_a_unit(language):
    text = tomllib.loads((PROJECT / f"pages/text/{language}.toml").read_text("utf-8"))
    for name, field in FIELDS.items():
        assert text["portrait_feature"][name], name
        assert text["portrait_definition"][name], name
        assert field.zh, name
        is_bare = name.endswith(_BARE)
        assert bool(field.unit) == (field.kind == "number" and not is_bare), name
