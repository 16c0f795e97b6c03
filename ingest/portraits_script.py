"""``python -m ingest portraits``: how all customers use electricity, and what they pay for it."""

import argparse
import json
import sys
from datetime import date

from ingest.files import resume
from ingest.lake import create_lake
from ingest.portrait_money import make_money
from ingest.portraits import Wanted, make_portraits
from queries.settings import Settings

PORTRAITS = "portraits"


def portraits_run(arguments: list[str]) -> int:
    """Bring portraits and money up to date; prints one JSON line. Ends with 1 without portraits."""
    parser = argparse.ArgumentParser(prog="python -m ingest portraits", description=__doc__)
    parser.add_argument("--district", action="append", help="only this one; may be repeated")
    parser.add_argument("--to", type=date.fromisoformat, help="last day whose readings count")
    parser.add_argument(
        "--fit",
        action="store_true",
        help="work out weather, growth and likelihoods again, which is done once a month",
    )
    given = parser.parse_args(arguments)
    settings = Settings()
    create_lake(settings)
    for _ in resume(settings):
        pass  # what a killed run had begun is finished before anything reads
    wanted = Wanted(tuple(given.district) if given.district else None, given.to, given.fit)
    made = make_portraits(settings, wanted)
    money = make_money(settings, wanted)
    line = {
        "event": PORTRAITS,
        "usage_points": made.usage_points,
        "months": made.months,
        "fitted": made.fitted,
        "accounts": money.accounts,
        "billed": money.billed,
    }
    sys.stdout.write(json.dumps(line) + "\n")
    return int(made.usage_points == 0)
