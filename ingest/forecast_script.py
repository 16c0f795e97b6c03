"""``python -m ingest forecast``: the scheduled forecast, once the last day has been read."""

import argparse
import json
import sys
from datetime import date
from typing import Any

from ingest.files import resume
from ingest.forecast_meters import forecast_meters
from ingest.forecasts import Wanted, forecast
from ingest.lake import create_lake
from queries.forecasting.fleet_ahead import MOST_DAYS
from queries.series_loads import KINDS
from queries.settings import Settings

FORECAST = "forecast"


def forecast_run(arguments: list[str]) -> int:
    """Forecast once; prints one JSON line. Ends with 1 where nothing at all could be forecast."""
    parser = argparse.ArgumentParser(prog="python -m ingest forecast", description=__doc__)
    parser.add_argument("--district", action="append", help="only this one; may be repeated")
    parser.add_argument(
        "--kind", action="append", choices=KINDS, help="only series of this kind, no meters"
    )
    parser.add_argument("--meters", action="store_true", help="only every meter, hour by hour")
    parser.add_argument("--to", type=date.fromisoformat, help="last day whose readings count")
    parser.add_argument(
        "--days", type=int, default=7, choices=range(1, 15), help="days ahead (meters: 10 at most)"
    )
    parser.add_argument("--minutes", type=int, default=60, choices=(15, 30, 60), help="of a slot")
    parser.add_argument("--fast", action="store_true", help="without boosted trees")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    given = parser.parse_args(arguments)
    settings = Settings()
    create_lake(settings)
    for _ in resume(settings):
        pass  # what a killed run had begun is finished before anything reads
    districts = tuple(given.district) if given.district else None
    line: dict[str, Any] = {
        "event": FORECAST,
        "series": 0,
        "meters": 0,
        "forecast_days": 0,
        "skipped": {},
    }
    if not given.meters:
        kinds = tuple(given.kind) if given.kind else KINDS
        wanted = Wanted(districts, kinds, given.to, given.days, given.minutes, not given.fast)
        stored = forecast(settings, wanted, workers=given.workers)
        line |= {"series": stored.series, "forecast_days": stored.forecast_days}
        line["skipped"] = stored.skipped
    if not given.kind:
        days = min(given.days, MOST_DAYS)
        told = forecast_meters(settings, only=districts, last_day=given.to, days=days)
        line |= {"meters": told.meters, "meter_days": told.forecast_days}
        line["skipped"] |= told.skipped
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    return int(line["series"] + line["meters"] == 0)
