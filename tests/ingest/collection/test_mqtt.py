import asyncio
import hashlib
import re
import ssl
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiomqtt
import pytest

from ingest.batch import CollectorError
from ingest.collection.back_off import back_off
from ingest.collection.exchange import Exchange
from ingest.collection.mqtt.broker import mqtt_config
from ingest.collection.mqtt.subscription import Standing, subscribe
from queries.settings import PROJECT
from tests.ingest.collection.mqtt_server import Broker, running

IN_CLEAR = ("allow_anonymous true", "max_inflight_messages 5")
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
TOPIC = "meters/000000000042/readings"


@pytest.fixture
def broker(tmp_path):
    with running(tmp_path, *IN_CLEAR) as started:
        yield started


def config_of(broker: Broker, scheme: str = "mqtt", **entries):
    table = {
        "url": f"{scheme}://127.0.0.1:{broker.port}",
        "profiles": ["readings_json"],
        "retry_seconds": 1,
        **entries,
    }
    return mqtt_config(table, "collectors.toml", name="east", folder=broker.folder)


async def publish(broker: Broker, *payloads: str, topic: str = TOPIC) -> None:
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        for payload in payloads:
            await client.publish(topic, payload, qos=1)


class Kept:
    """Keeps exchanges; ``until(n)`` waits for so many."""

    def __init__(self, failures: int = 0):
        self.exchanges: list[Exchange] = []
        self.failures = failures
        self.asked = 0

    async def keep(self, exchange: Exchange) -> None:
        self.asked += 1
        if self.failures:
            self.failures -= 1
            raise OSError(28, "No space left on device")
        self.exchanges.append(exchange)

    @property
    def payloads(self) -> list[str]:
        return [exchange.answer.decode() for exchange in self.exchanges]


async def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.01)


def with_subscriber(
    config,
    keep,
    during: Callable[[Standing], Awaitable[None]],
):
    """Subscribe, do something meanwhile, stop cleanly."""

    async def main() -> Standing:
        stop, standing = asyncio.Event(), Standing(is_connected=False, since=BEGINNING)
        task = asyncio.create_task(subscribe(config, keep, stop, standing))
        try:
            await during(standing)
        finally:
            stop.set()
            await asyncio.wait_for(task, 5)
        return standing

    return asyncio.run(main())


def test_a_message_is_kept_with_its_topic_and_its_bytes(broker):
    kept = Kept()

    async def during(standing):
        await until(lambda: standing.is_connected)
        await publish(broker, "not even JSON")
        async with aiomqtt.Client("127.0.0.1", broker.port) as client:
            await client.publish(TOPIC, "sent without any promise", qos=0)
        await until(lambda: standing.kept == 2)

    with_subscriber(config_of(broker), kept.keep, during)
    exchange, other = kept.exchanges
    assert other.answer == b"sent without any promise"
    assert exchange.source == f"east/{TOPIC}"
    assert exchange.answer == b"not even JSON"
    assert (exchange.protocol, exchange.meter) == ("mqtt", "000000000042")
    assert exchange.request is None
    assert exchange.at.utcoffset() is not None


def test_nothing_is_acknowledged_before_it_is_kept(broker):
    """The broker may have five messages on their way: a sixth shows that one was acknowledged."""
    gate = asyncio.Event()
    asked = []

    async def keep(exchange):
        asked.append(exchange.answer)
        await gate.wait()

    async def during(standing):
        await until(lambda: standing.is_connected)
        await publish(broker, *(str(n) for n in range(12)))
        await until(lambda: len(asked) >= 1)
        await asyncio.sleep(0.3)
        assert len(asked) <= 5
        assert standing.kept == 0
        gate.set()
        await until(lambda: standing.kept == 12)

    with_subscriber(config_of(broker), keep, during)
    assert asked == [str(n).encode() for n in range(12)]


