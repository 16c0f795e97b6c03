"""``python -m ingest [FILE …]``: the scheduled script.

Finishes what a killed run had begun. Then it takes the files, or every file in the folders, into
the lake; without any it collects from the field, once or with --daemon on and on. ``python -m
ingest forecast`` forecasts the days to come instead, ``python -m ingest portraits`` portrays the
customers, ``python -m ingest advice`` works out what each could save, ``python -m ingest signals``
calls customers to events of demand response until it is stopped. Prints JSON lines; ends with 1
when a file could not be opened or the collectors' file is not as it should be.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from ingest.advices_script import ADVICE, advice_run
from ingest.batch import CollectorError
from ingest.collection.running import run
from ingest.collection.service import Patience
from ingest.files import Options, Outcome, ingest_file, resume
from ingest.forecast_script import FORECAST, forecast_run
from ingest.lake import create_lake
from ingest.portraits_script import PORTRAITS, portraits_run
from ingest.signals.script import SIGNALS, signals_run
from queries.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    """Run once; for cron or a systemd timer."""
    arguments = sys.argv[1:] if arguments is None else arguments
    others = {
        FORECAST: forecast_run,
        ADVICE: advice_run,
        PORTRAITS: portraits_run,
        SIGNALS: signals_run,
    }
    if arguments and arguments[0] in others:
        return others[arguments[0]](arguments[1:])
    parser = argparse.ArgumentParser(prog="python -m ingest", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, help="files, or folders of files")
    parser.add_argument("--master", action="store_true", help="master data, not readings")
    parser.add_argument("--profile", help="TOML that says what the columns mean")
    parser.add_argument("--collectors", type=Path, help="TOML of the collectors")
    parser.add_argument("--daemon", action="store_true", help="collect until a signal ends it")
    parser.add_argument("--every", type=int, default=15, help="minutes between a daemon's rounds")
    given = parser.parse_args(arguments)
    settings = Settings()
    create_lake(settings)
    for outcome in resume(settings):
        _tell(outcome)
    if not given.paths:
        try:
            patience = Patience(every=timedelta(minutes=max(1, given.every)))
            run(settings, file=given.collectors, is_daemon=given.daemon, patience=patience)
        except (CollectorError, OSError) as error:
            sys.stdout.write(json.dumps({"event": "error", "message": str(error)}) + "\n")
            return 1
        return 0
    options = Options(given.master, given.profile)
    failed = False
    for file in _files(given.paths):
        try:
            _tell(ingest_file(settings, file, options))
        except CollectorError as error:
            failed = True
            sys.stdout.write(json.dumps({"source": str(file), "error": str(error)}) + "\n")
    return int(failed)


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]


def _tell(outcome: Outcome) -> None:
    line = {
        "source": outcome.source,
        "format": outcome.format,
        "batch_id": outcome.batch_id,
        "new": outcome.new,
        "corrected": outcome.corrected,
        "unchanged": outcome.unchanged,
        "quarantined": outcome.rejects.height,
    }
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
