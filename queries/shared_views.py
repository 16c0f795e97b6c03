"""Views that cursors of the same rights share, made once for a state of the lake."""

from dataclasses import dataclass, field
from threading import Lock

from duckdb import DuckDBPyConnection

from queries.sights import Shown, make_places, make_table, make_views

_MOST_RIGHTS = 256


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is made already for some rights.

    Attributes:
        schema: Of what all tables rest on. Each table's own is named after it, so that a cursor
            finds the tables its question reads, and no other.
        tables: Whose views are made.
    """

    schema: str
    tables: set[str] = field(default_factory=set)


class SharedViews:
    """The views of one connection, by rights.

    Binding views over many files takes longer than most questions.
    """

    def __init__(self) -> None:
        """Nothing is made yet."""
        self._kept: dict[Shown, _Kept] = {}
        self._lock = Lock()

    def show(self, cursor: DuckDBPyConnection, shown: Shown) -> None:
        """Let a cursor of the connection see what is ``shown``, now and not at an instant."""
        with self._lock:
            kept = self._of(cursor, shown)
            if kept is None:
                make_views(cursor, shown)
                return
            for name in shown.tables:
                if name not in kept.tables:
                    own = f"{kept.schema}_{name}"
                    cursor.execute(f"create schema if not exists {own}")
                    cursor.execute(f"set search_path = '{kept.schema},{own}'")
                    make_table(cursor, shown, name, own)
                    kept.tables.add(name)
        path = [kept.schema, *(f"{kept.schema}_{name}" for name in shown.tables)]
        cursor.execute(f"set search_path = '{','.join(path)}'")

    def _of(self, cursor: DuckDBPyConnection, shown: Shown) -> _Kept | None:
        """What is kept for such rights; None: there are too many to be kept."""
        if shown.rights not in self._kept:
            if len(self._kept) >= _MOST_RIGHTS:
                return None
            schema = f"sight_{len(self._kept)}"
            cursor.execute(f"create schema if not exists {schema}")
            cursor.execute(f"set search_path = '{schema}'")
            make_places(cursor, shown, schema)
            self._kept[shown.rights] = _Kept(schema)
        return self._kept[shown.rights]
