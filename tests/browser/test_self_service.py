"""A customer signed in sees its own data and nobody else's: page, deep link, export, assistant."""

import shutil
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ingest.records.accounts import create_account
from ingest.records.engine import SYSTEM, upgrade
from queries.records import audit_lines
from queries.settings import Settings
from tests.browser.conftest import PASSWORD
from tests.customers.service_street import HOMES, service_street

OTHERS = [f"C-{home}" for home in HOMES[1:]]


@pytest.fixture(scope="module")
def served(  # noqa: PLR0917 - what makes a lake, and the application on it
    serve: Callable,
    new_lake: Callable[..., Settings],
    register: Callable,
    take: Callable,
    day_row: Callable,
    tmp_path_factory: pytest.TempPathFactory,
) -> Any:
    """The application on the street, with the customer of C-H00."""
    made = service_street(new_lake(), register, take, day_row)
    data = tmp_path_factory.mktemp("served")
    shutil.copytree(made.data / "lake", data / "lake")
    engine = upgrade(Settings(data=data, database=""))
    create_account(
        engine,
        SYSTEM,
        "anna",
        role="customer",
        password=PASSWORD,
        customer_ids=["C-H00"],
    )
    return serve(data, FENGGU_TARIFF_AREA="liaoning"), engine


def _sign_in(page: Page, url: str, to: str) -> None:
    page.goto(f"{url}/{to}")
    page.fill("[name=user_name]", "anna")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")


def _only_own(page: Page) -> None:
    text = page.locator("body").inner_text()
    assert not [other for other in OTHERS if other in text]
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_customer_sees_the_own_data_only_on_a_phone(
    served: Any, new_page: Callable[..., Page], tmp_path: Any
):
    server, engine = served
    page = new_page(viewport={"width": 390, "height": 844})
    # The deep link names somebody else.
    _sign_in(page, server.url, "customers-my-use?customer=C-H01")
    expect(page.get_by_text("待缴")).to_be_visible(timeout=60_000)
    expect(page.locator("[data-testid=stVegaLiteChart] svg")).to_have_count(2, timeout=60_000)
    _only_own(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    page.get_by_role("radio", name="问一问").click()
    page.get_by_role("textbox", name="用自己的话问").fill("户号CH01还欠多少电费?")
    page.get_by_role("button", name="提问").click()
    # Whoever is named, the answer is about the own account; C-H01 owes 200.00.
    expect(page.get_by_text("目前没有欠费")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("200.00")).to_have_count(0)
    _only_own(page)

    page.get_by_role("radio", name="授权与数据").click()
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    rows = file.read_text(encoding="utf-8-sig").splitlines()
    # 81 days of 96 quarters, and the heading; the home's 5.2 kWh a day and no other's.
    assert len(rows) == 81 * 96 + 1
    assert "C-H00" in file.name
    lines = audit_lines(engine, last=200)
    asked = lines.filter((lines["user_name"] == "anna") & (lines["action"] == "ask load/curve"))
    assert set(asked["subject_id"]) == {"C-H00"}
