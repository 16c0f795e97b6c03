"""Pages in a browser: how long a change of an input takes until all of it is drawn.

The real application serves the district in the data folder (``FENGGU_DATA``) to a headless
Chromium. An input is set to values that nobody has asked about before; what is measured begins with
the click and ends with the last change of the page after its script has finished. The server's
processor time says what a change costs on any machine, the time on the screen only what it took on
this one.
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, sync_playwright

from pages.text import t_in
from queries.home.districts import districts
from queries.lake import open_lake
from queries.manifest import LakeError
from queries.scope import EVERYTHING
from queries.settings import PROJECT, Settings, current_settings
from tests.benchmarks.bench_lake import Line
from tests.browser.conftest import CHROMIUM, FLAGS

_QUIET_MS = 400
"""A page that has not changed for so long after its script's end is drawn."""
_PATIENCE_SECONDS = 20
_WATCH = """
window.benchmark = {changed: 0, acted: 0, ran: 0};
const app = () => document.querySelector('[data-testid=stApp]');
const look = () => {
  window.benchmark.changed = performance.now();
  if (app()?.dataset.testScriptState === 'running') window.benchmark.ran = performance.now();
};
new MutationObserver(look).observe(document, {subtree: true, childList: true, attributes: true});
for (const kind of ['pointerdown', 'keydown']) document.addEventListener(
  kind, () => { window.benchmark.acted = performance.now(); }, true);
"""
_STATE = """() => {
  const isSeen = element => element.getBoundingClientRect().top < innerHeight;
  const seen = what => [...document.querySelectorAll(what)].filter(isSeen);
  return {...window.benchmark, now: performance.now(),
    state: document.querySelector('[data-testid=stApp]')?.dataset.testScriptState,
    waiting: seen('[data-testid=stVegaLiteChart]').filter(
      chart => !chart.querySelector('svg, canvas')).length
      + seen('[data-testid=stSkeleton]').length
      + document.querySelectorAll('[data-testid=stSpinner]').length};
}"""
"""What lies below the screen is drawn when somebody scrolls there."""

Action = Callable[[Page], None]


