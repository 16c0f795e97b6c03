"""``fenggu tariff …``."""

from typer.testing import CliRunner

from pages.cli import app
from queries.settings import PROJECT

FOLDER = PROJECT / "data" / "tariffs" / "calendars"


def _check(*files):
    return CliRunner().invoke(app, ["tariff", "check", *map(str, files)])


def test_good_files_are_told_a_line_a_calendar():
    told = _check(FOLDER / "liaoning.toml", FOLDER / "shanghai.toml")
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert len(lines) == 1 + 3
    assert (
        lines[0] == "liaoning: 辽宁工商业分时, 辽发改价格〔2023〕441号: sharp, peak, flat, valley"
    )


def test_a_file_with_a_mistake_fails_without_keeping_the_others_from_being_checked(tmp_path):
    wrong = tmp_path / "wrong.toml"
    text = (FOLDER / "liaoning.toml").read_text("utf-8")
    wrong.write_text(text.replace("07:30-10:30", "07:10-10:30"), "utf-8")
    told = _check(wrong, tmp_path / "absent.toml", FOLDER / "liaoning.toml")
    assert told.exit_code == 1
    assert "07:10 is no quarter of an hour" in told.stderr
    assert "absent.toml" in told.stderr
    assert told.stdout.startswith("liaoning: ")


def test_tariffs_are_told_a_line_each(tmp_path):
    told = _check(
        FOLDER.parent / "liaoning_industrial_commercial.toml", FOLDER.parent / "jiangsu.toml"
    )
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert len(lines) == 5 + 1
    assert lines[0] == (
        "liaoning_industrial_commercial: 辽宁工商业单一制（不满1千伏）, 7 charges from 2023-06-01"
    )
    assert lines[-1] == "jiangsu_residential: 江苏居民阶梯（一户一表）, 2 charges"
    wrong = tmp_path / "wrong.toml"
    text = (FOLDER.parent / "jiangsu.toml").read_text("utf-8")
    wrong.write_text(text.replace('"0.5783"', "0.5783"), "utf-8")
    told = _check(wrong)
    assert told.exit_code == 1
    assert "charge 'energy': prices 2 = 0.5783 is no number in quotes" in told.stderr
