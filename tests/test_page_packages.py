"""The page of packages: what it brings, what is given away, and that it reaches offers."""

import pytest
from streamlit.testing.v1 import AppTest

from ingest.records.engine import upgrade
from pages.demand_packages_charts import package_account
from pages.downloads import png_bytes
from pages.text import LANGUAGES, speak, t_in
from queries.customers.offer_records import offer_list, stored_offer
from queries.demand.package_summary import package_summary
from queries.lake import open_lake
from queries.scope import EVERYTHING
from tests.demand.package_homes import BY_HOURS, PERIOD, homes
from tests.page_visits import PLANNER, Visit, accounts_of, sound, visiting


@pytest.fixture(scope="module")
def place(new_lake, register, take, day_row):
    settings = homes(new_lake(), register, take, day_row)
    return settings, accounts_of(settings, planner=PLANNER)


@pytest.fixture
def visit(place, monkeypatch) -> Visit:
    return visiting(monkeypatch, *place, folder="demand")


def tiles(app: AppTest) -> dict[str, str]:
    return {tile.label: tile.value for tile in app.metric}


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_gains_by_doing_nothing_is_told_at_once(visit, language):
    opened = {"package_policy": "time_of_use", "package_cny_per_cut_kw": 0.0}
    app = visit("packages", language=language, in_session=opened)
    found = tiles(app)
    # one of the town's two homes wins by the hours, and nothing of it changes
    assert found[t_in(language, "package.asked")] == "1"
    assert found[t_in(language, "package.riders")] == "1"
    assert found[t_in(language, "package.net")].startswith("-")
    [warning] = app.warning
    assert warning.icon == ":material/money_off:"


def test_a_rebate_nobody_gains_by_says_what_to_do(visit):
    app = visit("packages", language="en", in_session={"package_cny_per_cut_kw": 0.0})
    told = t_in("en", "package.nobody", losers="2")
    assert told in [one.value for one in app.info]


def test_a_package_is_handed_to_offers_as_one_of_its_own_kind(visit, place):
    app = visit("packages", in_session={"package_policy": "time_of_use"})
    app.text_input(key="package_name").set_value("夜间套餐")
    app.text_area(key="package_text_zh").set_value("夜间用电更省")
    app.text_area(key="package_text_en").set_value("Use the night")
    labels = [one.label for one in app.button]
    app.button[labels.index(t_in("zh", "package.save"))].click().run()
    engine = upgrade(place[0])
    [row] = offer_list(engine, EVERYTHING).iter_rows(named=True)
    assert (row["kind"], row["name"]) == ("package", "夜间套餐")
    kept = stored_offer(engine, row["id"])
    assert kept is not None
    assert kept.content.choice is not None
    assert kept.content.choice.policy == "time_of_use"
    assert kept.content.rebate.cny_per_cut_kw == pytest.approx(100)
    assert kept.content.value.peak_cut_share == pytest.approx(0.1)


def test_a_package_without_words_is_not_kept(visit):
    app = visit("packages", in_session={"package_policy": "time_of_use"})
    app.text_input(key="package_name").set_value("无说明")
    labels = [one.label for one in app.button]
    app.button[labels.index(t_in("zh", "package.save"))].click().run()
    told = [one.value for one in sound(app).warning]
    assert t_in("zh", "offer_error.words") in told


def test_the_account_of_a_package_can_be_drawn(place):
    with open_lake(place[0], EVERYTHING) as lake:
        found = package_summary(lake, **PERIOD, content=BY_HOURS)
    for language in LANGUAGES:
        speak(language)
        assert png_bytes(package_account(found.head(1)))
