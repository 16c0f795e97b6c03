"""Open a page of a lake as its script runs, as somebody, in a language: what page tests share."""

import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ingest.records.accounts import create_account
from ingest.records.engine import SYSTEM, upgrade
from pages.cookie import SESSION_COOKIE, issue
from pages.text import speak
from queries.records import Account
from queries.settings import PROJECT, Settings

HAN = re.compile(r"[一-鿿]")
PLANNER: Mapping[str, Any] = {"role": "planner", "sees_every_region": True}

Visit = Callable[..., AppTest]
"""What a file's fixture ``visit`` gives; see ``visiting``."""


def accounts_of(settings: Settings, **rights: Mapping[str, Any]) -> dict[str, Account]:
    """New accounts beside a lake: ``accounts_of(settings, north={"role": "planner", …})``."""
    engine = upgrade(settings)
    return {name: create_account(engine, SYSTEM, name, **given) for name, given in rights.items()}


def open_page(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    account: Account,
    page: str,
    language: str = "zh",
    *,
    in_session: Mapping[str, object] | None = None,
    **address: str,
) -> AppTest:
    """Run a page's script, which must not fail.

    Args:
        monkeypatch: Of the test.
        settings: Where the lake is.
        account: Who looks.
        page: Its file below ``pages``, without ending: ``load/curve``.
        language: In which it speaks.
        in_session: What the session holds already.
        address: What the address says; ``from_`` is its ``from``.
    """
    # Streamlit puts the page in its place; a process that a later test starts would open it.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setenv("FENGGU_DATA", str(settings.data))
    # What AppTest itself asks of a widget is asked outside the session.
    speak(language)
    app = AppTest.from_file(str(PROJECT / "pages" / f"{page}.py"), default_timeout=60)
    app.session_state["fenggu_language"] = language
    app.session_state[SESSION_COOKIE] = issue(settings, account)
    for key, value in (in_session or {}).items():
        app.session_state[key] = value
    for name, value in address.items():
        app.query_params[name.removesuffix("_")] = value
    return sound(app.run())


def visiting(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    accounts: Mapping[str, Account],
    folder: str = "",
) -> Visit:
    """``open_page`` of one lake: ``visit("curve", "planner", "en", region="east")``.

    Pages are named from ``folder`` on, people by their accounts; the planner looks, in Chinese,
    unless said otherwise.
    """

    def visit(
        page: str,
        user: str = "planner",
        language: str = "zh",
        *,
        in_session: Mapping[str, object] | None = None,
        **address: str,
    ) -> AppTest:
        file = f"{folder}/{page}" if folder else page
        account = accounts[user]
        return open_page(
            monkeypatch, settings, account, file, language, in_session=in_session, **address
        )

    return visit


def sound(app: AppTest) -> AppTest:
    """The same page, which has told of no exception."""
    assert [error.message for error in app.exception] == []
    return app


def address_of(app: AppTest, name: str) -> str:
    """A query parameter, which Streamlit gives as a text or as a list of one."""
    value = app.query_params[name]
    return value if isinstance(value, str) else value[0]