def test_what_could_not_be_kept_comes_again(broker):
    kept = Kept(failures=1)

    async def during(standing):
        await until(lambda: standing.is_connected)
        await publish(broker, "a", "b", "c")
        await until(lambda: len(set(kept.payloads)) == 3)

    with_subscriber(config_of(broker), kept.keep, during)
    assert set(kept.payloads) == {"a", "b", "c"}
    assert kept.asked > 3


def test_the_broker_holds_what_comes_while_the_collector_is_away(broker):
    async def connected(standing):
        await until(lambda: standing.is_connected)

    with_subscriber(config_of(broker), Kept().keep, connected)
    asyncio.run(publish(broker, "while away"))
    kept = Kept()

    async def arrived(_standing):
        await until(lambda: kept.payloads == ["while away"])

    with_subscriber(config_of(broker), kept.keep, arrived)


def test_a_broker_that_was_restarted_is_found_again(broker):
    kept = Kept()

    async def during(standing):
        await until(lambda: standing.is_connected)
        await asyncio.to_thread(broker.stop)
        await until(lambda: not standing.is_connected and standing.problem is not None)
        assert f"127.0.0.1:{broker.port}" in standing.problem
        await asyncio.to_thread(broker.start)
        await until(lambda: standing.is_connected)
        assert standing.problem is None
        await publish(broker, "after")
        await until(lambda: kept.payloads == ["after"])

    with_subscriber(config_of(broker), kept.keep, during)


def test_a_stop_ends_a_collector_that_waits_for_its_broker(tmp_path):
    broker = Broker(tmp_path, ())

    async def during(standing):
        await until(lambda: standing.problem is not None)

    begun = time.monotonic()
    with_subscriber(config_of(broker, retry_seconds=3600), Kept().keep, during)
    assert time.monotonic() - begun < 3


