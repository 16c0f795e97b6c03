"""Fixtures that many tests share."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

import polars as pl
import pytest
from streamlit.components.v2 import manifest_scanner

from ingest.batch import PROFILES_READ, Batch
from ingest.lake import publish, writing
from ingest.master.reading import MasterBatch
from ingest.master.store import store_reference
from ingest.merge import Arrival
from ingest.store import Stored, derive, derive_completeness, store
from pages.text import FIRST_LANGUAGE, speak
from queries.schema import SLOTS, TABLES
from queries.settings import PROJECT, Settings
from tests.empty_lake import empty_lake
from tests.load.town_with_weather import town
from tests.sample_slice import slice_of_the_sample
from tests.two_districts import two_districts

SHARED_DATA = PROJECT.parent / "shared" / "data"

BEGIN_WITH = (
    "test_notebooks.py",
    "browser/test_pages.py",
    "browser/test_shell.py",
    "billing/test_urdb.py",
    "faults/test_kill.py",
    "test_past.py",
    "customers/test_portrait_money.py",
    "ingest/collection/test_service.py",
    "test_scope.py",
    "browser/test_what_if_scenario.py",
    "ingest/collection/test_sessions_698_scalers.py",
    "customers/test_advice.py",
    "browser/test_districts.py",
    "browser/test_tariff_simulation.py",
    "demand/test_event_settlement.py",
    "load/test_forecast.py",
    "ingest/collection/test_sessions_698_security.py",
)
"""Files that take longest, the longest first: one that began last would leave the other processes
without work."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {Path(__file__).parent / name: number for number, name in enumerate(BEGIN_WITH)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


@pytest.fixture(autouse=True)
def _first_language() -> Iterator[None]:
    """A test that chose a language leaves the first one to the next."""
    yield
    speak(FIRST_LANGUAGE)


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_the_disk() -> Iterator[None]:
    """Nobody cuts the power of a test: what it writes need not reach the medium.

    Programs that a test starts, and kills, write as they always do.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _components_are_looked_for_once() -> Iterator[None]:
    """Nothing is installed while tests run.

    Streamlit's AppTest reads what every installed package says of itself for each page it opens,
    more than half the time of a visit.
    """
    with pytest.MonkeyPatch.context() as patch:
        scan = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data kept outside the repository; its SOURCES.md says what is there."""
    if not SHARED_DATA.exists():
        pytest.skip("real data is not here: expected the folder ../shared/data")
    return SHARED_DATA


