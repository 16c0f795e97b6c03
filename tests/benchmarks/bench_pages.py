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
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, sync_playwright

from queries.home.districts import districts
from queries.lake import open_lake
from queries.load.areas import areas
from queries.manifest import LakeError
from queries.scope import EVERYTHING
from queries.settings import PROJECT, Settings, current_settings
from tests.benchmarks.bench_lake import Line
from tests.benchmarks.page_inputs import Action, Change, visits
from tests.browser.conftest import CHROMIUM, FLAGS

_QUIET_MS = 400
"""A page that has not changed for so long after its script's end is drawn."""
_PATIENCE_SECONDS = 20
_IDLE_SECONDS = 0.05
"""Of processor time within half a second: less is nobody's work."""
RECORDS = "fenggu.sqlite"
_WATCH = """
window.benchmark = {changed: 0, acted: 0, ran: 0};
const app = () => document.querySelector('[data-testid=stApp]');
const look = changes => {
  const isHidden = ({type, target}) =>
    target.closest?.('canvas') && (type === 'childList' || target.tagName !== 'CANVAS');
  if (changes.every(isHidden)) return;
  window.benchmark.changed = performance.now();
  if (app()?.dataset.testScriptState === 'running') window.benchmark.ran = performance.now();
};
new MutationObserver(look).observe(document, {subtree: true, childList: true, attributes: true});
for (const kind of ['pointerdown', 'keydown']) document.addEventListener(
  kind, () => { window.benchmark.acted = performance.now(); }, true);
"""
"""Inside a canvas lies what tables tell screen readers, 0.2 s after they are drawn."""
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


@dataclass(frozen=True, slots=True)
class Cost:
    """What one change took: ``cpu_seconds`` of the server, ``wall_seconds`` until drawn."""

    cpu_seconds: float
    wall_seconds: float


def run(only: str | None = None) -> list[Line]:
    """Every page of the district in the data folder; ``only`` the one at this address."""
    if not CHROMIUM.exists():
        return [("pages", f"no browser: expected {CHROMIUM}")]
    settings = current_settings()
    try:
        with closing(open_lake(settings, EVERYTHING)) as lake:
            here = districts(lake).row(0, named=True)
            held = areas(lake, area_kind="customer_id", region_id=here["district_id"])
            callers = held["area_id"].gather([1, 5, 9]).to_list()
    except LakeError as error:
        return [("pages", f"no district in {settings.data}: {error}")]
    days = [f"{here['last_day'] - timedelta(days=back):%Y%m%d}" for back in (1, 9, 40)]
    lines: list[Line] = []
    with _server(settings) as (url, process), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for visit in visits(days, callers):
            if only in {None, visit.address}:
                page = browser.new_page(locale="en-GB", viewport={"width": 1440, "height": 1000})
                page.set_default_timeout(_PATIENCE_SECONDS * 1000)
                page.add_init_script(_WATCH)
                _sign_in(page, url, visit.role)
                costs = _measured(page, f"{url}/{visit.address}", visit.changes, process)
                lines += [
                    (f"{visit.address}: {name}", _told(found)) for name, found in costs.items()
                ]
                page.close()
        browser.close()
    return lines


def _sign_in(page: Page, url: str, role: str) -> None:
    """Have the demo take this browser for ``role``; it opens no page yet."""
    page.request.get(f"{url}/sign-in")
    answer = page.request.post(
        f"{url}/demo-role", form={"role": role, "next": "/"}, headers={"Origin": url}
    )
    if not answer.ok:
        raise ValueError(f"the demo has no role '{role}': {answer.status} {answer.text()}")


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
    """The application in demo mode: the lake where it is, everything that is written elsewhere.

    It is measured once it has made itself ready, as after a start in the morning.
    """
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="fenggu-bench-") as folder:
        for file in settings.data.glob("*.toml"):
            shutil.copy(file, folder)
        _copy_records(settings, Path(folder))
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
            _wait_until_idle(process.pid)
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


def _wait_until_idle(process: int) -> None:
    """Until the server has made ready what pages are made of."""
    for _ in range(120):
        before = _cpu_seconds(process)
        time.sleep(0.5)
        if _cpu_seconds(process) - before < _IDLE_SECONDS:
            return
    raise TimeoutError("the application is still busy a minute after its start")


def _copy_records(settings: Settings, folder: Path) -> None:
    """Bills, offers and tickets beside the lake, as they are now; nothing is written to them."""
    own = settings.data / RECORDS
    if not own.is_file():
        return
    with (
        closing(sqlite3.connect(f"file:{own}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(folder / RECORDS)) as copy,
    ):
        source.backup(copy)
