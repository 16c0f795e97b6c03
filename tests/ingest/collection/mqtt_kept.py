"""A collector of its own process, to be killed: url's port, file, pause between two messages [s].

Every message is a line of the file, flushed to disk before it is acknowledged.
"""

import asyncio
import os
import sys
from pathlib import Path

from ingest.collection.exchange import Exchange
from ingest.collection.mqtt.broker import mqtt_config
from ingest.collection.mqtt.subscription import subscribe


async def _main(port: str, file: Path, pause: float) -> None:
    table = {"url": f"mqtt://127.0.0.1:{port}", "profiles": ["readings_json"], "retry_seconds": 1}
    config = mqtt_config(table, "test", name="killed", folder=Path())
    with file.open("ab") as out:

        async def keep(exchange: Exchange) -> None:
            out.write(exchange.answer + b"\n")
            out.flush()
            os.fsync(out.fileno())
            await asyncio.sleep(pause)

        await subscribe(config, keep, asyncio.Event())


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])))
