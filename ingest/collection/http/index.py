"""Pages and JSON that list files."""

import json
from fnmatch import fnmatchcase
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

_LISTS = ("files", "items", "links")
_NAMES = ("url", "href", "path", "name")


class NoIndexError(ValueError):
    """Something that lists no files; the message says what it is."""


def listed(url: str, content: bytes, match: str) -> list[str]:
    """The addresses of the files that a page or JSON lists, in its order, each once.

    A page lists what its links point to. JSON is an array of texts, or of objects with one of
    ``url``, ``href``, ``path`` or ``name``; perhaps within an object under ``files``, ``items`` or
    ``links``.

    Args:
        url: Of the list, by which relative addresses are completed.
        content: Of the list.
        match: Pattern of the file names wanted.

    Raises:
        NoIndexError: It is neither.
    """
    text = content.decode("utf-8", "replace").strip()
    links = _of_json(text) if text[:1] in ("[", "{") else _of_page(text)
    found: dict[str, None] = {}
    for link in links:
        try:
            address = urljoin(url, link.strip()).partition("#")[0]
            name = file_name(address)
        except ValueError:
            continue
        if fnmatchcase(name, match):
            found[address] = None
    return list(found)


def file_name(url: str) -> str:
    """The last part of an address, as it is read."""
    return unquote(urlsplit(url).path.rpartition("/")[2])


def _of_json(text: str) -> list[str]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NoIndexError(f"it is no JSON: {error}") from error
    if isinstance(content, dict):
        content = next((content[name] for name in _LISTS if name in content), None)
    if not isinstance(content, list):
        raise NoIndexError("expected a JSON array of files, perhaps under 'files' or 'items'")
    return [link for link in map(_link, content) if link is not None]


def _link(item: object) -> str | None:
    if isinstance(item, dict):
        item = next((item[name] for name in _NAMES if name in item), None)
    return item if isinstance(item, str) else None


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of where a link points to."""
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def _of_page(text: str) -> list[str]:
    if "<" not in text:
        raise NoIndexError("it is neither a page with links nor JSON")
    parser = _Links()
    parser.feed(text)
    return parser.found
