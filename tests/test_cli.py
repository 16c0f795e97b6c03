"""The terminal's door."""

import csv
import io
import json
from datetime import date

import polars as pl
import pytest
from typer.testing import CliRunner

from ingest import __main__ as scheduled
from pages.cli import app
from pages.flat_tables import with_lists_joined
from queries.billing.tariffs import known_tariffs
from queries.records import account, open_records
from queries.settings import Settings

HEADER = "usage_point_id,channel,interval_start,interval_minutes,energy_kwh\n"
DAY = "".join(f"A,import,2024-07-01 {h:02d}:00,60,{h}.5\n" for h in range(24))


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("FENGGU_DATA", str(tmp_path / "data"))

    def command(*arguments: str):
        return CliRunner().invoke(app, list(arguments))

    return command


@pytest.fixture
def readings(tmp_path):
    path = tmp_path / "readings.csv"
    path.write_text(HEADER + DAY, "utf-8")
    return path


def test_a_file_goes_in_and_a_question_about_it_is_answered(run, readings):
    assert run("init").exit_code == 0
    told = run("ingest", str(readings))
    assert told.exit_code == 0
    assert "24" in told.stderr
    week = ("--first-day", "2024-07-01", "--last-day=2024-07-01")
    answered = run("ask", "load/summary", *week, "--format", "json")
    [row] = json.loads(answered.stdout)
    assert row["energy_kwh"] == pytest.approx(24 * 23 / 2 + 12)  # 0.5 + 1.5 + … + 23.5
    assert row["peak_kw"] == pytest.approx(23.5)


def test_reading_a_file_again_changes_nothing(run, readings):
    run("ingest", str(readings))
    again = run("ingest", str(readings))
    [row] = [line for line in again.stderr.splitlines() if line.startswith("│")]
    assert [cell.strip() for cell in row.split("│")][2:6] == ["0", "0", "24", "0"]


def test_what_is_wrong_is_named_by_file_line_and_field(run, readings):
    readings.write_text(HEADER + DAY.replace("12.5", "twelve"), "utf-8")
    told = " ".join(run("ingest", str(readings)).stderr.split())
    assert "readings.csv line 14, energy_kwh" in told


def test_every_format_of_an_answer_holds_the_same_rows(run, readings, tmp_path):
    run("ingest", str(readings))
    question = ("ask", "load/curve", "--first-day", "2024-07-01", "--last-day", "2024-07-01")
    as_csv = pl.read_csv(run(*question, "--format", "csv").stdout.encode(), try_parse_dates=True)
    out = tmp_path / "curve.parquet"
    assert run(*question, "--format", "parquet", "--out", str(out)).exit_code == 0
    stored = pl.read_parquet(out)
    assert stored.height == as_csv.height == 24
    assert stored["energy_kwh"].to_list() == as_csv["energy_kwh"].to_list()
    assert stored["standard_start"][0].date() == date(2024, 7, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ask", "load/nothing"), "no question 'load/nothing'"),
        (("ask", "load/curve"), "'first_day' is missing"),
        (("ask", "load/curve", "--first-day", "soon", "--last-day", "2024-07-01"), "soon"),
        (("ask", "load/curve", "--colour", "red"), "'colour' is not an input"),
        (("ask", "home/glance", "--format", "xml"), "table, csv, json, parquet"),
        (("ask", "home/glance", "--known-at", "2024-07-01"), "no offset"),
    ],
)
def test_a_question_asked_wrongly_is_told_what_to_change(run, readings, arguments, said):
    run("ingest", str(readings))
    told = run(*arguments)
    assert told.exit_code != 0
    assert said in " ".join((told.stderr + str(told.exception)).split())


def test_without_a_lake_the_error_says_how_to_make_one(run):
    assert "fenggu init" in str(run("status").exception)


def test_the_list_names_every_input(run):
    told = run("ask", "--list").stdout
    assert "load/curve" in told
    assert "--first-day" in told


def test_the_scheduled_script_takes_a_folder_and_prints_a_line_a_file(
    run,  # noqa: ARG001 - its environment
    readings,
    capsys,
    tmp_path,
):
    (tmp_path / "inbox").mkdir()
    readings.rename(tmp_path / "inbox" / "a.csv")
    (tmp_path / "inbox" / "b.csv").write_text("", "utf-8")
    assert scheduled.main([str(tmp_path / "inbox")]) == 0
    good, bad = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (good["new"], good["quarantined"]) == (24, 0)
    assert (bad["new"], bad["quarantined"]) == (0, 1)
    assert scheduled.main([str(tmp_path / "gone.csv")]) == 1


