"""What a server loads before its first page is what its pages need, and is set aside once."""

import ast
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from pages.menu import PAGES
from pages.warming import let_go, make_ready, page_modules
from queries.settings import Settings


@pytest.fixture
def collector() -> Iterator[None]:
    """A collector that looks through everything again after the test."""
    yield
    let_go()


def _imported(file: Path) -> set[str]:
    lines = ast.walk(ast.parse(file.read_text("utf-8")))
    return {line.module for line in lines if isinstance(line, ast.ImportFrom) and line.module}


def test_every_module_that_a_page_is_made_of_is_loaded_before():
    needed = {
        module for page in PAGES for module in _imported(page.file) if module.startswith("pages.")
    }
    assert needed - set(page_modules()) == set()


def test_modules_that_work_when_imported_are_not():
    assert {"pages.shell", "pages.cli"} & set(page_modules()) == set()


@pytest.mark.usefixtures("collector")
def test_without_a_lake_a_server_gets_ready_too(tmp_path: Path):
    make_ready(Settings(data=tmp_path))
    assert gc.get_freeze_count() > 100_000  # modules: they are no garbage


@pytest.mark.usefixtures("collector")
def test_a_server_with_a_lake_has_it_open(empty_settings: Settings):
    make_ready(empty_settings)
    assert gc.get_freeze_count() > 100_000
