import asyncio
import json
from datetime import date

import aiomqtt
import polars as pl

from ingest.collection.mqtt.broker import mqtt_config
from ingest.collection.mqtt.subscription import subscribe
from ingest.collection.spool import Spool
from ingest.collection.wants import Meter
from ingest.files import ingest_file
from ingest.lake import scan_table, writing
from queries.schema import ENERGY_PROFILES, REGISTER_PROFILES
from tests.ingest.collection.mqtt_server import running

METER = Meter("000000000042", "P1", "M1")


def readings(*kwh: float) -> str:
    rows = [
        {"time": f"2026-01-01T00:{15 * i:02}:00+08:00", "import": value}
        for i, value in enumerate(kwh)
    ]
    return json.dumps({"readings": rows})


def test_from_the_broker_to_the_lake_energy_is_what_the_register_moved(
    empty_settings, register, tmp_path
):
    """1000.00, 1000.25, 1000.75 kWh at three quarters, by a meter behind transformers of 30:1."""
    register(
        empty_settings,
        usage_points=[{"usage_point_id": "P1"}],
        meters=[
            {
                "meter_id": "M1",
                "usage_point_id": "P1",
                "current_ratio": 30,
                "voltage_ratio": 1,
                "register_digits": 6,
            }
        ],
    )

    async def collect(port: int) -> list:
        table = {"url": f"mqtt://127.0.0.1:{port}", "profiles": ["readings_json"]}
        config = mqtt_config(table, "c", name="east", folder=tmp_path)
        meters = {METER.address: METER}
        spool = Spool(
            tmp_path / "spool", meters, {"east": [one.entries for one in config.profiles]}
        )
        stop, arrived = asyncio.Event(), asyncio.Queue()

        async def keep(exchange):
            await spool.keep(exchange)
            arrived.put_nowait(exchange)

        task = asyncio.create_task(subscribe(config, keep, stop))
        topic = f"meters/{METER.address}/readings"
        async with aiomqtt.Client("127.0.0.1", port) as client:
            # Retained: the broker still has it when the subscription comes.
            await client.publish(topic, readings(1000, 1000.25), qos=1, retain=True)
            await asyncio.wait_for(arrived.get(), 30)
            await client.publish(topic, readings(1000, 1000.25, 1000.75), qos=1)
            await asyncio.wait_for(arrived.get(), 30)
        stop.set()
        await task
        spool.close()
        return spool.finished

    broker_folder = tmp_path / "broker"
    broker_folder.mkdir()
    with running(broker_folder, "allow_anonymous true") as broker:
        [segment] = asyncio.run(collect(broker.port))
    outcome = ingest_file(empty_settings, segment)
    assert outcome.rejects.is_empty()
    with writing(empty_settings) as writer:
        [shown] = scan_table(writer, REGISTER_PROFILES).collect().iter_rows(named=True)
        energies = scan_table(writer, ENERGY_PROFILES).filter(pl.col("channel") == "import")
        [energy] = energies.collect().iter_rows(named=True)
    assert [shown[slot] for slot in ("t0000", "t0015", "t0030")] == [
        10_000_000,
        10_002_500,
        10_007_500,
    ]
    assert energy["service_date"] == date(2026, 1, 1)
    assert [energy[slot] for slot in ("t0000", "t0015", "t0030")] == [7500, 15_000, None]
    assert ingest_file(empty_settings, segment).new == 0