def test_kill_9_loses_nothing_that_was_acknowledged_and_the_rest_comes_again(broker, tmp_path):
    file = tmp_path / "kept.txt"
    file.touch()
    program = Path(__file__).with_name("mqtt_kept.py")

    def collector(pause: str) -> subprocess.Popen:
        arguments = [sys.executable, str(program), str(broker.port), str(file), pause]
        return subprocess.Popen(arguments, cwd=PROJECT, env={"PYTHONPATH": str(PROJECT)})  # noqa: S603

    def lines() -> list[str]:
        return file.read_text().split("\n")[:-1]

    def wait_for(holds: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < end, "it did not happen in time"
            time.sleep(0.01)

    def is_heard() -> bool:
        asyncio.run(publish(broker, "first"))
        return bool(lines())

    process = collector("0.005")
    try:
        wait_for(is_heard)  # from now on the broker holds the session
        wanted = [str(n) for n in range(250)]
        asyncio.run(publish(broker, *wanted))
        for enough in (20, 90, 160):
            wait_for(lambda enough=enough: len(set(lines())) > enough)
            process.kill()
            process.wait(10)
            process = collector("0.003")
        wait_for(lambda: set(wanted) <= set(lines()))
    finally:
        process.kill()
        process.wait(10)
    assert [line for line in dict.fromkeys(lines()) if line != "first"] == wanted


TLS = (
    "cafile {ca}",
    "certfile {server}",
    "keyfile {key}",
    "allow_anonymous true",
)


@contextmanager
def tls_broker(folder, certificates, server="server", *lines):
    named = {
        "ca": certificates.file("ca.pem"),
        "server": certificates.file(f"{server}.pem"),
        "key": certificates.file(f"{server}.key"),
    }
    with running(folder, *(line.format(**named) for line in TLS), *lines) as broker:
        yield broker


def problem_of(config) -> str:
    async def during(standing):
        await until(lambda: standing.problem is not None or standing.is_connected)

    standing = with_subscriber(config, Kept().keep, during)
    assert standing.problem is not None, "it connected"
    return standing.problem


def test_tls_with_the_authority_that_signed_the_broker_connects(tmp_path, certificates):
    async def connected(standing):
        await until(lambda: standing.is_connected)

    with tls_broker(tmp_path, certificates) as broker:
        config = config_of(broker, "mqtts", ca_file=certificates.file("ca.pem"))
        with_subscriber(config, Kept().keep, connected)


def test_a_broker_whose_authority_is_not_trusted_is_not_spoken_to(tmp_path, certificates):
    with tls_broker(tmp_path, certificates) as broker:
        stranger = config_of(broker, "mqtts", ca_file=certificates.file("stranger.pem"))
        assert "CERTIFICATE_VERIFY_FAILED" in problem_of(stranger)
        assert "CERTIFICATE_VERIFY_FAILED" in problem_of(config_of(broker, "mqtts"))


def test_a_certificate_for_another_host_is_not_accepted(tmp_path, certificates):
    with tls_broker(tmp_path, certificates, "elsewhere") as broker:
        config = config_of(broker, "mqtts", ca_file=certificates.file("ca.pem"))
        assert "IP address mismatch" in problem_of(config)


def test_a_broker_can_ask_for_a_certificate_and_a_password(tmp_path, certificates, monkeypatch):
    users = tmp_path / "users"
    # The password is "open sesame": mosquitto's form of PBKDF2 with SHA-512, one round.
    users.write_text("east:" + mosquitto_hash("open sesame") + "\n")
    monkeypatch.setenv("EAST_PASSWORD", "open sesame")
    asks = ("require_certificate true", "allow_anonymous false", f"password_file {users}")

    async def connected(standing):
        await until(lambda: standing.is_connected)

    with tls_broker(tmp_path, certificates, "server", *asks) as broker:
        ours = {
            "ca_file": certificates.file("ca.pem"),
            "client_certificate": certificates.file("client.pem"),
            "client_key": certificates.file("client.key"),
            "username": "east",
            "password_env": "EAST_PASSWORD",
        }
        config = config_of(broker, "mqtts", **ours)
        with_subscriber(config, Kept().keep, connected)
        monkeypatch.setattr("ingest.collection.mqtt.subscription._ANSWER_SECONDS", 1)
        assert problem_of(config_of(broker, "mqtts", ca_file=certificates.file("ca.pem")))
        monkeypatch.setenv("EAST_PASSWORD", "wrong")
        refused = problem_of(config)
        assert "authori" in refused.lower()
        assert "wrong" not in refused


def mosquitto_hash(password: str) -> str:
    salt = b"twelve bytes"
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 101)
    return f"$7$101${b64encode(salt).decode()}${b64encode(digest).decode()}"


