"""A planner puts a scenario together with clicks alone: how many, and what is kept of it."""

import re
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from pages.text import t_in

MINUTES = 3
STEPS = 5
SLOW = 60_000  # a machine under test may be busy


def word(key: str) -> str:
    return t_in("zh", key)


class Planner:
    """Somebody who clicks, and counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.steps = page, 0

    def click(self, what: Locator) -> None:
        what.click()
        self.steps += 1
        self.wait()

    def wait(self) -> None:
        """Until the page has said all it says."""
        self.page.wait_for_timeout(300)
        app = self.page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=SLOW)

    def slide(self, label: str, keys: int) -> None:
        """A slider taken by the keyboard, as one step."""
        self.page.get_by_role("slider", name=label).focus()
        for _ in range(keys):
            self.page.keyboard.press("ArrowRight")
        self.steps += 1
        self.wait()


def tile(page: Page, label: str) -> Locator:
    return page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue")


def test_dear_winter_evenings_a_third_answers_and_vehicles_charge_in_the_valley(
    sampled: Any, page: Page, tmp_path: Path
):
    page.goto(f"{sampled.url}/demand-what-if")
    page.get_by_test_id("stSidebar").get_by_text("中文", exact=True).click()
    planner = Planner(page)
    expect(page.get_by_text(word("what_if.nothing"))).to_be_visible(timeout=SLOW)
    planner.wait()
    expect(tile(page, word("what_if.losers"))).to_have_text("0", timeout=SLOW)
    energy = tile(page, word("what_if.energy_kwh")).inner_text()

    start, main = time.monotonic(), page.get_by_test_id("stMain")
    planner.click(main.get_by_text(word("what_if.dear"), exact=True).first)
    # the small sample ends with December; in January it is the other of the two
    planner.click(main.get_by_role("button", name="Remove 1月"))
    expect(main.get_by_role("button", name="Remove 12月")).to_be_visible()
    expect(main.get_by_role("button", name="Remove 1月")).to_have_count(0)
    planner.click(main.get_by_role("tab", name=word("what_if.vehicles")))
    planner.slide(word("what_if.vehicles_share"), 10)
    planner.click(main.get_by_text(word("what_if.charging_valley")))
    assert time.monotonic() - start < MINUTES * 60
    assert planner.steps == STEPS

    expect(page.get_by_text(word("what_if.nothing"))).to_have_count(0)
    expect(tile(page, word("what_if.losers"))).not_to_have_text("0", timeout=SLOW)
    expect(tile(page, word("what_if.energy_kwh"))).not_to_have_text(energy, timeout=SLOW)
    with page.expect_download(timeout=SLOW) as told:
        page.get_by_test_id("stDownloadButton").get_by_text(word("what_if.report")).click(
            timeout=SLOW
        )
    report = tmp_path / "report.html"
    told.value.save_as(report)
    text = re.sub(r"data:image/png;base64,[^']+", "", report.read_text("utf-8"))
    for row in (
        f"{word('what_if.dear')}</td><td>18:00–21:00 × 4.0",
        f"{word('what_if.months')}</td><td>12<",
        f"{word('what_if.answer_share')}</td><td>30 %",
        f"{word('what_if.vehicles_share')}</td><td>10 %",
        word("what_if.charging_valley"),
    ):
        assert row in text
    assert "http" not in text

    page.get_by_role("button", name=word("scenario.button")).click()
    page.get_by_label(word("scenario.name")).fill("冬季晚峰")
    page.keyboard.press("Enter")
    page.get_by_role("button", name=word("scenario.save_new")).click()
    expect(page).to_have_url(re.compile(r"scenario=[0-9a-f]{16}"))
    planner.wait()
    page.keyboard.press("Escape")
    main.get_by_text(word("what_if.section_comparison")).click()
    planner.wait()
    expect(main.get_by_role("button", name="Remove 冬季晚峰")).to_be_visible()
    expect(main.get_by_test_id("stDataFrame")).to_be_visible()
    expect(main.get_by_test_id("stVegaLiteChart")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
