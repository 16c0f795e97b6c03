"""A bill in a browser: it unfolds, keeps its address, and can be taken away."""

import shutil
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from queries.settings import Settings
from tests.bill_district import make_bill_district


@pytest.fixture(scope="module")
def billed(  # noqa: PLR0917 - what makes a lake, and the application on it
    serve: Callable,
    new_lake: Callable[..., Settings],
    register: Callable,
    take: Callable,
    day_row: Callable,
    tmp_path_factory: pytest.TempPathFactory,
) -> Any:
    """The application in demo mode, on a district with bills."""
    made = new_lake()
    make_bill_district(made, register, take, day_row)
    data = tmp_path_factory.mktemp("billed")
    shutil.copytree(made.data / "lake", data / "lake")
    return serve(data, FENGGU_DEMO="1")


def test_a_bill_unfolds_keeps_its_address_and_can_be_taken_away(
    billed: Any, new_page: Callable[..., Page], tmp_path: Any
):
    page = new_page()
    page.goto(f"{billed.url}/billing-bill?customer=C-plant&month=2025-06")
    page.get_by_test_id("stSidebar").get_by_text("中文", exact=True).click()
    expect(page.locator(".bill .total")).to_contain_text("元")
    excess = page.get_by_text("超出部分按 2 倍计：300 kW + 2 × 35 kW = 370 kW")
    expect(excess).to_be_hidden()
    page.locator(".bill summary", has_text="按合同最大需量").click()
    expect(excess).to_be_visible()
    charts = page.locator("[data-testid=stVegaLiteChart] svg")
    expect(charts).to_have_count(4, timeout=30_000)  # nothing a year before to compare with
    expect(page.get_by_test_id("stException")).to_have_count(0)
    page.get_by_test_id("stSidebar").get_by_text("English", exact=True).click()
    expect(page.locator(".bill .names")).to_contain_text("Unit price")
    expect(page.get_by_role("combobox", name="Month", exact=True)).to_have_value("Jun 2025")
    assert "customer=C-plant" in page.url
    page.get_by_text("Show every computation").click()
    expect(page.get_by_text("counts 2 times: 300 kW + 2 × 35 kW = 370 kW")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "billing-bill_C-plant_2025-06.csv"
    assert file.read_text(encoding="utf-8-sig").count("\n") > 10
