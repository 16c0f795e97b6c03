"""What DESIGN and STYLE promise and a machine can check."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points

import pytest
from typer.main import get_command

from pages import cli
from pages.text import catalogue
from queries.questions import questions
from queries.run import sql_text
from queries.schema import HOURS, SLOTS, TABLES
from queries.settings import PROJECT, Settings

CODE = ("app.py", "ingest", "pages", "queries")
UNITS = ("_kwh", "_wh", "_kw", "_kva", "_v", "_kv", "_c", "_m_per_s", "_w_per_m2", "_cny", "_share")
UNIT_OF = {
    "Wh": "_wh",
    "kW": "_kw",
    "kV": "_kv",
    "kVA": "_kva",
    "°C": "_c",
    "m": "_m",
    "Ω": "_ohm",
    "W/m²": "_w_per_m2",
    "m/s": "_m_per_s",
    "0–1": "_share",
    "B": "_bytes",
    "min": "_minutes",
}
README = (PROJECT / "README.md").read_text("utf-8")


def modules():
    for root in CODE:
        path = PROJECT / root
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def test_every_sql_file_has_its_function_beside_it():
    for sql in (PROJECT / "queries").rglob("*.sql"):
        assert sql.with_suffix(".py").exists(), sql


@pytest.mark.parametrize(
    "name",
    [
        str(path.relative_to(PROJECT / "queries").with_suffix(""))
        for path in (PROJECT / "queries").rglob("*.sql")
    ],
)
def test_every_sql_file_says_its_contract_names_its_columns_and_orders_its_rows(name):
    text = sql_text(name)
    assert text.startswith("-- "), "the header is the contract"
    last_select = re.sub(r"--.*", "", text).rsplit("\nselect", 1)[-1]
    assert not re.match(r"\s*\*", last_select), "explicit columns in the last select"
    assert "order by" in last_select
    parameters = set(re.findall(r"\$([a-z_]+)", re.sub(r"--.*", "", text)))
    header = text[: text.index("\nwith") if "\nwith" in text else text.index("\nselect")]
    assert parameters <= set(re.findall(r"\$([a-z_]+)", header)), "every parameter is explained"


def test_every_question_declares_what_it_reads_and_explains_itself():
    assert questions()
    for question in questions().values():
        assert question.summary, question.name
        assert set(question.reads) <= {*TABLES, "records", "tariffs", "calendars"}, question.name
        explained = question.function.__doc__ or ""
        assert "Returns:" in explained or "null" in explained, question.name


def test_every_column_has_a_chinese_name_and_physical_ones_end_in_their_unit():
    for table in TABLES.values():
        assert table.zh, table.name
        for column in table.columns:
            assert column.zh, (table.name, column.name)
            if column.unit in UNIT_OF and column.name not in {*SLOTS, *HOURS}:
                assert column.name.endswith(UNIT_OF[column.unit]), (table.name, column.name)


def test_answers_name_their_units():
    physical = re.compile(
        r"(energy|load|power(?!_factor)|voltage|amount|price|mean|peak|valley|maximum)_"
    )
    for question in questions().values():
        for name, dtype in question.returns.items():
            if physical.match(name) and dtype.is_numeric():
                assert name.endswith(UNITS), (question.name, name)


def test_no_page_hides_a_standard_module():
    for page in (PROJECT / "pages").iterdir():
        assert page.stem not in sys.stdlib_module_names, page
    flat = {p.name for p in (PROJECT / "pages").glob("*.py")}
    assert "start.py" not in flat, "page files live in the folders of the areas"


def test_no_module_is_called_utils_and_packages_hold_a_docstring_only():
    for path in modules():
        assert path.stem not in {"utils", "helpers", "common", "misc"}, path
        if path.name == "__init__.py" and path.parent.name != "text":
            body = ast.parse(path.read_text("utf-8")).body
            assert len(body) == 1, path
            assert isinstance(body[0], ast.Expr), path


def test_only_settings_reads_the_environment():
    for path in modules():
        if path.name != "settings.py":
            assert "os.environ" not in path.read_text("utf-8"), path
            assert "getenv" not in path.read_text("utf-8"), path


def test_pages_hold_no_sql():
    for path in (PROJECT / "pages").rglob("*.py"):
        code = path.read_text("utf-8")
        assert not re.search(r"\bselect\b.+\bfrom\b", code, re.IGNORECASE), path
        assert "duckdb" not in code, path


def test_the_commands_in_the_readme_exist():
    targets = set(
        re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE)
    )
    for target in re.findall(r"make ([a-z]+)", README):
        assert target in targets, target
    commands = set(get_command(cli.app).commands)  # type: ignore[attr-defined]
    for command in re.findall(r"^fenggu ([a-z]+)", README, re.MULTILINE):
        assert command in commands, command


def test_ci_runs_the_commands_of_the_readme():
    script = (PROJECT / ".ci" / "run").read_text("utf-8")
    for command in ("make check", "make test"):
        assert command in script
        assert command in README, command


def test_the_settings_in_the_readme_exist():
    known = {f"FENGGU_{name.upper()}" for name in Settings.model_fields}
    mentioned = set(re.findall(r"FENGGU_[A-Z_]+", README))
    assert mentioned == known, "every setting is explained"


def test_the_questions_in_the_readme_exist():
    asked = set(re.findall(r"fenggu ask ([a-z]+/[a-z_]+)", README))
    assert asked
    assert asked <= questions().keys()


def test_pictures_and_files_in_the_readme_exist():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (PROJECT / target).exists(), target


def test_tables_are_shown_in_one_way_and_those_to_choose_from_say_a_dash_too():
    for path in sorted((PROJECT / "pages").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(".dataframe"):
                named = {keyword.arg for keyword in call.keywords}
                is_chosen_from = {"on_select", "placeholder"} <= named
                assert path.name == "tables.py" or is_chosen_from, f"{path}:{call.lineno}"


def test_fonts_scripts_and_styles_come_from_here():
    pattern = re.compile(
        r"https?://(?!127\.0\.0\.1|localhost|www\.w3\.org)[\w.-]+\.\w+/\S*\.(js|css|woff2?)"
    )
    for path in [
        *(PROJECT / "pages").rglob("*.html"),
        *(PROJECT / "pages").rglob("*.svg"),
        *modules(),
    ]:
        assert not pattern.search(path.read_text("utf-8")), path


def test_requirements_are_pins_without_an_index():
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (PROJECT / name).read_text("utf-8").splitlines():
            assert line.startswith("#") or re.fullmatch(r"[\w.-]+==[\w.+-]+", line), (name, line)


def test_everything_declared_is_pinned():
    declared = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    pinned = {
        re.split("==", line)[0].lower().replace("_", "-")
        for name in ("requirements.txt", "requirements-dev.txt")
        for line in (PROJECT / name).read_text("utf-8").splitlines()
    }
    wanted = [*declared["project"]["dependencies"], *declared["dependency-groups"]["dev"]]
    for requirement in wanted:
        name = re.match(r"[\w.-]+", requirement)
        assert name
        assert name.group().lower().replace("_", "-") in pinned, requirement


def test_the_command_is_installed():
    [command] = entry_points(group="console_scripts", name="fenggu")
    assert command.value == "pages.cli:main"


def test_notebooks_are_stored_without_outputs():
    for notebook in (PROJECT / "notebooks").glob("*.ipynb"):
        text = notebook.read_text("utf-8")
        assert not re.search(r'"outputs": \[\s*\{', text), notebook
        assert text.count('"cell_type"') <= 15, notebook


def test_no_chinese_is_missing_from_the_chinese_catalogue():
    # A label copied from English would show as Latin letters only.
    without_values = {key: re.sub(r"\{.*?\}", "", text) for key, text in catalogue("zh").items()}
    latin = {
        key: text
        for key, text in without_values.items()
        if re.search(r"[A-Za-z]{3,}", text) and not re.search(r"[一-鿿]", text)
    }
    assert not latin


def test_what_running_makes_is_not_committed():
    tracked = subprocess.run(
        ["git", "ls-files", "data/lake", "data/fenggu.sqlite", "data/secret.key", ".venv"],  # noqa: S607
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not tracked.stdout


def test_nobody_but_the_simulation_itself_reads_the_planted_truth():
    for path in [
        *(p for p in modules() if "simulated" not in p.parts),
        *(PROJECT / "queries").rglob("*.sql"),
        *(PROJECT / "notebooks").glob("*.ipynb"),
    ]:
        text = path.read_text("utf-8")
        assert not re.search(r"truth(_energy)?\.parquet|simulated\.truth|data/simulated", text), (
            path
        )


def test_what_customers_really_reduced_is_told_to_no_module():
    """A notebook may look at it, after its answer; the product may not."""
    outside = [path for path in modules() if "simulated" not in path.parts]
    assert [path for path in outside if "planted_reductions" in path.read_text("utf-8")] == []
