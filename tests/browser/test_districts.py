"""The switch between districts, as a planner uses it."""

import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pages.text import t_in
from queries.settings import Settings


@pytest.fixture(scope="module")
def districts(
    serve: Callable, district_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """The application in demo mode, on a lake with an older and a simulated district."""
    data = tmp_path_factory.mktemp("districts")
    shutil.copytree(district_settings.data / "lake", data / "lake")
    return serve(data, FENGGU_DEMO="1")


def test_switching_the_district_changes_the_page_its_days_and_its_address(
    districts: Any, page: Page
):
    page.goto(f"{districts.url}/load-curve?from=2025-06-01&to=2025-06-10")
    note = page.get_by_text(t_in("zh", "shell.simulated"))
    expect(page.get_by_role("heading", name="新城区（仿真）")).to_be_visible()
    expect(note).to_be_visible()
    page.get_by_test_id("stSidebar").get_by_text("旧城区").click()
    expect(page.get_by_role("heading", name="旧城区 · 2016年12月1日")).to_be_visible()
    expect(note).to_have_count(0)
    expect(page).to_have_url(re.compile("district=old"))
    expect(page).to_have_url(re.compile("from=2016-12-01&to=2016-12-31"))
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_the_district_stays_from_page_to_page_and_after_a_reload(districts: Any, page: Page):
    page.goto(f"{districts.url}/?district=old")
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("100.0 kWh")
    page.get_by_test_id("stSidebar").get_by_text(t_in("zh", "load.curve"), exact=True).click()
    expect(page.get_by_role("heading", name="旧城区")).to_be_visible()
    expect(page).to_have_url(re.compile("/load-curve.*district=old"))
    page.reload()
    expect(page.get_by_role("heading", name="旧城区")).to_be_visible()
    page.get_by_test_id("stSidebar").get_by_text("English", exact=True).click()
    expect(page.get_by_role("heading", name="Old town")).to_be_visible()
    page.get_by_test_id("stSidebar").get_by_text("中文", exact=True).click()
    expect(page.get_by_role("heading", name="旧城区")).to_be_visible()
