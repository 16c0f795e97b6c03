import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from openleadr.utils import certificate_fingerprint

from ingest.records.engine import SYSTEM
from ingest.records.response_events import cancel_event
from ingest.signals.certificates import SignalError
from ingest.signals.openadr import Vtn
from ingest.signals.outbox import prepare
from tests.ingest.collection.certificates import make_certificates
from tests.ingest.signals.called import Called, until
from tests.ingest.signals.ven import Ven, polling, running

POLL = timedelta(seconds=1)


def vtn_of(called: Called, **more) -> Vtn:
    return Vtn(called.settings, called.engine, tell=called.tell, poll_every=POLL, **more)


def called_now(called: Called) -> None:
    prepare(called.engine, datetime.now(UTC))


def test_one_ven_opts_in_and_another_out_and_both_answers_stand(tmp_path):
    called = Called(tmp_path, [("openadr", "VEN-1"), ("openadr", "VEN-2"), ("openadr", "VEN-1")])

    async def go() -> tuple[Ven, Ven]:
        async with running(vtn_of(called)) as vtn:
            first, second = Ven(vtn, "VEN-1"), Ven(vtn, "VEN-2", "optOut")
            async with polling(first, second):
                assert called.answers() == {}
                called.call(reason="shortage")
                called_now(called)
                await until(lambda: None not in called.answers().values())
                await until(lambda: {m.state for m in called.messages()} == {"delivered"})
            return first, second

    first, second = asyncio.run(go())
    assert called.answers() == {"P1": "opt_in", "P2": "opt_out", "P3": "opt_in"}
    [event] = first.events
    signals = {one["signal_name"]: one for one in event["event_signals"]}
    assert signals["SIMPLE"]["intervals"][0]["signal_payload"] == 3
    dispatch = signals["LOAD_DISPATCH"]
    assert dispatch["signal_type"] == "delta"
    assert dispatch["intervals"][0]["signal_payload"] == -16.0, "P1 and P3 together"
    unit = dispatch["powerReal"]
    assert (unit["si_scale_code"], unit["item_units"]) == ("k", "W")
    assert event["active_period"]["duration"] == timedelta(hours=2)
    assert len(second.events) == 1
    assert [m.told for m in called.messages("in")] == ["", ""], "answers are kept as they came"


def test_an_event_called_before_a_restart_is_delivered_after_it(tmp_path):
    called = Called(tmp_path, [("openadr", "VEN-1")])

    async def go() -> None:
        async with running(vtn_of(called)) as vtn:
            ven = Ven(vtn, "VEN-1")
            await ven.client.run()
            await ven.close()
            registered = ven.client.registration_id
        called.call()
        called_now(called)
        called_now(called)
        async with running(vtn_of(called)) as vtn:
            again = Ven(vtn, "VEN-1")
            # It polls with the registration of before, and need not register anew.
            again.client.registration_id = registered
            await again.answer((await again.poll())[1])
            await until(lambda: called.answers() == {"P1": "opt_in"})
            await again.close()

    asyncio.run(go())
    [message] = called.messages()
    assert (message.state, message.attempts) == ("delivered", 1)


def test_what_a_ven_did_not_confirm_comes_with_its_next_poll(tmp_path):
    called = Called(tmp_path, [("openadr", "VEN-1")])
    called.call()
    called_now(called)

    async def go() -> None:
        async with running(vtn_of(called)) as vtn:
            ven = Ven(vtn, "VEN-1")
            await ven.client.create_party_registration()
            kind, lost = await ven.poll()
            assert kind == "oadrDistributeEvent"
            assert called.messages()[0].state == "waiting", "handed over is not confirmed"
            kind, again = await ven.poll()
            assert kind == "oadrDistributeEvent"
            same = [one["events"][0]["event_descriptor"]["event_id"] for one in (lost, again)]
            assert same[0] == same[1]
            await ven.answer(again)
            assert called.messages()[0].state == "delivered"
            kind, _ = await ven.poll()
            assert kind == "oadrResponse", "nothing is left"
            kind, synced = await ven.client.request_event()
            assert len(synced["events"]) == 1, "one that starts anew still learns of it"
            await ven.close()

    asyncio.run(go())


def test_a_cancellation_reaches_the_ven_and_its_confirmation_is_no_answer(tmp_path):
    called = Called(tmp_path, [("openadr", "VEN-1"), ("openadr", "VEN-2")])

    async def go() -> Ven:
        async with running(vtn_of(called)) as vtn:
            ven = Ven(vtn, "VEN-1")
            async with polling(ven):
                event_id = called.call()
                called_now(called)
                await until(lambda: called.answers()["P1"] == "opt_in")
                cancel_event(called.engine, SYSTEM, event_id, version=2)
                called_now(called)
                ven.opt = "optOut"
                await until(
                    lambda: [m.state for m in called.messages(kind="cancellation")] == ["delivered"]
                )
            return ven

    ven = asyncio.run(go())
    assert ven.events[-1]["event_descriptor"]["event_status"] == "cancelled"
    assert ven.events[-1]["event_descriptor"]["modification_number"] == 1
    assert called.answers() == {"P1": "opt_in", "P2": None}
    [unseen] = called.messages(kind="event", address="VEN-2")
    assert unseen.state == "failed", "VEN-2 never polled: nothing to take back"
    assert "cancelled" in unseen.told


