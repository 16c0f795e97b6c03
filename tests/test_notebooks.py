"""Every notebook runs from its first cell to its last, as an analyst runs it."""

import ast
import os

import nbformat
import pytest
from nbclient import NotebookClient

from queries.settings import PROJECT, Settings

NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_a_notebook_is_short_and_stores_no_output(path):
    notebook = nbformat.read(path, as_version=4)
    assert len(notebook.cells) <= 15
    assert notebook.cells[0].cell_type == "markdown"
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_a_notebook_defines_no_function_longer_than_five_lines(path):
    notebook = nbformat.read(path, as_version=4)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 5, node.name


def test_a_notebook_runs_on_the_sample(path, sample_settings: Settings):
    environment = {key: value for key, value in os.environ.items() if key[:7] != "FENGGU_"}
    python_path = os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")])
    client = NotebookClient(nbformat.read(path, as_version=4), timeout=120, kernel_name="python3")
    client.execute(
        env=environment | {"FENGGU_DATA": str(sample_settings.data), "PYTHONPATH": python_path},
        cwd=str(PROJECT / "notebooks"),
    )
