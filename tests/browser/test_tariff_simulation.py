"""The tariff laboratory as a planner uses it: a price typed into the table, a scenario shared."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from pages.text import t_in


def _open(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_test_id("stSidebar").get_by_text("中文", exact=True).click()
    title = t_in("zh", "billing.tariff_simulation_question")
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.get_by_test_id("stMetricValue").first).not_to_be_empty()


def _type(page: Page, table: Locator, heading: str, row: int, text: str) -> None:
    """Put a value into a cell of a table, which is drawn as one picture."""
    expect(table.locator("tbody tr").first).to_be_attached()
    table.scroll_into_view_if_needed()
    headings = [one.strip() for one in table.locator("th").all_text_contents()]
    box = table.bounding_box()
    assert box
    height = box["height"] / (table.locator("tbody tr").count() + 1)
    page.mouse.click(box["x"] + 20, box["y"] + (row + 1.5) * height)
    for _ in range(headings.index(heading)):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.locator(".gdg-style input, .gdg-style textarea").fill(text)
    page.keyboard.press("Enter")


def test_a_price_typed_into_the_table_moves_revenue_and_a_link_brings_it_back(
    sampled: Any, page: Page, new_page: Callable[..., Page]
):
    _open(page, f"{sampled.url}/billing-tariff-simulation")
    revenue = page.get_by_test_id("stMetricValue").first
    before = revenue.inner_text()
    _type(page, page.get_by_test_id("stDataFrame").first, t_in("zh", "column.price"), 0, "0.9")
    expect(revenue).not_to_have_text(before)
    after = revenue.inner_text()
    page.get_by_role("button", name=t_in("zh", "scenario.button")).click()
    page.get_by_label(t_in("zh", "scenario.name")).fill("涨价")
    page.keyboard.press("Enter")
    page.get_by_role("button", name=t_in("zh", "scenario.save_new")).click()
    expect(page).to_have_url(re.compile(r"scenario=[0-9a-f]{16}"))
    colleague = new_page()
    _open(colleague, page.url)
    expect(colleague.get_by_test_id("stMetricValue").first).to_have_text(after)
    expect(colleague.get_by_role("button", name="涨价")).to_be_visible()
    expect(colleague.get_by_test_id("stException")).to_have_count(0)
