"""One way from any door — page, terminal, data service — to an answer: scope, cache, audit line."""

import os
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from threading import BoundedSemaphore, Lock

import polars as pl
from sqlalchemy import Engine

from ingest.records.engine import Actor, note
from queries.manifest import Manifest, read_manifest
from queries.once import Once
from queries.questions import Question, answer, fingerprint, subject_of
from queries.records import version
from queries.scope import Scope
from queries.settings import Settings

_REMEMBERED_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the rights, the name for the audit, and the database that holds it."""

    scope: Scope
    actor: Actor
    records: Engine


class _Answers:
    """Answers by fingerprint, the ones longest unused dropped first."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._held: OrderedDict[str, pl.DataFrame] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> pl.DataFrame | None:
        """The answer remembered under ``key``."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def keep(self, key: str, answered: pl.DataFrame) -> None:
        """Remember an answer; one larger than a quarter of the room is not worth it."""
        if answered.estimated_size() > self._most_bytes / 4:
            return
        with self._lock:
            self._held[key] = answered
            while sum(a.estimated_size() for a in self._held.values()) > self._most_bytes:
                self._held.popitem(last=False)


_answers = _Answers(_REMEMBERED_BYTES)
_once: Once[pl.DataFrame] = Once()
_WORKERS = os.cpu_count() or 1
_beside = ThreadPoolExecutor(_WORKERS, thread_name_prefix="ahead")
_waiting = BoundedSemaphore(8 * _WORKERS)


def put(
    question: Question,
    settings: Settings,
    asker: Asker,
    inputs: Mapping[str, object],
    *,
    known_at: datetime | None = None,
) -> pl.DataFrame:
    """Put ``question`` for ``asker``; the same question on the same lake is computed once.

    A question about one customer or usage point, or whose answer lists single ones, leaves an audit
    line whether or not the answer was remembered. Nothing but what the asker's scope allows enters
    the answer or its cache key.
    """
    manifest = read_manifest(settings.lake_uri)
    _audit(question, asker, inputs, manifest)
    return _answered(question, settings, asker, inputs, manifest, known_at)


def put_ahead(
    question: Question, settings: Settings, asker: Asker, inputs: Mapping[str, object]
) -> None:
    """Have ``question`` answered beside whoever is about to put it, and waits for less then.

    Where too much waits already, nothing happens. It leaves no audit line: nobody sees the answer
    before it is put.
    """
    if not _waiting.acquire(blocking=False):
        return

    def work() -> None:
        try:
            _answered(question, settings, asker, inputs, read_manifest(settings.lake_uri), None)
        finally:
            _waiting.release()

    _beside.submit(work)  # what goes wrong does so again when the question is put


def _answered(  # noqa: PLR0913, PLR0917 - all that an answer depends on
    question: Question,
    settings: Settings,
    asker: Asker,
    inputs: Mapping[str, object],
    manifest: Manifest,
    known_at: datetime | None,
) -> pl.DataFrame:
    key = fingerprint(
        question,
        inputs,
        asker.scope,
        settings,
        manifest,
        records_version=version(asker.records) if "records" in question.reads else 0,
        known_at=known_at,
    )

    def remembered_or_answered() -> pl.DataFrame:
        answered = _answers.get(key)
        if answered is None:
            answered = answer(
                question, settings, asker.scope, known_at=known_at, manifest=manifest, **inputs
            )
            _answers.keep(key, answered)
        return answered

    answered = _answers.get(key)
    return _once.of(key, remembered_or_answered) if answered is None else answered


def _audit(
    question: Question, asker: Asker, inputs: Mapping[str, object], manifest: Manifest
) -> None:
    subject = subject_of(question, inputs)
    if subject is None:
        return
    note(
        asker.records,
        asker.actor,
        f"ask {question.name}",
        subject=subject,
        lake_version=str(manifest.sequence),
    )
