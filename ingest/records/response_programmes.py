"""Programmes of demand response: made, changed, closed and opened again, every step audited."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.engine import Row

from ingest.records.engine import Actor, change
from queries.demand.response_programme import Terms, read_terms
from queries.demand.response_tables import RESPONSE_PROGRAMMES
from queries.records import now_text

LONGEST_NAME = 80
MAKERS = frozenset({"planner", "administrator"})
"""The roles that make programmes, enrol and call; answers are written down by all staff."""


class ResponseError(ValueError):
    """A programme, enrolment, event or answer cannot be recorded as asked.

    Attributes:
        reason: ``name``, ``taken``, ``gone``, ``changed``, ``not_yours``, ``closed``; of
            enrolments ``days``, ``kw``, ``channel``, ``overlap``; of events ``hours``, ``length``,
            ``reason``, ``target``, ``nobody``, ``member``, ``busy``, ``state``, ``notice``; of
            answers ``answer``, ``over``.
    """

    def __init__(self, reason: str, text: str) -> None:
        """Say it in English as well."""
        super().__init__(text)
        self.reason = reason


def create_programme(
    engine: Engine, actor: Actor, *, name: str, terms: Mapping[str, Any] | Terms
) -> str:
    """Keep a new, open programme; its id.

    Raises:
        ResponseError: its name is empty, too long or taken, or the actor may not.
        ProgrammeError: its terms are not as they should be.
    """
    only_makers(actor)
    plain, content = _plain_name(name), _text(terms)
    identifier, instant = secrets.token_hex(8), now_text()
    values = {
        "id": identifier,
        "name": plain,
        "state": "open",
        "author": actor.user_name,
        "created_at": instant,
        "changed_by": actor.user_name,
        "changed_at": instant,
        "version": 1,
        "content": content,
    }
    detail = {"name": plain, "terms": json.loads(content)}
    with change(
        engine, actor, "response_programme.create", subject=_subject(identifier), detail=detail
    ) as connection:
        _not_taken(connection, plain)
        connection.execute(insert(RESPONSE_PROGRAMMES).values(**values))
    return identifier


def change_programme(  # noqa: PLR0913 - what may change of a programme
    engine: Engine,
    actor: Actor,
    identifier: str,
    *,
    version: int,
    name: str | None = None,
    terms: Mapping[str, Any] | Terms | None = None,
    is_closed: bool | None = None,
) -> int:
    """Change a programme, close it or open it again. Its new version.

    The audit line keeps the terms of every version; an event keeps those it was made under.

    Raises:
        ResponseError: it is gone, was changed since ``version`` was read, its new name is none or
            taken, or the actor may not.
        ProgrammeError: its terms are not as they should be.
    """
    only_makers(actor)
    content = None if terms is None else _text(terms)
    detail: dict[str, object] = {"version": version + 1}
    with change(
        engine, actor, "response_programme.change", subject=_subject(identifier), detail=detail
    ) as connection:
        row = programme_row(connection, identifier)
        if row.version != version:
            raise ResponseError(
                "changed", f"programme '{row.name}' was changed by {row.changed_by}. Open it again."
            )
        plain = row.name if name is None else _plain_name(name)
        if plain != row.name:
            _not_taken(connection, plain)
        state = {None: row.state, True: "closed", False: "open"}[is_closed]
        detail |= {"name": plain, "state": state, "terms": json.loads(content or row.content)}
        values = {
            "name": plain,
            "content": content or row.content,
            "state": state,
            "version": version + 1,
            "changed_by": actor.user_name,
            "changed_at": now_text(),
        }
        own = RESPONSE_PROGRAMMES.c.id == identifier
        connection.execute(update(RESPONSE_PROGRAMMES).where(own).values(**values))
    return version + 1


def programme_row(connection: Connection, identifier: str) -> Row:
    """The programme of this id; ResponseError where there is none."""
    asked = select(RESPONSE_PROGRAMMES).where(RESPONSE_PROGRAMMES.c.id == identifier)
    row = connection.execute(asked).first()
    if row is None:
        raise ResponseError("gone", f"programme '{identifier}' does not exist. Choose another.")
    return row


def open_programme(connection: Connection, identifier: str) -> Row:
    """The same; ResponseError where it is closed as well."""
    row = programme_row(connection, identifier)
    if row.state != "open":
        raise ResponseError("closed", f"programme '{row.name}' is closed. Open it first.")
    return row


def only_staff(actor: Actor) -> None:
    """Refuse customers."""
    if actor.role == "customer":
        raise ResponseError("not_yours", "customers do not do that. Ask the utility's staff.")


def only_makers(actor: Actor) -> None:
    """Refuse everybody but MAKERS."""
    if actor.role not in MAKERS:
        raise ResponseError(
            "not_yours", f"programmes and events are made by {' and '.join(sorted(MAKERS))}s."
        )


def _subject(identifier: str) -> tuple[str, str]:
    return "response_programme", identifier


def _plain_name(name: str) -> str:
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST_NAME:
        raise ResponseError("name", f"a name has 1 to {LONGEST_NAME} characters. Give another.")
    return plain


def _not_taken(connection: Connection, name: str) -> None:
    if connection.scalar(
        select(RESPONSE_PROGRAMMES.c.id).where(RESPONSE_PROGRAMMES.c.name == name)
    ):
        raise ResponseError("taken", f"there is a programme '{name}' already. Choose another name.")


def _text(terms: Mapping[str, Any] | Terms) -> str:
    """As records keep them, once they can be read."""
    given = terms.model_dump(mode="json") if isinstance(terms, Terms) else dict(terms)
    kept = read_terms(json.dumps(given, default=str))
    return json.dumps(kept.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
