import json
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from pages.cli import app
from queries.forecasting.special_days import special_days
from tests.forecasting.made_loads import FIRST_DAY, load_of, temperatures

DAYS = 130


@pytest.fixture
def files(tmp_path):
    temperature = temperatures(DAYS, 24)
    load = load_of(special_days(FIRST_DAY, DAYS, "CN"), temperature)
    begin = datetime.combine(FIRST_DAY, datetime.min.time())
    time = [begin + timedelta(hours=hour) for hour in range(DAYS * 24)]
    pl.DataFrame({"time": time, "load": load.ravel()}).write_csv(tmp_path / "town.csv")
    pl.DataFrame({"time": time, "temperature": temperature.ravel()}).write_csv(tmp_path / "w.csv")
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(app, ["forecast", *map(str, arguments)])


def day(row):
    return (FIRST_DAY + timedelta(row)).isoformat()


def test_models_are_judged_side_by_side_as_json_and_the_forecasts_written(files):
    out = files / "out.csv"
    result = run(
        "--load", files / "town.csv", "--weather", files / "w.csv", "--country", "CN",
        "--backtest", day(110), day(119), "--models", "production,naive_24h,vanilla",
        "--json", "--out", out,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["series"], told["from"], told["to"]) == ("town", day(110), day(119))
    assert set(told["models"]) == {"production", "naive_24h", "vanilla"}
    production = told["models"]["production"]
    assert set(production) == {
        "mape", "rmse", "pinball", "coverage_80", "holiday_mape", "fit_seconds", "predict_seconds",
    }  # fmt: skip
    assert production["mape"] < told["models"]["naive_24h"]["mape"]
    frame = pl.read_csv(out, try_parse_dates=True)
    assert frame.columns[:3] == ["time", "forecast", "q02.5"]
    assert frame.height == 240
    seen = pl.read_csv(files / "town.csv", try_parse_dates=True)
    both = frame.join(seen, on="time")
    forecast, load = both["forecast"].to_numpy(), both["load"].to_numpy()
    assert 100 * np.mean(np.abs(forecast - load) / load) == pytest.approx(
        production["mape"], rel=1e-4
    )


def test_prophet_is_left_out_of_a_history_below_two_years(files):
    result = run(
        "--load", files / "town.csv", "--backtest", day(110), day(111),
        "--models", "prophet,naive_168h", "--json",
    )  # fmt: skip
    assert set(json.loads(result.stdout)["models"]) == {"naive_168h"}


def test_without_a_backtest_the_days_after_the_file_are_foretold(files):
    result = run("--load", files / "town.csv", "--weather", files / "w.csv", "--days", 2)
    assert result.exit_code == 0, result.output
    frame = pl.read_csv(result.stdout.encode(), try_parse_dates=True)
    assert frame.height == 48
    assert frame["time"][0] == datetime.combine(FIRST_DAY + timedelta(DAYS), datetime.min.time())
    assert (frame["q10.0"] < frame["q90.0"]).all()
    assert np.isfinite(frame["forecast"].to_numpy()).all()


def test_a_temperature_of_the_past_is_another_forecast_than_a_known_one(files):
    told = [
        json.loads(
            run(
                "--load",
                files / "town.csv",
                "--weather",
                files / "w.csv",
                "--backtest",
                day(118),
                day(120),
                "--models",
                "production",
                "--temperature",
                kind,
                "--json",
            ).stdout
        )["models"]["production"]["mape"]
        for kind in ("known", "past")
    ]
    assert told[0] != told[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--backtest", "2010-01-01", "2010-01-05"), "the file has 2022-01-03 to"),
        (("--models", "oracle"), "'oracle' is not known. Choose of production"),
        (("--country", "QQ"), "no holiday calendar for 'QQ'"),
        (("--step-minutes", "15"), "60 minutes apart"),
        (("--zone", "Mars/Base"), "'Mars/Base' is not an IANA time zone"),
    ],
)
def test_what_cannot_be_done_is_said(files, arguments, message):
    result = run("--load", files / "town.csv", *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())
