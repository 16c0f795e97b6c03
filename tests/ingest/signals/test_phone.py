from datetime import UTC, datetime, timedelta

import pytest

from ingest.records.engine import Actor
from ingest.records.response_programmes import ResponseError
from ingest.signals.phone import phoned
from tests.ingest.signals.called import Called

DESK = Actor("zhao", "service_desk")


def test_staff_call_again_until_somebody_answers(tmp_path):
    called = Called(tmp_path, [("phone", "0411-1234"), ("phone", None)])
    event_id, now = called.call(), datetime.now(UTC)
    assert phoned(called.engine, DESK, event_id, "P1", answer=None, at=now) == ""
    [message] = called.messages(address="0411-1234")
    assert (message.state, message.attempts, message.told) == (
        "waiting",
        1,
        "not_reached: nobody answered the telephone.",
    )
    assert phoned(called.engine, DESK, event_id, "P1", answer="opt_in", reply_kw=7.5, at=now) == ""
    [message] = called.messages(address="0411-1234")
    assert (message.state, message.attempts, message.told) == ("delivered", 2, "")
    # A number may be known to staff and not to the enrolment.
    assert phoned(called.engine, DESK, event_id, "P2", answer="opt_out", at=now) == ""
    assert called.answers() == {"P1": "opt_in", "P2": "opt_out"}
    assert [one.content for one in called.messages("in")] == ["zhao: opt_in", "zhao: opt_out"]


def test_a_telephone_answer_after_the_begin_is_late_as_any_other(tmp_path):
    called = Called(tmp_path, [("phone", "0411-1234")])
    event_id, begun = called.call(), datetime.now(UTC) + timedelta(hours=4)
    told = phoned(called.engine, DESK, event_id, "P1", answer="opt_in", at=begun)
    assert "an opt-in comes before it" in told
    assert called.answers() == {"P1": None}


def test_only_staff_write_down_calls_and_only_to_those_called_by_telephone(tmp_path):
    called = Called(tmp_path, [("phone", "0411-1234"), ("webhook", "https://site.example")])
    event_id, now = called.call(), datetime.now(UTC)
    with pytest.raises(ResponseError, match="not called by telephone"):
        phoned(called.engine, DESK, event_id, "P2", answer="opt_in", at=now)
    with pytest.raises(ResponseError):
        phoned(called.engine, Actor("P1", "customer"), event_id, "P1", answer="opt_in", at=now)
