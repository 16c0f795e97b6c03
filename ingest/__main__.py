"""``python -m ingest [FILE …]``: the scheduled script.

Finishes what a killed run had begun, then takes the files, or every file in the folders, into the
lake. Prints one JSON line a file; ends with 1 when one could not be opened.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from ingest.batch import CollectorError
from ingest.files import Options, Outcome, ingest_file, resume
from ingest.lake import create_lake
from queries.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    """Run once; for cron or a systemd timer."""
    parser = argparse.ArgumentParser(prog="python -m ingest", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, help="files, or folders of files")
    parser.add_argument("--master", action="store_true", help="master data, not readings")
    parser.add_argument("--profile", help="TOML that says what the columns mean")
    given = parser.parse_args(arguments)
    settings = Settings()
    create_lake(settings)
    for outcome in resume(settings):
        _tell(outcome)
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
