"""Every word the product says, in Chinese and English: ``t("load.curve")``."""

import tomllib
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from streamlit.runtime.scriptrunner import get_script_run_ctx

LANGUAGES: dict[str, str] = {"zh": "中文", "en": "English"}
"""The languages and what they call themselves."""

FIRST_LANGUAGE = "zh"
"""The language where nobody has chosen one."""

_CHOSEN: ContextVar[str | None] = ContextVar("language", default=None)
_SESSION_KEY = "fenggu_language"


class TextError(KeyError):
    """A text does not exist or lacks a value; the message names the key and the file."""


def t(key: str, **values: object) -> str:
    """The text of ``key`` in the language of this request, with ``values`` filled in.

    Raises:
        TextError: The key is not in the catalogue, or the text names a value not given.
    """
    return t_in(language(), key, **values)


def t_in(chosen: str, key: str, **values: object) -> str:
    """The text of ``key`` in a given language; see ``t``."""
    try:
        text = catalogue(chosen)[key]
    except KeyError as error:
        raise TextError(
            f"text '{key}' is missing. Add it to pages/text/zh.toml and pages/text/en.toml."
        ) from error
    try:
        return text.format(**values) if values or "{" in text else text
    except (KeyError, IndexError) as error:
        raise TextError(
            f"text '{key}' in pages/text/{chosen}.toml needs {error}, given were "
            f"{sorted(values) or 'no values'}. Pass it to t()."
        ) from error


@cache
def catalogue(chosen: str) -> dict[str, str]:
    """All texts of a language by key; ``[load] curve`` in the file is ``load.curve``."""
    file = Path(__file__).parent / f"{chosen}.toml"
    return dict(_flat(tomllib.loads(file.read_text(encoding="utf-8")), ""))


def _flat(table: dict, prefix: str) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in table.items():
        key = f"{prefix}{name}"
        pairs += _flat(value, f"{key}.") if isinstance(value, dict) else [(key, value)]
    return pairs


def language() -> str:
    """The language of this request: what ``speak`` chose, Chinese where nothing was chosen."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None:
        # A fragment runs in a thread of its own: there only the session remembers.
        state = context.session_state
        return state[_SESSION_KEY] if _SESSION_KEY in state else FIRST_LANGUAGE  # noqa: SIM401
    return _CHOSEN.get() or FIRST_LANGUAGE


def speak(chosen: str) -> None:
    """Choose the language of this request, or of this page's session."""
    if chosen not in LANGUAGES:
        raise TextError(f"language '{chosen}' is unknown. Choose one of {', '.join(LANGUAGES)}.")
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None:
        context.session_state[_SESSION_KEY] = chosen
    else:
        _CHOSEN.set(chosen)


def best_language(*wishes: str | None) -> str:
    """The first wish that is a language; a wish may be a browser's Accept-Language header.

    >>> best_language(None, "fr-CH, en;q=0.9, zh;q=0.8")
    'en'
    """
    for wish in wishes:
        for part in (wish or "").split(","):
            name = part.split(";")[0].strip().lower().split("-")[0]
            if name in LANGUAGES:
                return name
    return FIRST_LANGUAGE
