"""Every page with readings, as a browser draws it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from ingest.records.accounts import demo_name, set_language
from ingest.records.engine import SYSTEM
from pages.menu import PAGES
from pages.text import t_in
from queries.records import open_records
from queries.settings import Settings
from tests.browser.conftest import expect_done


def _open(page: Page, url: str, language: str) -> None:
    page.goto(url)
    name = {"zh": "中文", "en": "English"}[language]
    page.get_by_test_id("stSidebar").get_by_text(name, exact=True).click()


NEED_MORE_THAN_THE_SAMPLE = {
    "customers.advice",
    "customers.offers",
    "load.forecast",
    "customers.service",
    "load.model_lab",
    "load.trends",
    "customers.portrait",
    "customers.segments",
    "demand.packages",
    "demand.events",
    "market.outlook",
    "market.risk",
}
"""Stored forecasts, portraits, payments, a caller: the sample has none; these say what to do."""


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.key)
def test_every_page_draws_its_charts(
    sampled: Any, familiar: BrowserContext, new_page: Callable[..., Page], entry: Any
):
    if entry.key == "billing.bill":
        pytest.skip("nobody of the sample has an agreement: tests/browser/test_bill.py has bills")
    page = new_page(familiar)
    # Every page opens in Chinese by day, and is switched to English at night while it is shown.
    engine = open_records(Settings(data=sampled.data, database=""))
    set_language(engine, SYSTEM, demo_name("planner"), "zh")
    page.goto(f"{sampled.url}/{entry.url_path}")
    _expect_all_is_drawn(page, entry, "zh")
    page.emulate_media(color_scheme="dark")
    page.get_by_test_id("stSidebar").get_by_text("English", exact=True).click()
    _expect_all_is_drawn(page, entry, "en")


def _expect_all_is_drawn(page: Page, entry: Any, language: str) -> None:
    title = t_in(language, entry.question_key("planner"))
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    # Until then what the page showed before may stand there still.
    expect_done(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    if entry.key in NEED_MORE_THAN_THE_SAMPLE:
        expect(page.get_by_test_id("stAlert").first).to_be_visible()
        return
    expect(page.locator("[data-testid=stVegaLiteChart] svg").first).to_be_visible()
    if entry.shows_readings:
        expect(page.get_by_test_id("stMetricValue").first).not_to_be_empty()


def test_a_link_to_one_feeder_survives_a_change_of_language(sampled: Any, page: Page):
    link = "load-curve?kind=feeder&area=MV4.101-F6&from=2016-12-05&to=2016-12-11"
    _open(page, f"{sampled.url}/{link}", "en")
    expect(page.get_by_role("heading", name="MV4.101-F6")).to_be_visible()
    _open(page, page.url, "zh")
    expect(page.get_by_role("heading", name="MV4.101-F6")).to_be_visible()
    assert "area=MV4.101-F6" in page.url


def test_the_curve_can_be_taken_away(sampled: Any, page: Page, tmp_path: Any):
    _open(page, f"{sampled.url}/load-curve?from=2016-12-31&to=2016-12-31", "zh")
    for label, start in (("CSV", b"\xef\xbb\xbf"), ("XLSX", b"PK"), ("图片", b"\x89PNG")):
        with page.expect_download() as download:
            page.get_by_role("button", name=label).click()
        file = tmp_path / download.value.suggested_filename
        download.value.save_as(file)
        assert file.name.startswith("load-curve_")
        assert file.read_bytes().startswith(start)


def test_what_is_chosen_in_a_box_is_said_in_the_language_switched_to(sampled: Any, page: Page):
    page.goto(f"{sampled.url}/load-curve")
    for name, language in (("English", "en"), ("中文", "zh"), ("English", "en")):
        page.get_by_test_id("stSidebar").get_by_text(name, exact=True).click()
        box = page.get_by_test_id("stSelectbox").filter(has_text=t_in(language, "input.channel"))
        expect(box.locator("input")).to_have_value(t_in(language, "channel.import"))
