"""Calls by MQTT: published to an enrolment's topic, answered on the topic beside it.

A call is retained, with QoS 1, until its event is over: whoever connects late still finds it. That
the broker has it counts as delivered; who may write to which topic is the broker's to check.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from sqlalchemy import Engine

from ingest.batch import CollectorError
from ingest.collection.back_off import back_off
from ingest.collection.config import load_config
from ingest.collection.mqtt.broker import MqttConfig, mqtt_config
from ingest.signals.addresses import ANSWER_TOPIC
from ingest.signals.certificates import SignalError
from ingest.signals.message import Message, told
from ingest.signals.outbox import message_of, outgoing, tried
from ingest.signals.reply import ReplyError, read_reply, take_reply
from queries.settings import Settings

CHANNEL = "mqtt"
_QOS, _ANSWER_SECONDS, _DAY_SECONDS = 1, 10, 24 * 3600


def signals_broker(settings: Settings) -> MqttConfig | None:
    """The broker that takes calls: that of a collector; None: there is none.

    Raises:
        SignalError: no collector of kind mqtt has that name.
        CollectorError: the collectors' file is not as it should be.
    """
    if not settings.signals_broker:
        return None
    config = load_config(settings.collectors_file)
    for one in config.collectors:
        if one.kind == CHANNEL and one.name == settings.signals_broker:
            return mqtt_config(one.table, one.where, name=one.name, folder=config.folder)
    raise SignalError(
        f"FENGGU_SIGNALS_BROKER '{settings.signals_broker}' is no collector of kind mqtt in "
        f"{settings.collectors_file}."
    )


class BrokerCalls:
    """The connection of one process to the broker, kept up until it is stopped."""

    def __init__(
        self,
        config: MqttConfig,
        engine: Engine,
        *,
        tell: Callable[..., None],
        now: Callable[[], datetime],
        every_seconds: float = 5,
    ) -> None:
        """Nothing is opened yet."""
        self._config, self._engine, self._tell, self._now = config, engine, tell, now
        self._every = every_seconds
        self._asked: set[str] = set()

    async def run(self, topics: Callable[[], list[str]], stop: asyncio.Event) -> None:
        """Publish what waits and take answers; a broker that is away is tried again and again.

        Args:
            topics: Those of events not over yet, whose answers are awaited.
            stop: Ends it.
        """
        failures = 0
        while not stop.is_set():
            try:
                await self._session(topics, stop)
                failures = 0
            except (aiomqtt.MqttError, CollectorError, OSError) as error:
                failures += 1
                wrong = told("broker", f"{self._config.host}:{self._config.port}: {error}")
                self._tell("error", message=wrong)
                waiting = await asyncio.to_thread(outgoing, self._engine, CHANNEL)
                await asyncio.to_thread(
                    tried, self._engine, waiting, at=self._now(), state="waiting", wrong=wrong
                )
                await _until(stop, back_off(failures, self._config.retry_seconds))

    async def _session(self, topics: Callable[[], list[str]], stop: asyncio.Event) -> None:
        config, kept = self._config, Properties(PacketTypes.CONNECT)
        # The broker keeps our subscriptions, and the answers that come while we are away.
        kept.SessionExpiryInterval = _DAY_SECONDS
        client = aiomqtt.Client(
            config.host,
            config.port,
            identifier=f"{config.client_id}-signals",
            username=config.username,
            password=config.password.read() if config.password else None,
            tls_context=config.trust.context() if config.trust else None,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=False,
            properties=kept,
            keepalive=config.keepalive_seconds,
            timeout=_ANSWER_SECONDS,
        )
        self._asked.clear()
        async with client:
            listening = asyncio.create_task(self._listen(client))
            try:
                while not stop.is_set() and not listening.done():
                    messages = await asyncio.to_thread(outgoing, self._engine, CHANNEL)
                    called = [one.address for one in messages]
                    # Before the call goes out: an answer that nobody subscribes to is lost.
                    await self._subscribe(client, await asyncio.to_thread(topics) + called)
                    await self._publish(client, messages)
                    await _until(stop, self._every)
                if listening.done():
                    listening.result()
            finally:
                listening.cancel()
                with contextlib.suppress(asyncio.CancelledError, aiomqtt.MqttError):
                    await listening

    async def _subscribe(self, client: aiomqtt.Client, topics: list[str]) -> None:
        for topic in dict.fromkeys(topics):
            if topic not in self._asked:
                await client.subscribe(topic + ANSWER_TOPIC, qos=_QOS)
                self._asked.add(topic)

    async def _publish(self, client: aiomqtt.Client, messages: list[Message]) -> None:
        for message in messages:
            left = message.said.ends_at - self._now()
            until_the_end = Properties(PacketTypes.PUBLISH)
            until_the_end.MessageExpiryInterval = max(1, int(left.total_seconds()))
            await client.publish(
                message.address,
                message.content,
                qos=_QOS,
                retain=True,
                properties=until_the_end,
            )
            await asyncio.to_thread(
                tried, self._engine, [message], at=self._now(), state="delivered"
            )

    async def _listen(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            payload = message.payload if isinstance(message.payload, bytes) else b""
            why = await asyncio.to_thread(self._take, str(message.topic), payload)
            if why:
                self._tell("answer_refused", topic=str(message.topic), message=why)

    def _take(self, topic: str, payload: bytes) -> str:
        """Keep an answer; why it does not count, empty where it does."""
        try:
            data = read_reply(payload)
            message = message_of(self._engine, str(data.get("message_id")), CHANNEL)
            if message is None or message.address + ANSWER_TOPIC != topic:
                return "its message_id is none of a call to this topic."
            return take_reply(self._engine, message, data, payload, self._now())
        except ReplyError as error:
            return str(error)


async def _until(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
