"""``python -m ingest signals``: calls customers to events and takes their answers, until stopped.

Messages are written to the records first and sent from there, so it may be stopped and started at
any time. With --key URL it prints the key by which that webhook checks our calls and signs its
answers, and ends.
"""

import argparse
import asyncio
import json
import sys

from ingest.batch import CollectorError
from ingest.collection.running import json_line
from ingest.records.engine import upgrade
from ingest.signals.certificates import SignalError
from ingest.signals.signature import key_of
from queries.settings import Settings

SIGNALS = "signals"


def signals_run(arguments: list[str]) -> int:
    """Run until SIGTERM or SIGINT; prints JSON lines. Ends with 1 where a setting is wrong."""
    parser = argparse.ArgumentParser(prog="python -m ingest signals", description=__doc__)
    parser.add_argument("--key", metavar="URL", help="print the key of this webhook, and end")
    given = parser.parse_args(arguments)
    settings = Settings()
    try:
        if given.key:
            sys.stdout.write(key_of(settings.signals_secret, given.key) + "\n")
            return 0
        return asyncio.run(_serve(settings))
    except (SignalError, CollectorError, OSError) as error:
        sys.stdout.write(json.dumps({"event": "error", "message": str(error)}) + "\n")
        return 1


async def _serve(settings: Settings) -> int:
    # openleadr reads its schema for half a second: only who sends signals waits for it.
    from ingest.signals.service import Signals, stop_on_signals  # noqa: PLC0415

    signals = Signals(settings, upgrade(settings), tell=json_line)
    stop_on_signals(signals)
    await signals.run()
    return 0