def test_an_unknown_ven_is_refused(tmp_path):
    called = Called(tmp_path, [("openadr", "VEN-1")])
    called.call()
    called_now(called)

    async def go() -> None:
        async with running(vtn_of(called)) as vtn:
            stranger = Ven(vtn, "VEN-9")
            await stranger.client.run()
            assert stranger.client.registration_id is None
            unregistered = Ven(vtn, "VEN-9")
            kind, _ = await unregistered.poll()
            assert kind == "oadrRequestReregistration"
            await unregistered.close()

    asyncio.run(go())
    assert ("ven_refused", {"ven": "VEN-9", "fingerprint": None}) in called.told
    assert called.messages()[0].attempts == 0


def test_after_the_begin_an_opt_in_does_not_count_and_an_opt_out_does(tmp_path):
    called = Called(tmp_path, [("openadr", "VEN-1")])
    called.call(hours=2)
    called_now(called)

    async def go() -> None:
        begun = datetime.now(UTC) + timedelta(hours=3)
        async with running(vtn_of(called, now=lambda: begun)) as vtn:
            ven = Ven(vtn, "VEN-1")
            await ven.client.create_party_registration()
            await ven.answer((await ven.poll())[1])
            assert called.answers() == {"P1": None}
            event_id = ven.events[0]["event_descriptor"]["event_id"]
            await ven.client.created_event("1", event_id, "optOut")
            await ven.close()

    asyncio.run(go())
    assert called.answers() == {"P1": "opt_out"}
    late, counted = called.messages("in")
    assert "an opt-in comes before it" in late.told
    assert counted.told == ""


def test_the_latest_answer_of_a_ven_counts(tmp_path):
    called = Called(tmp_path, [("openadr", "VEN-1")])
    called.call()
    called_now(called)

    async def go() -> None:
        async with running(vtn_of(called)) as vtn:
            ven = Ven(vtn, "VEN-1")
            await ven.client.create_party_registration()
            await ven.answer((await ven.poll())[1])
            event_id = ven.events[0]["event_descriptor"]["event_id"]
            for opt in ("optIn", "optOut", "optOut"):
                await ven.client.created_event("1", event_id, opt)
            await ven.close()

    asyncio.run(go())
    assert called.answers() == {"P1": "opt_out"}
    assert len(called.messages("in")) == 2, "what stands already leaves no second trace"


def test_over_tls_a_ven_is_known_by_its_certificate(tmp_path):
    held = make_certificates(tmp_path)
    print_of = certificate_fingerprint((tmp_path / "client.pem").read_text())
    called = Called(tmp_path, [("openadr", f"VEN-1 {print_of}"), ("openadr", "VEN-2")])
    called.settings = called.settings.model_copy(
        update={
            "openadr_certificate": tmp_path / "server.pem",
            "openadr_key": tmp_path / "server.key",
            "openadr_ca": tmp_path / "ca.pem",
        }
    )
    called.call()
    called_now(called)
    files = {name: held.file(f"client.{end}") for name, end in (("cert", "pem"), ("key", "key"))}
    trusted = {"ca_file": held.file("ca.pem")}
    ours = certificate_fingerprint((tmp_path / "server.pem").read_text())

    async def go() -> None:
        async with running(vtn_of(called)) as vtn:
            ven = Ven(vtn, "VEN-1", **files, **trusted, vtn_fingerprint=ours)
            async with polling(ven):
                await until(lambda: called.answers()["P1"] == "opt_in")
            other = Ven(vtn, "VEN-2", **files, **trusted)
            await other.client.run()
            assert other.client.registration_id is None, "its enrolment names no certificate"

    asyncio.run(go())
    assert called.answers() == {"P1": "opt_in", "P2": None}


def test_without_certificates_only_this_machine_is_served(tmp_path):
    called = Called(tmp_path, [("openadr", "VEN-1")])
    elsewhere = called.settings.model_copy(update={"signals_host": "0.0.0.0"})  # noqa: S104
    with pytest.raises(SignalError, match="FENGGU_OPENADR_CERTIFICATE"):
        Vtn(elsewhere, called.engine, tell=called.tell)
    half = called.settings.model_copy(update={"openadr_key": tmp_path / "key.pem"})
    with pytest.raises(SignalError, match="all three"):
        Vtn(half, called.engine, tell=called.tell)
