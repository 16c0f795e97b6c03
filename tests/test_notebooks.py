"""Every notebook runs from its first cell to its last, as an analyst runs it."""

import ast
import os
import shutil
from datetime import date
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from ingest.simulated.arrival import load_district
from ingest.simulated.plan import Plan
from queries.settings import PROJECT, Settings

NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
ON_THE_LAKE = [path for path in NOTEBOOKS if "Settings()" in path.read_text("utf-8")]
"""The others make a lake of their own: what lies in ours changes nothing for them."""


def each(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.stem)


@each(NOTEBOOKS)
def test_a_notebook_is_short_and_stores_no_output(path):
    notebook = nbformat.read(path, as_version=4)
    assert len(notebook.cells) <= 15
    assert notebook.cells[0].cell_type == "markdown"
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@each(NOTEBOOKS)
def test_a_notebook_defines_no_function_longer_than_five_lines(path):
    notebook = nbformat.read(path, as_version=4)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 5, node.name


@each(NOTEBOOKS)
def test_a_notebook_runs_on_the_sample(path, sample_settings: Settings):
    run(path, sample_settings)


@pytest.fixture(scope="module")
def with_district(sample_settings: Settings, tmp_path_factory) -> Settings:
    """The sample's lake with a small simulated district beside it."""
    settings = Settings(data=tmp_path_factory.mktemp("districts") / "data", database="", lake="")
    shutil.copytree(sample_settings.data, settings.data)
    plan = Plan(
        customers=40, first_day=date(2024, 5, 1), last_day=date(2024, 6, 30), energy_only=True
    )
    load_district(settings, plan, tell=lambda _: None, workers=1)
    return settings


@each(ON_THE_LAKE)
def test_a_notebook_runs_with_a_simulated_district(path, with_district: Settings):
    run(path, with_district)


def run(path, settings: Settings):
    environment = {key: value for key, value in os.environ.items() if key[:7] != "FENGGU_"}
    python_path = os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")])
    client = NotebookClient(nbformat.read(path, as_version=4), timeout=120, kernel_name="python3")
    # k-means of a few hundred customers waits for its threads longer than it computes.
    environment["OMP_NUM_THREADS"] = "1"
    client.execute(
        env=environment | {"FENGGU_DATA": str(settings.data), "PYTHONPATH": python_path},
        cwd=str(PROJECT / "notebooks"),
    )
