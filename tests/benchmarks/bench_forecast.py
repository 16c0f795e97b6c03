"""Day-ahead forecasts of real systems: production beside its rivals, in one run."""

import csv
import io
import re
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from queries.forecasting.bands import LOWER, UPPER
from queries.forecasting.file_forecast import backtested, judged, known_place
from queries.forecasting.series_file import SeriesFile, read_series
from queries.settings import PROJECT

_DATA = PROJECT.parent / "shared" / "data"
_MODELS = ("production", "naive_24h", "naive_168h", "vanilla")
_CASES = (
    ("taidi2022_cn", "CN", date(2020, 9, 1), date(2021, 8, 31)),
    ("vic_elec", "AU", date(2014, 1, 1), date(2014, 12, 31)),
    ("tetouan zone 1", "MA", date(2017, 10, 19), date(2017, 12, 30)),
    ("tetouan zone 2", "MA", date(2017, 10, 19), date(2017, 12, 30)),
    ("tetouan zone 3", "MA", date(2017, 10, 19), date(2017, 12, 30)),
)


def run() -> list[tuple[str, str]]:
    """Scores of every set that is here; temperatures known."""
    if not _DATA.is_dir():
        return [("real systems", "skipped: the folder ../shared/data is not here")]
    lines = []
    for name, country, first_day, last_day in _CASES:
        with tempfile.TemporaryDirectory() as folder:
            load, weather = _files(name, Path(folder))
            series = read_series(load, weather, country=country)
        lines += _judged(name, series, country, (first_day, last_day))
    return lines


def _judged(
    name: str, series: SeriesFile, country: str, span: tuple[date, date]
) -> list[tuple[str, str]]:
    first, last = (series.row(day) for day in span)
    place = known_place(series, country, None, first)
    lines = []
    for model in _MODELS:
        begin = time.perf_counter()
        told = backtested(series, place, first, last, model)
        if told is None:
            continue
        seconds = time.perf_counter() - begin
        score = judged(series, place, told)
        text = f"MAPE {score['mape']:.2f} %, holidays {score['holiday_mape']:.2f} %"
        if model == "production":
            quantiles, seen = told.result.quantiles, series.load[first : last + 1]
            inside = (seen >= quantiles[..., LOWER]) & (seen <= quantiles[..., UPPER])
            known = np.isfinite(seen)
            quarters = [
                100 * inside[part][known[part]].mean()
                for part in np.array_split(np.arange(len(seen)), 4)
            ]
            text += f"; 80 % band holds {100 * inside[known].mean():.1f} %, by quarter "
            text += f"{', '.join(f'{share:.0f}' for share in quarters)}; {seconds:.0f} s"
        lines.append((f"{name}, {place.name}, {model}", text))
    return lines


def _files(name: str, folder: Path) -> tuple[Path, Path | None]:
    """Load and weather as ``fenggu forecast`` reads them."""
    if name == "vic_elec":
        frame = pl.read_csv(_DATA / "vic_elec" / "vic_electricity.csv")
        frame.select(time="Time", load="Demand", temperature="Temperature").write_csv(
            folder / "load.csv"
        )
        return folder / "load.csv", None
    if name.startswith("tetouan"):
        frame = pl.read_csv(_DATA / "tetouan" / "Tetuan_City_power_consumption.csv")
        zone = next(c for c in frame.columns if c.startswith(f"Zone {name[-1]}"))
        frame.select(time="DateTime", load=zone, temperature="Temperature").write_csv(
            folder / "load.csv"
        )
        return folder / "load.csv", None
    chinese = _DATA / "taidi2022_cn"
    load = next(chinese.glob("附件1*"))
    (folder / "weather.csv").write_text(_daily_weather(next(chinese.glob("附件3*"))), "utf-8")
    return load, folder / "weather.csv"


def _daily_weather(path: Path) -> str:
    """Mean of each day's highest and lowest temperature, of '22℃' and '2018年1月1日'."""
    told = io.StringIO()
    writer = csv.writer(told)
    writer.writerow(["time", "temperature"])
    with path.open(encoding="utf-8-sig") as file:
        for row in {row["日期"]: row for row in csv.DictReader(file)}.values():
            year, month, day = map(int, re.findall(r"\d+", row["日期"]))
            degrees = [float(row[name].rstrip("℃")) for name in ("最高温度", "最低温度")]
            writer.writerow([date(year, month, day), sum(degrees) / 2])
    return told.getvalue()
