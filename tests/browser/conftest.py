"""A real browser before the real application: it may fetch nothing from elsewhere."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from ingest.records.accounts import create_account
from ingest.records.engine import SYSTEM, upgrade
from queries.settings import Settings

expect.set_options(timeout=15_000)  # a machine under test may be busy

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "long enough 峰谷"  # noqa: S105

# On a deep link Streamlit first looks for its server below the page's own address.
STREAMLIT_LOOKS_FOR_ITSELF = ("/_stcore/health", "/_stcore/host-config")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts and item.get_closest_marker("browser") is None:
            item.add_marker(pytest.mark.browser)


# Not for the session: Playwright's own event loop would run on beside all tests that follow.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without a window."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser: expected {CHROMIUM} (Debian's package chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def familiar(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that has been here: what all pages load alike it need not load again."""
    context = browser.new_context(locale="zh-CN")
    yield context
    context.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Pages of a browser without history; at the end, nothing foreign was asked for or logged.

    Call it with Playwright's context options, ``new_page(locale="en-GB")``, or with a context that
    has a history, which stays open.
    """
    opened: list[BrowserContext | Page] = []
    complaints: list[str] = []

    def watch(message: ConsoleMessage) -> None:
        at = urlsplit(message.location.get("url", "")).path
        if message.type == "error" and not (
            "404" in message.text and at.endswith(STREAMLIT_LOOKS_FOR_ITSELF)
        ):
            complaints.append(f"console: {message.text} ({at})")

    def open_page(known: BrowserContext | None = None, **options: object) -> Page:
        context = known or browser.new_context(**{"locale": "zh-CN", **options})  # type: ignore[arg-type]
        page = context.new_page()
        opened.append(page if known else context)
        page.set_default_timeout(20_000)
        page.on("console", watch)
        page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
        page.on("request", lambda request: complaints.extend(_outside(request.url)))
        page.on("websocket", lambda socket: complaints.extend(_outside(socket.url)))
        return page

    yield open_page
    for one in opened:
        one.close()
    assert complaints == []


def expect_done(page: Page) -> None:
    """The page's script has run to its end: what it no longer shows is gone."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def _outside(url: str) -> list[str]:
    parts = urlsplit(url)
    is_ours = parts.scheme in {"data", "blob"} or parts.hostname == "127.0.0.1"
    return [] if is_ours else [f"request to another machine: {url}"]


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """One page in Chinese; see ``new_page``."""
    return new_page()


@pytest.fixture(scope="session")
def installation(serve: Callable, tmp_path_factory: pytest.TempPathFactory):
    """The application with the accounts li.na (planner) and wang (customer)."""
    data = tmp_path_factory.mktemp("installation")
    engine = upgrade(Settings(data=data, database=""))
    create_account(
        engine, SYSTEM, "li.na", role="planner", password=PASSWORD, sees_every_region=True
    )
    create_account(engine, SYSTEM, "wang", role="customer", password=PASSWORD, customer_ids=["C1"])
    return serve(data)


@pytest.fixture(scope="session")
def demo(serve: Callable, tmp_path_factory: pytest.TempPathFactory):
    """The application in demo mode."""
    return serve(tmp_path_factory.mktemp("demo"), FENGGU_DEMO="1")


@pytest.fixture(scope="session")
def sampled(serve: Callable, sample_settings: Settings, tmp_path_factory: pytest.TempPathFactory):
    """The application in demo mode, on the small sample lake."""
    data = tmp_path_factory.mktemp("sampled")
    shutil.copytree(sample_settings.data / "lake", data / "lake")
    return serve(data, FENGGU_DEMO="1")