@pytest.mark.parametrize(("granted", "expected"), [(0x80, "refuses"), (0, "QoS 0 only")])
def test_a_topic_that_is_not_granted_is_a_problem_with_its_name(granted, expected, tmp_path):
    """A broker of three answers: welcome, ``granted``, and nothing more."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, length = await reader.readexactly(2)
        await reader.readexactly(length)
        writer.write(b"\x20\x02\x00\x00")
        _, length = await reader.readexactly(2)
        number = (await reader.readexactly(length))[:2]
        writer.write(b"\x90\x03" + number + bytes([granted]))
        await reader.read()
        writer.close()
        ended.set()

    ended = asyncio.Event()

    async def main() -> str:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            table = {"url": f"mqtt://127.0.0.1:{port}", "profiles": ["readings_json"]}
            config = mqtt_config(table, "c", name="east", folder=tmp_path)
            stop, standing = asyncio.Event(), Standing(is_connected=False, since=BEGINNING)
            task = asyncio.create_task(subscribe(config, Kept().keep, stop, standing))
            await until(lambda: standing.problem is not None)
            stop.set()
            await task
            await until(ended.is_set)
            await asyncio.sleep(0)  # the connection is closed in the next turn of the loop
            return str(standing.problem)

    problem = asyncio.run(main())
    assert "'meters/+/readings'" in problem
    assert expected in problem


def test_a_broker_that_takes_the_call_and_says_nothing_is_hung_up_on(tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.collection.mqtt.subscription._ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(
        "ingest.collection.mqtt.subscription.back_off", lambda _failures, _longest: 0.01
    )
    calls = []

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append("taken")
        await reader.read()  # until the other side hangs up
        writer.close()
        calls.append("hung up")

    async def main() -> None:
        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            table = {"url": f"mqtt://127.0.0.1:{port}", "profiles": ["readings_json"]}
            config = mqtt_config(table, "c", name="east", folder=tmp_path)
            stop = asyncio.Event()
            task = asyncio.create_task(subscribe(config, Kept().keep, stop))
            await until(lambda: calls.count("taken") == 3)
            stop.set()
            await asyncio.wait_for(task, 5)
            await until(lambda: calls.count("hung up") == calls.count("taken"))
            await asyncio.sleep(0)  # the last one is closed in the next turn of the loop

    asyncio.run(main())


def test_a_name_with_a_slash_would_be_taken_for_a_topic(tmp_path):
    with pytest.raises(CollectorError, match="without /"):
        mqtt_config({"url": "mqtts://b"}, "c", name="a/b", folder=tmp_path)


def test_pauses_grow_to_their_limit_and_differ():
    assert all(0.5 <= back_off(1, 60) <= 1 for _ in range(50))
    assert all(4 <= back_off(4, 60) <= 8 for _ in range(50))
    assert all(30 <= back_off(400, 60) <= 60 for _ in range(50))
    assert len({back_off(4, 60) for _ in range(10)}) > 1


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ({"url": "mqtt://broker.example"}, "in clear"),
        ({"url": "http://broker.example"}, "mqtts://host:port"),
        ({"url": "mqtts://user:secret@broker.example"}, "by their own entries"),
        ({"url": "mqtts://broker.example:99999"}, "mqtts://host:port"),
        ({"url": "mqtts://b", "password": "secret"}, "password_file"),
        ({"url": "mqtts://b", "password_env": "X"}, "'username' is missing"),
        ({"url": "mqtts://b", "profile": ["a"]}, "did you mean 'profiles'"),
        ({"url": "mqtts://b", "profiles": ["readings"]}, "MQTT profile readings.toml"),
        ({"url": "mqtts://b", "profiles": []}, "'profiles' is missing"),
        ({"url": "mqtts://b", "client_key": "k.pem"}, "'client_certificate' is missing"),
        ({"url": "mqtts://b", "keepalive_seconds": 1}, "5 to 3600"),
        ({"url": "mqtts://b", "verify": False}, "unknown key 'verify'"),
        ({"url": "mqtts://b", "tls_insecure": True}, "unknown key 'tls_insecure'"),
    ],
)
def test_entries_that_cannot_be_meant_name_the_file_and_the_key(entries, expected, tmp_path):
    with pytest.raises(CollectorError, match=re.escape(expected)) as told:
        mqtt_config(
            {"profiles": ["readings_json"], **entries},
            "collectors.toml: 'east'",
            name="east",
            folder=tmp_path,
        )
    assert "secret" not in str(told.value)
    if "MQTT profile" not in expected:
        assert str(told.value).startswith("collectors.toml: 'east'")


def test_a_certificate_file_that_is_none_is_named(tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    table = {"url": "mqtts://b", "ca_file": "ca.pem", "profiles": ["readings_json"]}
    config = mqtt_config(table, "c", name="east", folder=tmp_path)
    assert config.trust is not None
    with pytest.raises(CollectorError, match=r"ca\.pem"):
        config.trust.context()


def test_names_are_verified_whatever_the_entries_say(tmp_path):
    table = {"url": "mqtts://b", "profiles": ["readings_json"]}
    config = mqtt_config(table, "c", name="east", folder=tmp_path)
    assert config.trust is not None
    context = config.trust.context()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
