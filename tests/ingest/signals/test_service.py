import asyncio
import json
import signal
import subprocess
import sys
from datetime import timedelta

import aiomqtt
import pytest

from ingest.__main__ import main
from ingest.records.engine import SYSTEM
from ingest.records.response_events import cancel_event
from ingest.signals.certificates import SignalError
from ingest.signals.service import Signals
from ingest.signals.signature import key_of
from queries.settings import PROJECT, environment_with
from tests.ingest.collection.mqtt_server import free_port, running
from tests.ingest.signals.called import Called, until
from tests.ingest.signals.ven import Ven, polling

TOPIC = "dr/site-7"


def with_broker(called: Called, port: int) -> None:
    (called.folder / "collectors.toml").write_text(
        f'[[collector]]\nname = "east"\nkind = "mqtt"\nurl = "mqtt://127.0.0.1:{port}"\n'
        'profiles = ["readings_json"]\nretry_seconds = 1\nmeters = "meters.csv"\n'
    )
    meters = "address,usage_point_id,meter_id\n000000000042,P9,M9\n"
    (called.folder / "meters.csv").write_text(meters)
    called.settings = called.settings.model_copy(update={"signals_broker": "east"})


async def serving(called: Called, during, **settings: object) -> None:
    signals = Signals(
        called.settings.model_copy(update=settings),
        called.engine,
        tell=called.tell,
        every=timedelta(seconds=0.1),
    )
    task = asyncio.create_task(signals.run())
    try:
        await during(signals)
    finally:
        signals.stop()
        await asyncio.wait_for(task, 20)


async def next_of(client: aiomqtt.Client) -> dict:
    message = await asyncio.wait_for(anext(aiter(client.messages)), 20)
    assert isinstance(message.payload, bytes)
    return json.loads(message.payload)


def test_a_topic_is_called_answered_and_told_of_the_cancellation(tmp_path):
    called = Called(tmp_path, [("mqtt", TOPIC)])
    broker_folder = tmp_path / "broker"
    broker_folder.mkdir()

    async def go(port: int) -> None:
        async def during(_: Signals) -> None:
            event_id = called.call()
            await until(lambda: [m.state for m in called.messages()] == ["delivered"])
            # It connects after the call, and finds it.
            async with aiomqtt.Client("127.0.0.1", port) as site:
                await site.subscribe(TOPIC, qos=1)
                call = await next_of(site)
                assert call["kind"] == "event"
                stranger = json.dumps({"message_id": "no", "answer": "opt_in"})
                await site.publish(f"{TOPIC}/answer", stranger, qos=1)
                reply = json.dumps({"message_id": call["message_id"], "answer": "opt_out"})
                await site.publish(f"{TOPIC}/answer", reply, qos=1)
                await until(lambda: called.answers() == {"P1": "opt_out"})
                cancel_event(called.engine, SYSTEM, event_id, version=2)
                cancelled = await next_of(site)
                assert cancelled["kind"] == "cancellation"
                assert cancelled["event_id"] == event_id

        await serving(called, during)

    with running(broker_folder, "allow_anonymous true") as broker:
        with_broker(called, broker.port)
        asyncio.run(go(broker.port))
    refused = [fields for event, fields in called.told if event == "answer_refused"]
    assert len(refused) == 1


def test_a_broker_that_is_away_is_told_and_called_once_it_is_back(tmp_path):
    called = Called(tmp_path, [("mqtt", TOPIC)])
    broker_folder = tmp_path / "broker"
    broker_folder.mkdir()
    called.call()

    with running(broker_folder, "allow_anonymous true") as broker:
        with_broker(called, broker.port)
        broker.stop()

        async def during(_: Signals) -> None:
            await until(lambda: any(m.attempts and m.told for m in called.messages()))
            assert called.messages()[0].state == "waiting"
            await asyncio.to_thread(broker.start)
            await until(lambda: called.messages()[0].state == "delivered")

        asyncio.run(serving(called, during))
    assert called.messages()[0].told == ""


def test_one_process_serves_vens_as_well(tmp_path):
    called = Called(tmp_path, [("openadr", "VEN-1"), ("phone", "0411-1234")])
    called.call()

    async def during(signals: Signals) -> None:
        assert signals.vtn is not None
        await until(lambda: any(event == "openadr" for event, _ in called.told))
        ven = Ven(signals.vtn, "VEN-1")
        async with polling(ven):
            await until(lambda: called.answers() == {"P1": "opt_in", "P2": None})

    asyncio.run(serving(called, during, openadr_port=free_port(), answers_port=free_port()))
    [phone] = called.messages(channel="phone")
    assert phone.state == "waiting", "until somebody has called"


def test_a_broker_that_no_collector_names_is_said_at_the_start(tmp_path):
    called = Called(tmp_path, [("mqtt", TOPIC)])
    with_broker(called, 1883)
    settings = called.settings.model_copy(update={"signals_broker": "west"})
    with pytest.raises(SignalError, match="west"):
        Signals(settings, called.engine, tell=called.tell)


def test_the_command_serves_until_it_is_stopped(tmp_path):
    environment = environment_with(
        FENGGU_DATA=str(tmp_path),
        FENGGU_OPENADR_PORT=str(free_port()),
        FENGGU_SIGNALS_SECRET="s" * 40,
        FENGGU_ANSWERS_PORT=str(free_port()),
    )
    # Not `-m ingest`, which loads what forecasts as well: ten seconds for a test.
    script = "import sys; from ingest.signals.script import signals_run; sys.exit(signals_run([]))"
    command = [sys.executable, "-c", script]
    with subprocess.Popen(  # noqa: S603
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert [line["event"] for line in lines] == ["openadr", "signals"]
    assert lines[0]["tls"] is False


def test_the_key_of_a_webhook_is_printed_for_its_owner(monkeypatch, capsys):
    monkeypatch.setenv("FENGGU_SIGNALS_SECRET", "s" * 40)
    assert main(["signals", "--key", "https://site.example/call"]) == 0
    assert capsys.readouterr().out == key_of("s" * 40, "https://site.example/call") + "\n"
    monkeypatch.setenv("FENGGU_SIGNALS_SECRET", "short")
    assert main(["signals", "--key", "https://site.example/call"]) == 1
    assert "32" in capsys.readouterr().out
