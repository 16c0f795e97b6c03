"""The terminal's command: what it prints, and what it asks for."""

import numpy as np
import pytest
from typer.testing import CliRunner

from pages.cli import app
from pages.validate_command import judge_sample
from queries.manifest import read_manifest
from tests.ingest.validation.conftest import DAYS, LAST, Meter, fill, usual
from tests.ingest.validation.test_estimate import missing

DAY = np.arange(DAYS)[:, None]


@pytest.fixture(scope="module")
def filled(new_lake, enrol):
    """A lake with a meter that stands still and has a gap before."""
    curve = missing(usual(1), (20, slice(5, 7)))
    curve[44:48] = 0.0
    settings = new_lake()
    meters = {"P1": Meter(curve)}
    enrol(settings, meters)
    fill(settings, meters)
    return settings


@pytest.fixture
def run(filled, monkeypatch):
    """``fenggu validate`` on the lake."""
    monkeypatch.setenv("FENGGU_DATA", str(filled.data))
    return lambda *arguments: CliRunner().invoke(app, ["validate", *arguments])


def test_the_last_week_is_judged_and_every_rule_is_named_in_both_languages(run):
    told = run()
    assert told.exit_code == 0, told.stderr
    assert "停走" in told.stdout
    assert "Meter stopped" in told.stdout


def test_gaps_are_only_filled_where_it_is_asked_for(run):
    days = ("--from", "2024-05-15", "--to", "2024-06-01")
    assert "estimated" not in run(*days).stdout
    assert "estimated 2 readings" in run(*days, "--estimate").stdout
    assert "estimated 0 readings" in run(*days, "--estimate").stdout


def test_days_in_the_wrong_order_are_refused(run):
    told = run("--from", "2024-06-10", "--to", "2024-06-01")
    assert "after the last day" in str(told.exception)


def test_a_sample_is_judged_once_and_left_to_the_planner_then(new_lake, enrol, capsys):
    settings, meters = new_lake(), {"P1": Meter(np.where(DAY >= 44, 0.0, usual(1)))}
    enrol(settings, meters)
    fill(settings, meters)
    judge_sample(settings, LAST)
    assert "1 findings by 1 rules" in capsys.readouterr().err
    before = read_manifest(settings.lake_uri)
    judge_sample(settings, LAST)
    assert capsys.readouterr().err == ""
    assert read_manifest(settings.lake_uri) == before
