import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from aiohttp import web

from ingest.records.engine import SYSTEM, Actor
from ingest.records.response_programmes import ResponseError
from ingest.signals.answers_port import AnswersPort
from ingest.signals.certificates import SignalError
from ingest.signals.outbox import prepare, send_again
from ingest.signals.readdress import readdress
from ingest.signals.signature import is_signed, key_of, signed
from ingest.signals.webhook import deliver
from tests.ingest.signals.called import Called

SECRET = "s" * 40


class Customer:
    """An HTTP server of a customer, which answers the next calls as it is told."""

    def __init__(self):
        self.calls: list[tuple[dict, bytes]] = []
        self.statuses: list[int] = []
        self.body = b""
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.calls.append((dict(request.headers), await request.read()))
        status = self.statuses.pop(0) if self.statuses else 200
        headers = {"Location": "http://127.0.0.1:1/"} if status == 302 else None
        return web.Response(status=status, body=self.body, headers=headers)


@asynccontextmanager
async def customer():
    one, app = Customer(), web.Application()
    app.router.add_post("/call", one.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/call"
    try:
        yield one
    finally:
        await runner.cleanup()


class Clock:
    def __init__(self):
        self.at = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at


def called_by(folder, url: str) -> Called:
    called = Called(folder, [("webhook", url)])
    called.call()
    prepare(called.engine, datetime.now(UTC))
    return called


def test_a_call_is_signed_and_its_answer_in_the_response_stands(tmp_path):
    async def go() -> tuple[Called, Customer]:
        async with customer() as one:
            called = called_by(tmp_path, one.url)
            one.body = b'{"answer": "opt_in", "reduction_kw": 6.5}'
            assert await deliver(called.engine, SECRET, lambda: datetime.now(UTC)) == 1
            assert await deliver(called.engine, SECRET, lambda: datetime.now(UTC)) == 0
            return called, one

    called, one = asyncio.run(go())
    [(headers, body)] = one.calls
    content = json.loads(body)
    assert is_signed(key_of(SECRET, one.url), body, headers, datetime.now(UTC))
    assert not is_signed(key_of(SECRET, one.url + "x"), body, headers, datetime.now(UTC))
    assert headers["Idempotency-Key"] == content["message_id"]
    assert content["points"] == [{"usage_point_id": "P1", "reduction_kw": 8.0}]
    assert called.answers() == {"P1": "opt_in"}
    [message] = called.messages()
    assert (message.state, message.attempts) == ("delivered", 1)
    assert json.loads(called.messages("in")[0].content)["reduction_kw"] == 6.5


def test_a_server_in_trouble_is_tried_again_later_with_the_same_key(tmp_path):
    clock = Clock()

    async def go() -> tuple[Called, Customer]:
        async with customer() as one:
            called = called_by(tmp_path, one.url)
            one.statuses = [503, 429]
            clock.at = datetime.now(UTC)
            assert await deliver(called.engine, SECRET, clock) == 0
            assert called.messages()[0].told == "status: 503"
            assert await deliver(called.engine, SECRET, clock) == 0
            assert len(one.calls) == 1, "not before the pause is over"
            clock.at += timedelta(seconds=15)
            assert await deliver(called.engine, SECRET, clock) == 0
            clock.at += timedelta(seconds=30)
            assert await deliver(called.engine, SECRET, clock) == 1
            return called, one

    called, one = asyncio.run(go())
    assert len({headers["Idempotency-Key"] for headers, _ in one.calls}) == 1
    assert called.messages()[0].attempts == 3


@pytest.mark.parametrize("status", [404, 302])
def test_a_refusal_is_final_until_staff_sends_it_again(tmp_path, status):
    async def go() -> Called:
        async with customer() as one:
            called = called_by(tmp_path, one.url)
            one.statuses = [status]
            await deliver(called.engine, SECRET, lambda: datetime.now(UTC))
            [failed] = called.messages()
            assert (failed.state, failed.told) == (
                "failed",
                f"status: {status}",
            )
            await deliver(called.engine, SECRET, lambda: datetime.now(UTC))
            assert len(one.calls) == 1
            send_again(called.engine, SYSTEM, failed.id)
            assert await deliver(called.engine, SECRET, lambda: datetime.now(UTC)) == 1
            return called

    assert asyncio.run(go()).messages()[0].state == "delivered"


def test_nobody_there_is_told_and_given_up_after_eight_attempts(tmp_path):
    called = called_by(tmp_path, "http://127.0.0.1:1/call")
    clock = Clock()
    for _ in range(8):
        asyncio.run(deliver(called.engine, SECRET, clock))
        clock.at += timedelta(minutes=10)
    [message] = called.messages()
    assert (message.state, message.attempts) == ("failed", 8)
    assert message.told.startswith("unreachable: ")
    with pytest.raises(ValueError, match="has not failed"):
        send_again(called.engine, SYSTEM, "nothing")


def test_an_enrolment_without_an_address_of_its_channel_fails_at_once(tmp_path):
    places = [("webhook", None), ("webhook", "http://elsewhere.example/x"), ("mqtt", "all/#")]
    called = Called(tmp_path, [*places, ("openadr", "no ven")])
    called.call()
    assert prepare(called.engine, datetime.now(UTC)) == 4
    assert prepare(called.engine, datetime.now(UTC)) == 0, "once"
    told = {one.address: one.told for one in called.messages(state="failed")}
    assert "no address" in told[""]
    assert "https://" in told["http://elsewhere.example/x"]
    assert "no topic" in told["all/#"]
    assert "no VEN" in told["no ven"]


def test_a_corrected_address_is_called_and_the_wrong_one_no_more(tmp_path):
    planner = Actor("li", "planner")

    async def go() -> Called:
        async with customer() as one:
            called = called_by(tmp_path, "http://elsewhere.example/call")
            [failed] = called.messages()
            for channel, address in (("webhook", "nowhere"), ("mqtt", "#"), ("webhook", "")):
                with pytest.raises(ResponseError):
                    readdress(called.engine, planner, failed.id, channel=channel, address=address)
            desk = Actor("zhao", "service_desk")
            with pytest.raises(ResponseError):
                readdress(called.engine, desk, failed.id, channel="webhook", address=one.url)
            new = {"channel": "webhook", "address": f" {one.url} "}
            assert readdress(called.engine, planner, failed.id, **new) == 1
            assert prepare(called.engine, datetime.now(UTC)) == 1
            assert await deliver(called.engine, SECRET, lambda: datetime.now(UTC)) == 1
            with pytest.raises(ResponseError):
                readdress(called.engine, planner, "nothing", **new)
            return called

    states = {one.address: one.state for one in asyncio.run(go()).messages()}
    assert sorted(states.values()) == ["delivered", "failed"]
    assert states["http://elsewhere.example/call"] == "failed"


def test_what_nobody_confirmed_has_failed_when_the_event_is_over(tmp_path):
    called = called_by(tmp_path, "http://127.0.0.1:1/call")
    assert prepare(called.engine, datetime.now(UTC) + timedelta(hours=6)) == 0
    [message] = called.messages()
    assert message.state == "failed"
    assert "over" in message.told


def test_only_who_was_called_can_answer_at_the_port(tmp_path):
    called = called_by(tmp_path, "http://127.0.0.1:1/call")
    [message] = called.messages()
    clock = Clock()

    async def go() -> list[httpx.Response]:
        port = AnswersPort(called.settings, called.engine, now=clock)
        await port.start()
        key = key_of(SECRET, message.address)

        async def answer(content: object, key: str, at: datetime) -> httpx.Response:
            body = json.dumps(content).encode()
            url = f"http://127.0.0.1:{port.port}/answers"
            return await client.post(url, content=body, headers=signed(key, body, at))

        said = {"message_id": message.id, "answer": "opt_in"}
        try:
            async with httpx.AsyncClient() as client:
                old = clock.at - timedelta(minutes=6)
                found = [
                    await answer(said, key_of(SECRET, "https://other.example"), clock.at),
                    await answer(said, key, old),
                    await answer(said | {"message_id": "x"}, key, clock.at),
                    await answer(said | {"answer": "perhaps"}, key, clock.at),
                    await answer(said | {"reduction_kw": -1}, key, clock.at),
                    await answer(said | {"usage_point_id": "P2"}, key, clock.at),
                    await answer([1], key, clock.at),
                ]
                assert called.answers() == {"P1": None}
                found.append(await answer(said, key, clock.at))
                assert called.answers() == {"P1": "opt_in"}
                clock.at += timedelta(hours=4)
                found.append(await answer(said | {"answer": "opt_out"}, key, clock.at))
                found.append(await answer(said, key, clock.at))
                return found
        finally:
            await port.stop()

    answers = asyncio.run(go())
    assert [one.status_code for one in answers] == [
        401,
        401,
        401,
        400,
        400,
        400,
        400,
        200,
        200,
        409,
    ]
    assert called.answers() == {"P1": "opt_out"}
    assert called.messages()[0].state == "delivered", "who answers has got it"


def test_a_short_secret_sends_nothing(tmp_path):
    called = called_by(tmp_path, "http://127.0.0.1:1/call")
    with pytest.raises(SignalError, match="at least 32"):
        asyncio.run(deliver(called.engine, "short", lambda: datetime.now(UTC)))