@dataclass(frozen=True, slots=True)
class Change:
    """One input of a page, and the values it is set to, one after the other.

    Attributes:
        name: What the figures are called.
        actions: Each sets it to another value.
    """

    name: str
    actions: Sequence[Action]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one change took: ``cpu_seconds`` of the server, ``wall_seconds`` until drawn."""

    cpu_seconds: float
    wall_seconds: float


def _choose(label: str, *numbers: int) -> list[Action]:
    """Options of the select box called ``label`` (a key of the texts), counted from 0."""

    def chosen(number: int) -> Action:
        def act(page: Page) -> None:
            page.get_by_role("combobox", name=t_in("en", label), exact=True).click()
            page.locator(f"[role=option][data-key='{number}']").click()

        return act

    return [chosen(number) for number in numbers]


def _press(*texts: str) -> list[Action]:
    """Segments with these words (keys of the texts)."""

    def pressed(text: str) -> Action:
        return lambda page: page.get_by_test_id("stMain").get_by_text(t_in("en", text)).click()

    return [pressed(text) for text in texts]


def _speak(*names: str) -> list[Action]:
    def spoken(name: str) -> Action:
        sidebar = "stSidebar"
        return lambda page: page.get_by_test_id(sidebar).get_by_text(name, exact=True).click()

    return [spoken(name) for name in names]


def _type(test_id: str, *texts: str) -> list[Action]:
    """Dates typed into the only field of its kind, digit by digit."""

    def typed(text: str) -> Action:
        def act(page: Page) -> None:
            field = page.get_by_test_id(test_id).first.locator("[role=spinbutton]").first
            field.click()
            page.keyboard.type(text, delay=15)
            page.keyboard.press("Enter")
            page.keyboard.press("Escape")  # the calendar, should it have opened

        return act

    return [typed(text) for text in texts]


_AREA = [
    Change("kind of area", _choose("input.kind", 1, 3, 4, 5)),
    Change("area", _choose("input.area", 1, 2, 3)),
    Change("back to everything", _choose("input.kind", 0)),
]
_LANGUAGE = [Change("language", _speak("中文", "English"))]
_YEAR = [Change("year", _choose("behaviour.year", 1))]


def _pages(days: Sequence[str]) -> dict[str, list[Change]]:
    """Every page by its address, with its inputs; ``days`` are some before the last one."""
    return {
        "load-trends": [*_AREA, Change("grouping", _choose("groups.by", 2, 3)), *_LANGUAGE],
        "load-transformer-area": [
            Change("area", _choose("area_kind.transformer", 1, 2, 3)),
            Change("period", _choose("area_view.span", 1, 2, 0)),
            Change("day", _type("stDateInput", *days)),
            *_LANGUAGE,
        ],
        "load-realtime": [
            Change("moment", _press("grid.moment_other")),
            Change("day", _type("stDateTimeInput", *days)),
            Change("kind of place", _choose("collection.by", 1, 2)),
            *_LANGUAGE,
        ],
        "load-behaviour": [
            *_AREA,
            Change("grouping", _choose("groups.by", 2, 3)),
            *_YEAR,
            Change("class", _choose("area_kind.customer_class", 1, 2)),
            *_LANGUAGE,
        ],
        "load-saving-potential": [
            *_AREA,
            Change("grouping", _choose("groups.by", 2, 3)),
            *_YEAR,
            *_LANGUAGE,
        ],
        "load-grid-map": [
            Change("colour", _choose("map.color", 1, 2, 0)),
            Change("period", _choose("map.span", 1, 2)),
            Change("feeder", _choose("area_kind.feeder", 1, 2, 3)),
            *_LANGUAGE,
        ],
        "market-outlook": [
            Change("scenario", _choose("outlook.scenario", 1, 2)),
            Change("grouping", _choose("outlook.by", 1, 2)),
            Change("tab", _press("outlook_section.grid", "outlook_section.assumptions")),
            Change("tab", _press("outlook_section.grid")),
            Change("kind of place", _choose("outlook.kind", 1)),
            *_LANGUAGE,
        ],
        "load-forecast": [Change("load", _choose("forecast.series", 1, 2, 3)), *_LANGUAGE],
    }


def run(only: str | None = None) -> list[Line]:
    """Every page of the district in the data folder; ``only`` the one at this address."""
    if not CHROMIUM.exists():
        return [("pages", f"no browser: expected {CHROMIUM}")]
    settings = current_settings()
    try:
        with closing(open_lake(settings, EVERYTHING)) as lake:
            here = districts(lake).row(0, named=True)
    except LakeError as error:
        return [("pages", f"no district in {settings.data}: {error}")]
    days = [f"{here['last_day'] - timedelta(days=back):%Y%m%d}" for back in (1, 9, 40)]
    lines: list[Line] = []
    with _server(settings) as (url, process), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for address, changes in _pages(days).items():
            if only in {None, address}:
                page = browser.new_page(locale="en-GB", viewport={"width": 1440, "height": 1000})
                page.set_default_timeout(_PATIENCE_SECONDS * 1000)
                page.add_init_script(_WATCH)
                costs = _measured(page, f"{url}/{address}", changes, process)
                lines += [(f"{address}: {name}", _told(found)) for name, found in costs.items()]
                page.close()
        browser.close()
    return lines


def _measured(
    page: Page, address: str, changes: Sequence[Change], process: int
) -> dict[str, list[Cost]]:
    """Costs by change: the first view, the same again, every input."""

    def opened(page: Page) -> None:
        page.goto(address)

    costs: dict[str, list[Cost]] = {}
    views = (Change("first view", [opened]), Change("same view again", [opened] * 2))
    for change in (*views, *changes):
        found = costs.setdefault(change.name, [])
        for act in change.actions:
            try:
                found.append(_cost(page, act, process, is_new=change in views))
            except (TimeoutError, PlaywrightError):  # told as not drawn; the others count
                continue
    return costs


def _cost(page: Page, act: Action, process: int, *, is_new: bool = False) -> Cost:
    before = _cpu_seconds(process)
    known = 0.0 if is_new else float(page.evaluate("performance.now()"))
    act(page)
    begin = time.monotonic()
    while time.monotonic() - begin < _PATIENCE_SECONDS:
        seen = page.evaluate(_STATE)
        is_done = seen["state"] == "notRunning" and seen["ran"] > known and not seen["waiting"]
        if is_done and seen["now"] - seen["changed"] > _QUIET_MS:
            acted = 0.0 if is_new else seen["acted"]
            return Cost(_cpu_seconds(process) - before, (seen["changed"] - acted) / 1000)
        page.wait_for_timeout(50)
    raise TimeoutError(
        f"{page.url} was not drawn within {_PATIENCE_SECONDS} s; expected a page whose script ends."
    )


def _told(costs: Sequence[Cost]) -> str:
    if not costs:
        return f"not drawn within {_PATIENCE_SECONDS} s"
    cpu = [cost.cpu_seconds for cost in costs]
    wall = [cost.wall_seconds for cost in costs]
    return (
        f"server {statistics.median(cpu):.2f} s of processor, at worst {max(cpu):.2f}; "
        f"drawn after {statistics.median(wall):.2f} s, at worst {max(wall):.2f}"
    )


def _cpu_seconds(process: int) -> float:
    """Processor time of a process, in all its threads, and of children that have ended [s]."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _server(settings: Settings) -> Iterator[tuple[str, int]]:
    """The application in demo mode: the lake where it is, everything that is written elsewhere."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="fenggu-bench-") as folder:
        for file in settings.data.glob("*.toml"):
            shutil.copy(file, folder)
        own = {
            "FENGGU_DATA": folder,
            "FENGGU_LAKE": str(settings.lake_uri),
            "FENGGU_DATABASE": "",
            "FENGGU_PORT": str(port),
            "FENGGU_DEMO": "1",
        }
        process = subprocess.Popen(  # noqa: S603 (our own program)
            [sys.executable, str(PROJECT / "app.py")],
            env=os.environ | own,
            cwd=PROJECT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_until_healthy(url)
            yield url, process.pid
        finally:
            process.terminate()
            process.wait(30)


def _wait_until_healthy(url: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5):  # noqa: S310
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"the application did not start at {url} within a minute")
