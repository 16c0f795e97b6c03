"""What a process has ready before somebody opens its first page."""

import gc
import importlib
import inspect
import pkgutil
from contextlib import suppress
from threading import Thread

import pages
from pages.text import LANGUAGES, catalogue
from queries.manifest import LakeError
from queries.questions import answer, find_question, questions
from queries.scope import EVERYTHING
from queries.settings import Settings

_SCRIPTS = ("shell", "cli")
"""Modules that do their work when they are imported, and commands, which no page needs."""


def begin_warming(settings: Settings) -> Thread:
    """Make ready beside the server, which answers meanwhile; whoever comes early waits for less."""
    thread = Thread(target=make_ready, args=(settings,), name="warming", daemon=True)
    thread.start()
    return thread


def make_ready(settings: Settings) -> None:
    """Load what pages are made of, open the lake, and set all that aside from the collector.

    Streamlit collects garbage after every run of a page. Looking through the modules alone, which
    are never garbage, took a quarter of a second each time.
    """
    questions()
    for name in page_modules():
        importlib.import_module(name)
    for language in LANGUAGES:
        catalogue(language)
    with suppress(LakeError):  # the pages say what to do
        answer(find_question("home/districts"), settings, EVERYTHING)
    # Streamlit asks once who started it; what Python remembers of its modules makes that quick.
    inspect.stack()
    gc.collect()
    gc.freeze()


def page_modules() -> list[str]:
    """The modules that page scripts import; the scripts themselves lie in folders."""
    found = [module.name for module in pkgutil.iter_modules(pages.__path__)]
    is_script = [name in _SCRIPTS or name.endswith("_command") for name in found]
    return [f"pages.{name}" for name, own in zip(found, is_script, strict=True) if not own]


def let_go() -> None:
    """Undo ``make_ready`` where a process ends: what is set aside would not be cleared away."""
    gc.unfreeze()
