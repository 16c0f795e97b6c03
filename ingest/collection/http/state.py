"""What was fetched already, in a small file: so that only what is new is fetched again."""

import json
import os
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from pathlib import Path

from ingest.batch import CollectorError

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Known:
    """A file as it was last fetched.

    Attributes:
        etag: By which the server knows this version; None: it said none.
        last_modified: As the server wrote it.
        sha256: Of its bytes.
        first_fetched_at: When we first had it [UTC].
    """

    etag: str | None
    last_modified: str | None
    sha256: str
    first_fetched_at: datetime


@dataclass(slots=True)
class State:
    """What a collector knows of its files.

    Attributes:
        files: By their address.
        first_days: The first day wanted, by the address with the day left open.
        missing_since: Since when a file that should be there is not [UTC], by its address.
    """

    files: dict[str, Known] = field(default_factory=dict)
    first_days: dict[str, date] = field(default_factory=dict)
    missing_since: dict[str, datetime] = field(default_factory=dict)


def load_state(path: Path) -> State:
    """What was known when it was last saved; nothing where the file is missing.

    Raises:
        CollectorError: The file is not one of ours.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
        if content["version"] != _VERSION:
            raise ValueError(f"version {content['version']}")  # noqa: TRY301 - said in one place
        return State(
            files={
                url: Known(**{**one, "first_fetched_at": _instant(one["first_fetched_at"])})
                for url, one in content["files"].items()
            },
            first_days={u: date.fromisoformat(day) for u, day in content["first_days"].items()},
            missing_since={u: _instant(at) for u, at in content["missing_since"].items()},
        )
    except FileNotFoundError:
        return State()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CollectorError(
            f"'{path}' is no record of what was fetched ({error}). Remove it: everything that the "
            "server still has is then fetched again, and changes nothing that is in the lake."
        ) from error


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"'{text}' has no offset")
    return at


def save_state(path: Path, state: State) -> None:
    """Replace the file at once: a killed process leaves the old one or the new one."""
    content = {
        "version": _VERSION,
        "files": {url: asdict(one) for url, one in state.files.items()},
        **{one.name: getattr(state, one.name) for one in fields(State) if one.name != "files"},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_suffix(".part")
    with written.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, default=_written)
        file.flush()
        os.fsync(file.fileno())
    written.replace(path)


def _written(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{value!r} has no form in JSON")
