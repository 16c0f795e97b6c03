"""What a page has asked, ready to be asked again: in a notebook and in a terminal."""

import json
import shlex
from collections.abc import Callable
from datetime import date, datetime

import polars as pl
import streamlit as st

from pages.session import scope, settings
from pages.text import t
from queries.lake import lake_version
from queries.questions import question_of
from queries.scope import Scope

_NOT_RAW = ("\\", '"""')
"""What a text of several lines must not hold to stand in Python as it is."""


def offer_reproduction(function: Callable[..., pl.DataFrame], **inputs: object) -> None:
    """A button that shows the question, its inputs and the instant of its knowledge."""
    known_at = lake_version(settings()).published_at
    with st.popover(t("reproduce.button"), icon=":material/code:"):
        st.caption(t("reproduce.note"))
        st.markdown(t("reproduce.notebook"))
        st.code(as_python(function, scope(), known_at, inputs), language="python")
        st.markdown(t("reproduce.terminal"))
        st.code(as_command(function, known_at, inputs), language="bash", wrap_lines=True)


def as_python(
    function: Callable[..., pl.DataFrame], who_asks: Scope, known_at: datetime, inputs: dict
) -> str:
    """Python that gives the same answer, in a notebook with the same lake."""
    module, name = function.__module__, function.__name__
    given = "".join(f"    {key}={_literal(value)},\n" for key, value in _stated(inputs).items())
    return f"""from datetime import date, datetime

from queries.lake import open_lake
from {module} import READS, {name}
from queries.scope import Scope
from queries.settings import Settings

known_at = datetime.fromisoformat("{known_at.isoformat()}")
scope = {who_asks!r}
lake = open_lake(Settings(), scope, known_at=known_at, reads=READS)

{name}(
    lake,
{given})
"""


def as_command(function: Callable[..., pl.DataFrame], known_at: datetime, inputs: dict) -> str:
    """The ``fenggu ask`` command; whoever has the terminal sees the whole lake."""
    words = ["fenggu", "ask", question_of(function).name]
    for key, value in _stated(inputs).items():
        words += [f"--{key.replace('_', '-')}", _text(value)]
    return shlex.join([*words, "--known-at", known_at.isoformat()])


def _stated(inputs: dict) -> dict:
    return {key: value for key, value in inputs.items() if value is not None and value != ()}


def _literal(value: object) -> str:
    if isinstance(value, datetime):  # which is a date too
        return f'datetime.fromisoformat("{value.isoformat()}")'
    if isinstance(value, date):
        return f"date({value.year}, {value.month}, {value.day})"
    if isinstance(value, tuple) and any("\n" in str(item) for item in value):
        return f"({', '.join(map(_literal, value))},)"
    if isinstance(value, str) and value.endswith("\n") and not any(c in value for c in _NOT_RAW):
        return f'"""\\\n{value}"""'
    return repr(value)


def _text(value: object) -> str:
    if isinstance(value, tuple | list):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if isinstance(value, date) else str(value)
