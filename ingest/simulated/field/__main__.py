"""``python -m ingest.simulated.field``: simulated terminals dial in to a master station."""

import argparse
import asyncio
from contextlib import suppress

from ingest.simulated.field.faults import Faults
from ingest.simulated.field.run import run_field


def main(arguments: list[str] | None = None) -> None:
    """Run until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m ingest.simulated.field", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="of the master station")
    parser.add_argument("--port", type=int, required=True, help="of the master station")
    parser.add_argument("--terminals", type=int, default=3, help="how many dial in")
    parser.add_argument("--meters", type=int, default=20, help="how many each of them reads")
    parser.add_argument("--speed", type=float, default=1.0, help="how fast its time goes")
    parser.add_argument("--seed", type=int, default=0, help="the same gives the same curves")
    parser.add_argument("--fault-rate", type=float, default=0.0, help="share that fails, 0 to 1")
    parser.add_argument("--gateway-port", type=int, help="of a gateway to DL/T 645 meters")
    given = parser.parse_args(arguments)
    running = run_field(
        given.host,
        given.port,
        terminals=given.terminals,
        meters_each=given.meters,
        speed=given.speed,
        seed=given.seed,
        faults=Faults(given.fault_rate, seed=given.seed) if given.fault_rate else None,
        gateway_port=given.gateway_port,
    )
    with suppress(KeyboardInterrupt):
        asyncio.run(running)


if __name__ == "__main__":
    main()
