"""``python -m ingest advice``: saving advice for everybody, once a month has been read."""

import argparse
import json
import sys
from datetime import date

from ingest.advices import Wanted, make_advices
from ingest.files import resume
from ingest.lake import create_lake
from queries.settings import Settings

ADVICE = "advice"


def advice_run(arguments: list[str]) -> int:
    """Bring advice up to date once; prints one JSON line. Ends with 1 where there is none."""
    parser = argparse.ArgumentParser(prog="python -m ingest advice", description=__doc__)
    parser.add_argument("--district", action="append", help="only this one; may be repeated")
    parser.add_argument("--to", type=date.fromisoformat, help="last day whose readings count")
    parser.add_argument(
        "--again", action="store_true", help="also where nothing it rests on has changed"
    )
    given = parser.parse_args(arguments)
    settings = Settings()
    create_lake(settings)
    for _ in resume(settings):
        pass  # what a killed run had begun is finished before anything reads
    wanted = Wanted(tuple(given.district) if given.district else None, given.to, given.again)
    made = make_advices(settings, wanted)
    line = {
        "event": ADVICE,
        "usage_points": made.usage_points,
        "unchanged": made.unchanged,
        "moved": made.moved,
    }
    sys.stdout.write(json.dumps(line) + "\n")
    return int(made.usage_points + made.unchanged == 0)
