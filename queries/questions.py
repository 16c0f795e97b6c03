"""Every question by name, its inputs, and the key under which its answer may be remembered."""

import hashlib
import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_type_hints

import polars as pl
from pydantic import ConfigDict, TypeAdapter, ValidationError

import queries
from queries.lake import SCOPED_BY, open_lake
from queries.manifest import Manifest
from queries.run import QuestionError
from queries.schema import TABLES, check
from queries.scope import Scope
from queries.settings import PROJECT, Settings
from queries.toml_files import FileState, toml_states

AREAS = ("home", "load", "billing", "customers", "demand", "market", "governance")
_LAKE = "lake"
_FILES = {
    "tariffs": ("tariffs", "tariffs/calendars"),
    "calendars": ("tariffs/calendars",),
}
_SUBJECTS = ("usage_point_id", "customer_id")


@dataclass(frozen=True, slots=True)
class Question:
    """One public function of ``queries/<area>/<name>.py`` and what it declares.

    Attributes:
        name: ``area/name``.
        function: Keyword-only but for the lake.
        returns: Schema of the answer; checked on every call.
        reads: Lake tables, and ``records``, ``tariffs`` or ``calendars`` where it reads those.
    """

    name: str
    function: Callable[..., pl.DataFrame]
    returns: pl.Schema
    reads: tuple[str, ...]

    @property
    def inputs(self) -> dict[str, inspect.Parameter]:
        """The inputs by name, without the lake."""
        parameters = inspect.signature(self.function).parameters
        return {name: p for name, p in parameters.items() if name != _LAKE}

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]


@cache
def questions() -> dict[str, Question]:
    """All questions by name, in the order of the areas."""
    found = {}
    for area in AREAS:
        package = importlib.import_module(f"queries.{area}")
        for entry in sorted(pkgutil.iter_modules(package.__path__), key=lambda e: e.name):
            module = importlib.import_module(f"queries.{area}.{entry.name}")
            for function in _asked(module):
                found[f"{area}/{entry.name}"] = Question(
                    f"{area}/{entry.name}", function, module.RETURNS, tuple(module.READS)
                )
    return found


def _asked(module: object) -> list[Callable[..., pl.DataFrame]]:
    """The functions of ``module`` that take the lake: one in a question, none elsewhere."""
    return [
        function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == getattr(module, "__name__", "")
        and not name.startswith("_")
        and next(iter(inspect.signature(function).parameters), "") == _LAKE
    ]


def question_of(function: Callable[..., pl.DataFrame]) -> Question:
    """The question that ``function`` answers."""
    name = function.__module__.removeprefix(f"{queries.__name__}.").replace(".", "/")
    return find_question(name)


def find_question(name: str) -> Question:
    """The question called ``area/name``; QuestionError names those there are."""
    if name not in questions():
        raise QuestionError(
            f"no question '{name}'; there are {', '.join(questions())}. "
            "`fenggu ask --list` shows their inputs."
        )
    return questions()[name]


def read_inputs(question: Question, given: Mapping[str, str]) -> dict[str, Any]:
    """Typed inputs from text, as a terminal or a URL gives them."""
    hints = get_type_hints(question.function)
    unknown = given.keys() - question.inputs.keys()
    missing = [
        name
        for name, parameter in question.inputs.items()
        if parameter.default is inspect.Parameter.empty and name not in given
    ]
    if unknown or missing:
        wrong = [
            *(f"'{n}' is not an input" for n in sorted(unknown)),
            *(f"'{n}' is missing" for n in missing),
        ]
        raise QuestionError(
            f"{question.name}: {'; '.join(wrong)}. Its inputs are {', '.join(question.inputs)}."
        )
    typed = {}
    for name, text in given.items():
        adapter = TypeAdapter(hints[name], config=ConfigDict(arbitrary_types_allowed=True))
        try:
            typed[name] = adapter.validate_python(_listed(text, hints[name]))
        except ValidationError as error:
            reason = error.errors()[0]["msg"]
            raise QuestionError(f"{question.name}: {name} = '{text}': {reason}.") from error
    return typed


def _listed(text: str, hint: object) -> str | list[str]:
    """Lists stand with commas, or as JSON where their items hold commas themselves."""
    if not str(hint).startswith(("tuple", "list")):
        return text
    try:
        listed = json.loads(text)
    except ValueError:
        listed = None
    return listed if isinstance(listed, list) else text.split(",")


def answer(
    question: Question,
    settings: Settings,
    scope: Scope,
    *,
    known_at: datetime | None = None,
    manifest: Manifest | None = None,
    **inputs: object,
) -> pl.DataFrame:
    """Ask on a lake opened for ``scope``; the answer is checked against the declared schema."""
    lake = open_lake(settings, scope, known_at=known_at, reads=question.reads, manifest=manifest)
    try:
        return check(question.name, question.function(lake, **inputs), question.returns)
    finally:
        lake.close()


def fingerprint(  # noqa: PLR0913 - all that an answer depends on
    question: Question,
    inputs: Mapping[str, object],
    scope: Scope,
    settings: Settings,
    manifest: Manifest,
    *,
    records_version: int = 0,
    known_at: datetime | None = None,
) -> str:
    """The cache key of an answer: whatever could change it changes the key."""
    parts = {
        "question": question.name,
        "inputs": {name: _stable(value) for name, value in sorted(inputs.items())},
        "scope": _stable(scope),
        "known_at": _stable(known_at),
        "lake": settings.lake_uri,
        "zone": [settings.zone_name, settings.holiday_country, settings.tariff_area],
        "tables": {
            t: manifest.versions.get(t)
            for t in [*question.reads, *([] if scope.is_everything else SCOPED_BY)]
            if t in TABLES
        },
        "records": records_version if "records" in question.reads else 0,
        "files": {t: _hashes(settings, f) for t, f in _FILES.items() if t in question.reads},
        "package": _package_version(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _stable(value: object) -> object:
    if isinstance(value, frozenset | set):
        return sorted(map(str, value))
    if isinstance(value, list | tuple):
        return [_stable(item) for item in value]
    if isinstance(value, Scope):
        return [
            value.role,
            _stable(value.regions),
            _stable(value.customer_ids),
            value.sees_identity,
        ]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None) else repr(value)


@cache
def _package_version() -> str:
    return version("fenggu")


def _hashes(settings: Settings, folders: tuple[str, ...]) -> list[str]:
    roots = dict.fromkeys((settings.data, PROJECT / "data"))
    states = toml_states(*(root / folder for root in roots for folder in folders))
    return [f"{Path(state[0]).name} {_file_hash(state)}" for state in states]


@lru_cache(maxsize=1024)
def _file_hash(state: FileState) -> str:
    return hashlib.sha256(Path(state[0]).read_bytes()).hexdigest()


def subject_of(question: Question, inputs: Mapping[str, object]) -> tuple[str, str] | None:
    """(kind, id) of whom a question is about, for the audit line; None: about nobody in particular.

    That is a customer or usage point where the inputs name one. Where single customers or usage
    points are the rows of the answer it is the area they are of, else their region or ``all``.
    """
    for kind in _SUBJECTS:
        if inputs.get(kind):
            return kind, str(inputs[kind])
    names_customers = any(name in question.returns for name in _SUBJECTS)
    kind, area = inputs.get("area_kind"), inputs.get("area_id")
    if kind and area and (names_customers or kind in _SUBJECTS):
        return str(kind), str(area)
    if names_customers and inputs.get("transformer_id"):
        return "transformer", str(inputs["transformer_id"])
    if names_customers:
        return "region", str(inputs.get("region_id") or "all")
    return None