def test_compaction_keeps_every_reading_in_fewer_files(run, readings):
    for day in range(1, 4):
        readings.write_text(HEADER + DAY.replace("07-01", f"07-0{day}"), "utf-8")
        run("ingest", str(readings))
    question = ("ask", "load/curve", "--first-day", "2024-07-01", "--last-day", "2024-07-03")
    before = run(*question, "--format", "csv").stdout
    told = run("compact", "--all")
    assert "energy_profiles: 3 → 1 files" in told.stderr
    assert run(*question, "--format", "csv").stdout == before


def test_a_register_that_names_an_unknown_transformer_goes_in_and_is_told(run, tmp_path):
    register = tmp_path / "register.csv"
    register.write_text("户号,计量点,台区编号,备注\n1001,P1,T9,x\n1002,P2,T9,\n", "utf-8")
    feeders = tmp_path / "feeders.csv"
    feeders.write_text("feeder_id,name,substation_id\nF1,一号线,S7\n", "utf-8")
    told = " ".join(run("ingest", "--master", str(register), str(feeders)).stderr.split())
    assert "备注" in told
    assert "1 names that nothing answers to" in told
    day = ("--day", "2026-01-01", "--format", "csv")
    found = run("ask", "governance/master_data_differences", *day).stdout
    assert "P1" in found


def test_an_account_sees_no_region_unless_it_is_said(run, tmp_path):
    run("init")
    for name, more in (("li", []), ("wang", ["--regions", "north"]), ("zhao", ["--all-regions"])):
        told = CliRunner().invoke(
            app,
            ["account", "add", name, "--role", "planner", *more],
            input="long enough 峰谷\n" * 2,
        )
        assert told.exit_code == 0, told.output
    engine = open_records(Settings(data=tmp_path / "data"))
    seen = [account(engine, name) for name in ("li", "wang", "zhao")]
    assert [a and a.regions for a in seen] == [frozenset(), frozenset({"north"}), None]


SMALL_DISTRICT = ("--customers", "20", "--from", "2024-03-01", "--to", "2024-03-05")


def test_a_district_is_simulated_into_a_folder_that_says_how_to_make_it_again(run, tmp_path):
    out = tmp_path / "district"
    told = run("simulate", *SMALL_DISTRICT, "--out", str(out), "--workers", "1")
    assert told.exit_code == 0, told.stderr
    assert "20 customers on 1 feeders" in " ".join(told.stderr.split())
    again = (out / "README.txt").read_text("utf-8").splitlines()[0]
    assert again == (
        "fenggu simulate --customers 20 --from 2024-03-01 --to 2024-03-05 --seed 1 --faults 1"
    )


def test_a_simulated_district_answers_questions_from_the_lake(run):
    told = run("simulate", *SMALL_DISTRICT, "--energy-only", "--workers", "1")
    assert told.exit_code == 0, told.stderr
    answered = run("ask", "home/data_sets", "--format", "json")
    assert all(row["is_simulated"] for row in json.loads(answered.stdout))
    again = run("simulate", *SMALL_DISTRICT, "--energy-only", "--workers", "1")
    assert "holds this very district" in again.stderr


def test_a_district_of_nobody_is_refused_with_what_to_ask_for(run):
    told = run("simulate", "--customers", "3")
    assert told.exit_code != 0
    assert "20 or more" in str(told.exception)


def test_lists_in_an_answer_are_one_cell_of_a_csv(run):
    run("init")
    answered = run("ask", "billing/tariffs", "--format", "csv")
    assert answered.exit_code == 0, answered.stderr
    rows = {row["tariff_code"]: row for row in csv.DictReader(io.StringIO(answered.stdout))}
    known = known_tariffs()
    assert rows.keys() == known.keys()
    for code, tariff in known.items():
        assert rows[code]["doubts"] == "; ".join(tariff.doubts)


def test_numbers_dates_and_records_in_a_list_are_told_apart_by_a_semicolon():
    part = {"from": date(2024, 6, 1), "kva": 315.0}
    frame = pl.DataFrame(
        {"kw": [[953, 640], None, []], "days": [[date(2024, 6, 1)]] * 3, "parts": [[part] * 2] * 3}
    )
    joined = with_lists_joined(frame)
    assert joined["kw"].to_list() == ["953; 640", None, ""]
    assert joined["days"].to_list() == ["2024-06-01"] * 3
    [first, second] = joined["parts"][0].split("; ")
    assert json.loads(first) == json.loads(second) == {"from": "2024-06-01", "kva": 315.0}
