"""Running the collection from a terminal, from cron or a timer, or as a daemon."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from ingest.collection.config import load_config
from ingest.collection.rounds import Tell
from ingest.collection.service import Patience, Service, stop_on_signals
from ingest.lake import create_lake
from ingest.records.engine import upgrade
from queries.settings import Settings


def run(
    settings: Settings,
    *,
    file: Path | None = None,
    is_daemon: bool = False,
    patience: Patience | None = None,
    tell: Tell | None = None,
) -> dict[str, int]:
    """Collect once, or until a signal ends it.

    Args:
        settings: Where everything is.
        file: The collectors' TOML; None: that of the settings.
        is_daemon: Go on by schedule.
        patience: How long, how often.
        tell: The log; None: JSON lines on standard output.

    Returns:
        Of a single run the counts of ``Rounds.run``; of a daemon none.

    Raises:
        CollectorError: The file, or an entry, is not as it should be.
        SpoolError: Another collector is running.
    """
    config = load_config(file or settings.collectors_file)
    create_lake(settings)
    engine = upgrade(settings)
    log = tell or json_line

    async def collect() -> dict[str, int]:
        service = Service(config, settings, engine, tell=log, patience=patience)
        stop_on_signals(service)
        try:
            await service.start()
            if not is_daemon:
                return await service.once()
            await service.forever()
            return {}
        finally:
            await service.close()

    return asyncio.run(collect())


def json_line(event: str, **fields: object) -> None:
    """One event of the log, as one line of JSON on standard output."""
    content = {"at": datetime.now(UTC).isoformat(), "event": event, **fields}
    sys.stdout.write(json.dumps(content, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
