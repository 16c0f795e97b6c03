"""Scenarios: what staff tried, kept under a name and shared by a link."""

import json
import secrets
from collections.abc import Mapping

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.engine import Row

from ingest.records.engine import Actor, change
from queries.records import SCENARIOS, now_text

LONGEST_NAME = 80
MOST_BYTES = 1 << 20
"""Of one scenario's content: five tariffs with all their posted months are a twentieth of it."""


class ScenarioError(ValueError):
    """A scenario cannot be saved or deleted as asked.

    Attributes:
        reason: ``name``, ``taken``, ``size``, ``gone``, ``changed`` or ``not_yours``.
    """

    def __init__(self, reason: str, text: str) -> None:
        """Say it in English as well."""
        super().__init__(text)
        self.reason = reason


def save_scenario(  # noqa: PLR0913 - what is kept of a scenario
    engine: Engine,
    actor: Actor,
    *,
    kind: str,
    name: str,
    content: Mapping[str, object],
    lake_version: str | None = None,
) -> str:
    """Keep a new scenario.

    Returns:
        Its id, for links.

    Raises:
        ScenarioError: the name is empty, too long or taken, the content too large, or the actor
            is a customer.
    """
    plain, text = _plain_name(name), _text(content)
    _only_staff(actor)
    identifier, instant = secrets.token_hex(8), now_text()
    values = {
        "id": identifier,
        "kind": kind,
        "name": plain,
        "author": actor.user_name,
        "created_at": instant,
        "changed_by": actor.user_name,
        "changed_at": instant,
        "version": 1,
        "content": text,
        "lake_version": lake_version,
    }
    with change(
        engine,
        actor,
        "scenario.create",
        subject=("scenario", identifier),
        detail={"kind": kind, "name": plain},
        lake_version=lake_version,
    ) as connection:
        _not_taken(connection, kind, plain)
        connection.execute(insert(SCENARIOS).values(**values))
    return identifier


def overwrite_scenario(  # noqa: PLR0913 - what is kept of a scenario
    engine: Engine,
    actor: Actor,
    identifier: str,
    *,
    version: int,
    name: str,
    content: Mapping[str, object],
    lake_version: str | None = None,
) -> int:
    """Replace a scenario by what became of it; only its author and administrators may.

    Args:
        engine: The operational database.
        actor: Who does it.
        identifier: Its id.
        version: The one that was opened: nobody's later changes are lost unseen.
        name: As it is called from now on.
        content: What is kept.
        lake_version: Sequence of the lake's manifest.

    Returns:
        Its new version.

    Raises:
        ScenarioError: as ``save_scenario``; it is gone, was changed since, or is another's.
    """
    plain, text = _plain_name(name), _text(content)
    with change(
        engine,
        actor,
        "scenario.overwrite",
        subject=("scenario", identifier),
        detail={"name": plain, "version": version + 1},
        lake_version=lake_version,
    ) as connection:
        row = _own(connection, actor, identifier)
        if row.version != version:
            raise ScenarioError(
                "changed",
                f"scenario '{row.name}' was changed by {row.changed_by} at {row.changed_at}. "
                "Open it again, or save yours under another name.",
            )
        if plain != row.name:
            _not_taken(connection, row.kind, plain)
        connection.execute(
            update(SCENARIOS)
            .where(SCENARIOS.c.id == identifier)
            .values(
                name=plain,
                content=text,
                lake_version=lake_version,
                version=version + 1,
                changed_by=actor.user_name,
                changed_at=now_text(),
            )
        )
    return version + 1


def delete_scenario(engine: Engine, actor: Actor, identifier: str) -> None:
    """Remove a scenario; only its author and administrators may. Its audit lines stay.

    Raises:
        ScenarioError: it is gone, or another's.
    """
    detail: dict[str, object] = {}
    with change(
        engine, actor, "scenario.delete", subject=("scenario", identifier), detail=detail
    ) as connection:
        detail["name"] = _own(connection, actor, identifier).name
        connection.execute(delete(SCENARIOS).where(SCENARIOS.c.id == identifier))


def _own(connection: Connection, actor: Actor, identifier: str) -> Row:
    row = connection.execute(select(SCENARIOS).where(SCENARIOS.c.id == identifier)).first()
    if row is None:
        raise ScenarioError(
            "gone", f"scenario '{identifier}' does not exist any more. Save it under a name."
        )
    _only_staff(actor)
    if actor.role != "administrator" and actor.user_name != row.author:
        raise ScenarioError(
            "not_yours",
            f"scenario '{row.name}' is {row.author}'s. Save yours under another name.",
        )
    return row


def _only_staff(actor: Actor) -> None:
    if actor.role == "customer":
        raise ScenarioError("not_yours", "customers keep no scenarios. Ask the utility's staff.")


def _plain_name(name: str) -> str:
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST_NAME:
        raise ScenarioError(
            "name", f"a scenario's name has 1 to {LONGEST_NAME} characters. Give it another."
        )
    return plain


def _text(content: Mapping[str, object]) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    if len(text.encode()) > MOST_BYTES:
        raise ScenarioError("size", "the scenario is larger than 1 MB. Keep less in it.")
    return text


def _not_taken(connection: Connection, kind: str, name: str) -> None:
    same = (SCENARIOS.c.kind == kind) & (SCENARIOS.c.name == name)
    if connection.scalar(select(SCENARIOS.c.id).where(same)):
        raise ScenarioError("taken", f"there is a scenario '{name}' already. Choose another name.")
