"""What several threads ask for at the same time is made once."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from queries.once import Once


@pytest.fixture
def ask_twice_at_once(monkeypatch):
    """What two threads get: the second waits when the first one's begins to be made."""
    is_waiting = Event()

    class Watched(Future):
        def result(self, timeout=None):
            is_waiting.set()
            return super().result(timeout)

    monkeypatch.setattr("queries.once.Future", Watched)

    def ask(once, make):
        begun = Event()

        def when_another_waits():
            begun.set()
            assert is_waiting.wait(10)
            assert once.of("that", lambda: "another key") == "another key"
            return make()

        with ThreadPoolExecutor(2) as beside:
            first = beside.submit(once.of, "this", when_another_waits)
            assert begun.wait(10)
            return first, beside.submit(once.of, "this", make)

    return ask


def test_who_asks_for_what_is_being_made_gets_that(ask_twice_at_once):
    made = []
    first, second = ask_twice_at_once(Once(), lambda: made.append(1) or object())
    assert first.result() is second.result()
    assert made == [1]


def test_its_error_is_everybodys_and_the_next_one_tries_again(ask_twice_at_once):
    once = Once()

    def fail():
        raise ValueError("not today")

    for found in ask_twice_at_once(once, fail):
        with pytest.raises(ValueError, match="not today"):
            found.result()
    assert once.of("this", lambda: "today") == "today"
