"""Readings from an MQTT broker: acknowledged to it once they are on disk, and not before."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import aiomqtt

from ingest.batch import CollectorError
from ingest.collection.back_off import back_off
from ingest.collection.exchange import Exchange
from ingest.collection.mqtt.broker import MqttConfig

PROTOCOL = "mqtt"
_QOS = 1
_REFUSED_SUBSCRIPTION = 128
_MOST_AT_ONCE = 500
_ANSWER_SECONDS = 10
_LOG = logging.getLogger(__name__)

Keep = Callable[[Exchange], Awaitable[None]]
"""Returns once what it was given would survive a power cut; raises OSError where it cannot."""


@dataclass(slots=True)
class Standing:
    """How a subscription stands, for whoever watches.

    Attributes:
        is_connected: Now.
        since: Since when it is, or is not [UTC].
        kept: Messages kept and acknowledged.
        problem: Why it is not connected; None: it is, or has not tried yet.
    """

    is_connected: bool
    since: datetime
    kept: int = 0
    problem: str | None = None


async def subscribe(
    config: MqttConfig, keep: Keep, stop: asyncio.Event, standing: Standing | None = None
) -> None:
    """Take messages until ``stop`` is set; a broker that is away is tried again and again.

    The session is the broker's to keep: while we are away it holds our messages, and what we had
    not acknowledged comes again. A message may so come twice, and never not at all.

    Args:
        config: Which broker, which topics.
        keep: Makes an exchange durable. Its ``source`` is the collector's name and the topic.
        stop: Ends it cleanly, between two messages.
        standing: Is kept up to date. Certificates and password are read at each connection: one
            that is wrong is a problem until it is put right, like a broker that is away.
    """
    standing = standing or Standing(is_connected=False, since=datetime.now(UTC))
    failures = 0
    while not stop.is_set():
        kept = standing.kept
        try:
            await _session(config, keep, stop, standing)
        except (aiomqtt.MqttError, CollectorError, OSError) as error:
            standing.problem = _problem(config, error)
        if standing.is_connected:
            standing.is_connected, standing.since = False, datetime.now(UTC)
        if stop.is_set():
            return
        failures = 1 if standing.kept > kept else failures + 1
        pause = back_off(failures, config.retry_seconds)
        _LOG.warning("%s; again in %.0f s", standing.problem, pause)
        await _until(stop, pause)


async def _until(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def _problem(config: MqttConfig, error: Exception) -> str:
    return f"collector '{config.name}': broker {config.host}:{config.port}: {error}"


async def _session(config: MqttConfig, keep: Keep, stop: asyncio.Event, standing: Standing) -> None:
    client = aiomqtt.Client(
        config.host,
        config.port,
        identifier=config.client_id,
        username=config.username,
        password=config.password.read() if config.password else None,
        tls_context=config.trust.context() if config.trust else None,
        clean_session=False,
        keepalive=config.keepalive_seconds,
        timeout=_ANSWER_SECONDS,
    )
    # aiomqtt has no door to paho's acknowledgement by hand; without it a message would be
    # acknowledged as soon as it was received.
    client._client.manual_ack_set(True)  # noqa: FBT003, SLF001
    try:
        async with client:
            await _ask_for_topics(client, config)
            standing.is_connected, standing.since = True, datetime.now(UTC)
            standing.problem = None
            await _take_messages(client, config, keep, stop, standing)
    finally:
        # aiomqtt leaves the connection to a broker that takes it and never says welcome.
        client._client.disconnect()  # noqa: SLF001


async def _take_messages(
    client: aiomqtt.Client,
    config: MqttConfig,
    keep: Keep,
    stop: asyncio.Event,
    standing: Standing,
) -> None:
    stopped = asyncio.ensure_future(stop.wait())
    try:
        while not stop.is_set():
            messages = await _arrivals(client, stopped)
            await _keep_all(client, config, keep, standing, messages)
    finally:
        stopped.cancel()


async def _ask_for_topics(client: aiomqtt.Client, config: MqttConfig) -> None:
    filters = dict.fromkeys(profile.topic.topic_filter for profile in config.profiles)
    for topic_filter in filters:
        granted = await client.subscribe(topic_filter, qos=_QOS)
        for code in granted:
            value = code if isinstance(code, int) else code.value
            if value >= _REFUSED_SUBSCRIPTION:
                raise aiomqtt.MqttError(f"it refuses the topic '{topic_filter}' to us")
            if value < _QOS:
                raise aiomqtt.MqttError(
                    f"it grants the topic '{topic_filter}' at QoS {value} only, by which messages "
                    "are lost; expected 1"
                )


async def _arrivals(client: aiomqtt.Client, stopped: asyncio.Task) -> Sequence[aiomqtt.Message]:
    """The next message and those that came with it; none where we are to stop."""
    first = asyncio.ensure_future(anext(client.messages))
    await asyncio.wait({first, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if not first.done():
        first.cancel()
        return ()
    messages = [first.result()]
    while len(client.messages) and len(messages) < _MOST_AT_ONCE:
        messages.append(await anext(client.messages))
    return messages


async def _keep_all(
    client: aiomqtt.Client,
    config: MqttConfig,
    keep: Keep,
    standing: Standing,
    messages: Sequence[aiomqtt.Message],
) -> None:
    """Keep messages together, and acknowledge in the order in which they came, as MQTT wants it.

    Behind one that could not be kept none is acknowledged: they come again with it.
    """
    now = datetime.now(UTC)
    kept = await asyncio.gather(
        *(keep(_exchange(config, message, now)) for message in messages), return_exceptions=True
    )
    for message, failure in zip(messages, kept, strict=True):
        if failure is not None:
            raise failure
        client._client.ack(message.mid, message.qos)  # noqa: SLF001 - see _session
        standing.kept += 1


def _exchange(config: MqttConfig, message: aiomqtt.Message, now: datetime) -> Exchange:
    topic = str(message.topic)
    payload = message.payload
    return Exchange(
        at=now,
        source=f"{config.name}/{topic}",
        protocol=PROTOCOL,
        meter=_meter(config, topic),
        request=None,
        answer=payload if isinstance(payload, bytes) else str(payload).encode(),
    )


def _meter(config: MqttConfig, topic: str) -> str | None:
    """The meter that the topic names; None: the message itself says."""
    for profile in config.profiles:
        parts = profile.topic.match(topic)
        if parts is not None:
            part = profile.meter.part
            return None if part is None else parts[part].zfill(12)
    return None