@dataclass(frozen=True)
class Server:
    """A running application of its own, with its own data folder."""

    url: str
    data: Path
    log: Path


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start the application on a free port of this machine; all are stopped at the end.

    Call it with the data folder and any settings: ``serve(data, FENGGU_DEMO="1")``.
    """
    running: list[subprocess.Popen] = []

    def start(data: Path, **settings: str) -> Server:
        with closing(socket.create_server(("127.0.0.1", 0))) as probe:
            port = probe.getsockname()[1]
        inherited = {key: value for key, value in os.environ.items() if key[:7] != "FENGGU_"}
        own = {"FENGGU_DATA": str(data), "FENGGU_PORT": str(port), **settings}
        log = tmp_path_factory.mktemp("server") / "log.txt"
        with log.open("w") as out:
            running.append(
                subprocess.Popen(  # noqa: S603 (our own program)
                    [sys.executable, str(PROJECT / "app.py")],
                    env=inherited | own,
                    cwd=PROJECT,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                )
            )
        server = Server(f"http://127.0.0.1:{port}", data, log)
        _wait_until_healthy(server, running[-1])
        return server

    yield start
    for process in running:
        process.terminate()
    for process in running:
        process.wait(30)


def _wait_until_healthy(server: Server, process: subprocess.Popen) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=5):  # noqa: S310
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the application did not start; it says:\n{server.log.read_text()}")


@pytest.fixture(scope="session")
def new_lake(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Settings]:
    """Make an empty lake: ``new_lake()``, ``new_lake(zone_name="Europe/Berlin")``."""

    def make(**settings: object) -> Settings:
        data = tmp_path_factory.mktemp("data") / "with a blank 峰谷"
        return empty_lake(Settings.model_validate({"data": data, **settings}))

    return make


@pytest.fixture
def empty_settings(new_lake: Callable[..., Settings]) -> Settings:
    """Settings of an empty lake of its own."""
    return new_lake()


def _day(  # a row of energy_profiles as a collector reads it
    values: Mapping[int, int] | Sequence[int | None],
    *,
    point: str = "P1",
    channel: str = "import",
    day: date = date(2024, 6, 3),
    interval: int = 60,
    letters: Mapping[int, str] | str | None = None,
    issued: datetime | None = None,
) -> pl.DataFrame:
    by_number = dict(enumerate(values)) if isinstance(values, Sequence) else values
    every = interval // 15
    row: dict[str, object] = {name: None for name in PROFILES_READ}  # noqa: C420 - its type
    row |= {SLOTS[number * every]: value for number, value in by_number.items()}
    if letters:
        marks = dict.fromkeys(by_number, letters) if isinstance(letters, str) else letters
        present = {n * every for n, value in by_number.items() if value is not None}
        text = ["A" if slot in present else "N" for slot in range(96)]
        for number, letter in marks.items():
            text[number * every] = letter
        row["quality"] = "".join(text)
    row |= {
        "usage_point_id": point,
        "channel": channel,
        "service_date": day,
        "interval_minutes": interval,
        "issued_at": issued,
    }
    return pl.DataFrame([row], schema=PROFILES_READ)


@pytest.fixture(scope="session")
def day_row() -> Callable[..., pl.DataFrame]:
    """One day profile as a collector reads it.

    ``day_row({0: 100, 23: 50})`` gives watt-hours by number of the interval, ``letters`` likewise
    (or one letter for all of them).
    """
    return _day


@pytest.fixture(scope="session")
def take() -> Callable[..., Stored]:
    """Take day profiles into a lake as one arrival and publish it.

    ``take(settings, rows, at=…)``; several frames come as several blocks of the same arrival.
    """
    clock = count()

    def store_and_publish(
        settings: Settings, *blocks: pl.DataFrame, at: datetime | None = None
    ) -> Stored:
        number = next(clock)
        moment = at or datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
        arrival = Arrival(f"batch {number}", moment)
        stored = Stored()
        with writing(settings) as writer:
            for rows in blocks:
                store(writer, Batch(profiles=rows), arrival, stored)
            derive(writer, settings, stored)
            publish(writer)
        return stored

    return store_and_publish


@pytest.fixture(scope="session")
def register() -> Callable[..., None]:
    """Put rows into the reference tables of a lake and publish them.

    ``register(settings, at=…, usage_points=[{"usage_point_id": "P1", …}], regions=[…])``; what a
    row leaves out is null, and it holds since 1900 unless it says ``valid_from``.
    """
    clock = count()

    def store_and_publish(
        settings: Settings, *, at: datetime | None = None, **tables: Sequence[Mapping[str, object]]
    ) -> None:
        moment = at or datetime(2023, 1, 1, tzinfo=UTC) + timedelta(minutes=next(clock))
        frames = {
            name: pl.DataFrame(
                [{"valid_from": date(1900, 1, 1), "valid_to": None, **row} for row in rows],
                schema_overrides=dict(TABLES[name].schema),
            )
            for name, rows in tables.items()
        }
        with writing(settings) as writer:
            arrival = Arrival(f"register {moment}", moment)
            store_reference(writer, MasterBatch(tables=frames), arrival, settings.zone)
            derive_completeness(writer, settings)
            publish(writer)

    return store_and_publish


@pytest.fixture(scope="session")
def sample_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A lake with seven usage points of the sample, November and December 2016, in two regions.

    The transformer area LV1.401 is the region ``east`` in ``simbench``, which is all the rest.
    LV1.401-L001 has no readings on 10 December. The readings taken in are in ``slice.parquet``.
    """
    settings = Settings(data=tmp_path_factory.mktemp("sample"), database="", lake="")
    return slice_of_the_sample(settings)


@pytest.fixture(scope="session")
def town_settings(
    new_lake: Callable[..., Settings], register: Callable, take: Callable, day_row: Callable
) -> Settings:
    """A lake with two years of a small town and its weather: ``tests.load.town_with_weather``."""
    return town(new_lake(), register, take, day_row)


@pytest.fixture(scope="session")
def district_settings(
    new_lake: Callable[..., Settings], register: Callable, take: Callable, day_row: Callable
) -> Settings:
    """A lake with two districts, ``old`` and ``new``: ``tests.two_districts``."""
    return two_districts(new_lake(), register, take, day_row)
