"""Who is asking, for pages: the account behind the browser's cookie and what it may see."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Never

import polars as pl
import streamlit as st
from sqlalchemy import Engine

from ingest.records.engine import Actor
from pages.asking import Asker, put, put_ahead
from pages.cookie import SESSION_COOKIE, session_of
from pages.text import t
from queries.questions import question_of
from queries.records import Account, open_records, scope_of
from queries.scope import Scope
from queries.settings import Settings, current_settings

_account: ContextVar[Account | None] = ContextVar("account", default=None)
"""Whose page is being made, while ``waiting``."""


def settings() -> Settings:
    """The settings, read from the environment."""
    return current_settings()


def records() -> Engine:
    """The operational database."""
    return open_records(settings())


def who() -> Account:
    """The account signed in; where there is none (any more), the browser goes to sign in.

    It is read anew with each run of a page: one left open ends with its session, and a right that
    was taken away is gone at the next click.
    """
    known = _account.get()
    if known is not None:
        return known
    session = session_of(settings(), records(), _cookie())
    if session is None:
        leave("/sign-in")
    return session.account


def scope() -> Scope:
    """What the account signed in may see."""
    return scope_of(who())


def actor() -> Actor:
    """The account signed in, as the audit names it."""
    return _actor(who())


def _actor(account: Account) -> Actor:
    address = st.context.ip_address
    return Actor(account.user_name, account.role, address if isinstance(address, str) else None)


def ask(
    function: Callable[..., pl.DataFrame], *, known_at: datetime | None = None, **inputs: object
) -> pl.DataFrame:
    """Answer a question of ``queries`` for the account signed in: the only way from page to data.

    Args:
        function: The question's public function; it gets a lake that shows only the user's scope.
        known_at: Answer as the lake knew it at this instant; None is now.
        inputs: The question's inputs.
    """
    account = _account.get()
    if account is None:
        with waiting():
            return ask(function, known_at=known_at, **inputs)
    return put(question_of(function), settings(), _asker(account), inputs, known_at=known_at)


def ask_ahead(*asked: tuple[Callable[..., pl.DataFrame], Mapping[str, object]]) -> None:
    """Have questions answered beside the page that asks them further down, one after the other.

    Args:
        asked: Functions and inputs, exactly as they will be asked. The next one to be asked is not
            among them: the page itself works on that.
    """
    asker = _asker(who())
    for function, inputs in asked:
        put_ahead(question_of(function), settings(), asker, inputs)


def _asker(account: Account) -> Asker:
    return Asker(scope_of(account), _actor(account), records())


@contextmanager
def waiting() -> Iterator[None]:
    """Show a spinner where the page stands if this takes longer than half a second.

    Whose page it is is read once; the questions asked within show no spinner of their own.
    """
    token = _account.set(who())
    try:
        with st.spinner(t("shell.asking")):
            yield
    finally:
        _account.reset(token)


def _cookie() -> str | None:
    value = st.context.cookies.get(SESSION_COOKIE)
    if isinstance(value, str):
        return value
    # Without a browser (Streamlit's AppTest) there is no cookie: a test puts its value here. It
    # is verified like any other.
    return st.session_state.get(SESSION_COOKIE)


def leave(path: str, **fields: str) -> Never:
    """Send the browser to a route outside Streamlit and end this run.

    With ``fields`` they are posted as a form, otherwise the address is opened.
    """
    target, values = _script_text(path), _script_text(fields)
    st.html(
        f"""<script>
        const fields = {values};
        if (Object.keys(fields).length === 0) {{ window.location.assign({target}); }} else {{
          const form = document.createElement("form");
          form.method = "post";
          form.action = {target};
          for (const [name, value] of Object.entries(fields)) {{
            const input = document.createElement("input");
            input.type = "hidden";
            input.name = name;
            input.value = value;
            form.append(input);
          }}
          document.body.append(form);
          form.submit();
        }}
        </script>""",
        unsafe_allow_javascript=True,
    )
    st.stop()


def be_ready_to_leave() -> None:
    """Have the browser load what ``leave`` needs while it still may.

    After the session, the door gives out no scripts either.
    """
    st.html("<script></script>", unsafe_allow_javascript=True)


def _script_text(value: object) -> str:
    # "</script>" inside a string would end the script; JSON may spell "<" another way.
    return json.dumps(value).replace("<", "\\u003c")
