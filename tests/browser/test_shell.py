"""The door and the shell as a user meets them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from ingest.records.accounts import create_account, deactivate
from ingest.records.engine import SYSTEM, upgrade
from pages.menu import PAGES, pages_for
from pages.text import t_in
from queries.scope import ROLES
from queries.settings import Settings
from tests.browser.conftest import PASSWORD, expect_done


def _title(key: str, language: str = "zh") -> re.Pattern:
    return re.compile(re.escape(t_in(language, f"{key}_question")))


def _sign_in(page: Page, url: str, name: str = "li.na") -> None:
    page.goto(url)
    page.fill("[name=user_name]", name)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button").click()
    expect(page.get_by_test_id("stSidebar")).to_be_visible()


def _expect_menu(page: Page, role: str, language: str) -> None:
    entries = [entry for area in pages_for(role).values() for entry in area]
    if len(entries) > 1:  # Streamlit draws no menu for a single page
        titles = [re.compile(f"{t_in(language, entry.key)}$") for entry in entries]
        expect(page.get_by_test_id("stSidebarNavLink")).to_have_text(titles)


def test_on_a_fresh_server_no_deep_link_shows_anything_before_sign_in(
    serve: Callable, page: Page, tmp_path: Any
):
    server = serve(tmp_path)
    for entry in reversed(PAGES):
        page.goto(f"{server.url}/{entry.url_path}")
        expect(page).to_have_url(f"{server.url}/sign-in?next=%2F{entry.url_path}")
        expect(page.get_by_test_id("stApp")).to_have_count(0)


def test_on_a_fresh_server_the_first_deep_link_runs_the_shell(
    serve: Callable, page: Page, tmp_path: Any
):
    server = serve(tmp_path, FENGGU_DEMO="1")
    page.goto(f"{server.url}/{PAGES[-1].url_path}")
    expect(page.get_by_role("heading", name=_title(PAGES[-1].key))).to_be_visible()
    _expect_menu(page, "planner", "zh")


def test_a_password_opens_the_page_asked_for_and_a_reload_keeps_it(installation: Any, page: Page):
    _sign_in(page, f"{installation.url}/?first=1")
    expect(page).to_have_url(f"{installation.url}/?first=1")
    page.reload()
    expect(page.get_by_text("li.na")).to_be_visible()


def test_signing_out_ends_the_session(installation: Any, page: Page):
    _sign_in(page, installation.url)
    page.get_by_text(t_in("zh", "shell.sign_out")).click()
    expect(page.locator("[name=password]")).to_be_visible()
    page.goto(installation.url)
    expect(page.locator("[name=password]")).to_be_visible()


def test_the_language_switch_changes_everything_and_is_remembered(installation: Any, page: Page):
    _sign_in(page, installation.url)
    switch = page.get_by_test_id("stSidebar")
    for name, language in (("English", "en"), ("中文", "zh"), ("English", "en")):
        switch.get_by_text(name, exact=True).click()
        expect(page.get_by_role("heading", name=_title("home.start", language))).to_be_visible()
        _expect_menu(page, "planner", language)
        expect(page.get_by_text(t_in(language, "shell.sign_out"))).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name=_title("home.start", "en"))).to_be_visible()
    page.get_by_text(t_in("en", "shell.sign_out")).click()
    expect(page.get_by_label(t_in("en", "door.password"))).to_be_visible()
    _sign_in(page, installation.url)
    switch.get_by_text("中文", exact=True).click()
    expect(page.get_by_role("heading", name=_title("home.start"))).to_be_visible()


def test_the_language_chosen_before_signing_in_is_the_accounts_from_then_on(
    installation: Any, page: Page
):
    page.goto(installation.url)
    page.get_by_role("link", name="English").click()
    _sign_in(page, f"{installation.url}/", "wang")
    expect(page.get_by_role("heading", name=_title("home.start", "en"))).to_be_visible()


def test_a_page_left_open_ends_with_its_account(installation: Any, page: Page):
    engine = upgrade(Settings(data=installation.data, database=""))
    create_account(engine, SYSTEM, "zhao", role="analyst", password=PASSWORD)
    _sign_in(page, installation.url, "zhao")
    # Drawn in full: scripts and fonts that a page fetches later would be refused, and said to be.
    page.wait_for_load_state("networkidle")
    page.evaluate("Promise.all([...document.fonts].map(font => font.load())).then(() => true)")
    deactivate(engine, SYSTEM, "zhao")
    page.get_by_test_id("stSidebar").get_by_text("English", exact=True).click()
    expect(page.locator("[name=password]")).to_be_visible()


def _play(page: Page, role: str, language: str = "zh") -> None:
    """Switch the demo to a role, and see that the server knows it."""
    box = page.get_by_test_id("stSidebar").get_by_role("combobox")
    name = t_in(language, f"role.{role}")
    box.click()
    # The list is short where the menu above it is long: typing finds what lies further down.
    with page.expect_navigation():
        box.press_sequentially(name)
        page.get_by_role("option", name=name).click()
    expect(box).to_have_value(name)


@pytest.mark.parametrize("role", [role for role in ROLES if role != "planner"])
def test_the_demo_plays_every_role_with_its_own_menu(demo: Any, page: Page, role: str):
    page.goto(demo.url)
    _play(page, role)
    _expect_menu(page, role, "zh")


def test_the_demo_keeps_its_language_across_roles(demo: Any, page: Page):
    page.goto(demo.url)
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_text("English", exact=True).click()
    expect(page.get_by_role("heading", name=_title("home.start", "en"))).to_be_visible()
    _play(page, "analyst", "en")
    expect(page.get_by_role("heading", name=_title("home.start", "en"))).to_be_visible()
    sidebar.get_by_text("中文", exact=True).click()
    expect(page.get_by_role("heading", name=_title("home.start"))).to_be_visible()


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.key)
def test_every_page_opens_from_its_address_in_both_languages_by_day_and_at_night(
    demo: Any, familiar: BrowserContext, new_page: Callable[..., Page], entry: Any
):
    page = new_page(familiar)
    page.emulate_media(color_scheme="dark")
    page.goto(f"{demo.url}/{entry.url_path}")
    for name, language, then in (("English", "en", "light"), ("中文", "zh", "dark")):
        page.get_by_test_id("stSidebar").get_by_text(name, exact=True).click()
        _expect_opened(page, entry, language)
        page.emulate_media(color_scheme=then)
        _expect_opened(page, entry, language)


def _expect_opened(page: Page, entry: Any, language: str) -> None:
    expect(page.get_by_role("heading", name=_title(entry.key, language))).to_be_visible()
    expect_done(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page).to_have_title(re.compile("峰谷"))
