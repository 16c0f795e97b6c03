"""The Atom feed of a Green Button file, read as a stream: entries with links, and bare readings.

Document type declarations are refused, and with them every kind of entity; text is bounded. What
stands in a reading is kept as text here and judged in columns by ``espi``.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any
from xml.parsers import expat

import polars as pl

from ingest.batch import reject

_ATOM = "http://www.w3.org/2005/Atom "
_ESPI = "http://naesb.org/espi "
_CHUNK = 1 << 18
_PIECES_OF_A_TEXT = 100
_READINGS_AT_ONCE = 50_000

READINGS = pl.Schema(
    {
        "entry": pl.Int64(),  # its place in Feed.entries; -1: outside any
        "line": pl.Int64(),
        "start": pl.String(),
        "duration": pl.String(),
        "value": pl.String(),
        "quality": pl.String(),  # several: parted by blanks
    }
)

_READING = _ESPI + "IntervalReading"
_OF_A_READING = [_ESPI + name for name in ("start", "duration", "value", "quality")]
_ESPI_TEXTS = {
    *_OF_A_READING,
    *(
        _ESPI + name
        for name in (
            "accumulationBehaviour",
            "commodity",
            "dataQualifier",
            "defaultQuality",
            "flowDirection",
            "intervalLength",
            "kind",
            "powerOfTenMultiplier",
            "uom",
        )
    ),
}
_SHORT = f"r{token_hex(8)}"
_SHORT_FORM = b"<%%bIntervalReading %b='%%b %%b %%b %%b'/>" % _SHORT.encode()
_PLAIN_READING = re.compile(
    rb"<((?:[A-Za-z]\w*:)?)IntervalReading>\s*(?:<\1cost>-?\d{1,18}</\1cost>\s*)?"
    rb"(?:<\1ReadingQuality>\s*<\1quality>(\d{1,4})</\1quality>\s*</\1ReadingQuality>\s*)?"
    rb"<\1timePeriod>\s*<\1duration>(\d{1,9})</\1duration>\s*<\1start>(\d{1,12})</\1start>\s*"
    rb"</\1timePeriod>\s*<\1value>(-?\d{1,18})</\1value>\s*</\1IntervalReading>"
)
_ATOM_TEXTS = {_ATOM + name for name in ("id", "title", "updated")}
_KINDS = {
    _ESPI + name: name for name in ("UsagePoint", "MeterReading", "ReadingType", "IntervalBlock")
}
_DESCRIBED = {"UsagePoint", "ReadingType"}


class FeedError(ValueError):
    """The XML is broken or forbidden from here on; ``row`` is its line of REJECTS."""

    def __init__(self, row: pl.DataFrame) -> None:
        """Keep the row that names line, byte and reason."""
        super().__init__(row["reason"][0])
        self.row = row


@dataclass
class Entry:
    """An Atom entry: what it is, its links and, of a ReadingType or UsagePoint, its values."""

    line: int
    kind: str = ""
    own: str = ""
    up: str = ""
    related: set[str] = field(default_factory=set)
    atom: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)

    def said(self, name: str) -> str:
        """The text of an ESPI element, ``""`` if absent."""
        return self.values.get(_ESPI + name, "").strip()

    def atom_said(self, name: str) -> str:
        """The text of an Atom element, ``""`` if absent."""
        return self.atom.get(_ATOM + name, "").strip()


@dataclass
class Feed:
    """What was read so far: all entries, and the readings since ``take`` was last called."""

    entries: list[Entry] = field(default_factory=list)
    cells: list[Any] = field(default_factory=list)  # the rows of READINGS, one after the other

    def take(self) -> pl.DataFrame:
        """The readings collected since the last call, as READINGS."""
        width = len(READINGS)
        columns = {name: self.cells[place::width] for place, name in enumerate(READINGS)}
        frame = pl.DataFrame(columns, schema=READINGS)
        self.cells.clear()
        return frame


def parse(path: Path, feed: Feed) -> Iterator[int]:
    """Fill ``feed``; yields the position [bytes] whenever many readings have come, and at the end.

    Raises:
        FeedError: The XML is broken or forbidden; what came before is in ``feed``.
        OSError: The file cannot be read.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.ordered_attributes = True
    texts: list[str] = []
    finish = _handle(parser, feed, texts)
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                parser.Parse(_PLAIN_READING.sub(_shorten, chunk))
                if len(texts) > _PIECES_OF_A_TEXT:
                    raise _broken(parser, "a text is longer than any number or name", None)
                if len(feed.cells) >= _READINGS_AT_ONCE * len(READINGS):
                    yield file.tell()
            parser.Parse(b"", True)  # noqa: FBT003 - expat names it so
            finish()
            yield file.tell()
    except (expat.ExpatError, LookupError, UnicodeError) as error:
        reason = f"the XML is broken ({error}); what follows is lost, ask for the file again"
        raise _broken(parser, reason, error) from None


def _shorten(plain: re.Match[bytes]) -> bytes:
    """A reading of the usual form as one empty element of the same length and lines.

    It spares the parser's calls for the elements within, and still means nothing inside a comment
    and the same under any namespace. Its attribute's name is drawn anew by every process.
    """
    prefix, quality, duration, start, value = plain.groups()
    short = _SHORT_FORM % (prefix, start, duration, value, quality or b"")
    text = plain[0]
    return (short + b"\n" * text.count(b"\n")).ljust(len(text))


def _broken(parser: expat.XMLParserType, reason: str, error: Exception | None) -> FeedError:
    at = parser.ErrorByteIndex if isinstance(error, expat.ExpatError) else parser.CurrentByteIndex
    line = getattr(error, "lineno", None) or parser.CurrentLineNumber
    return FeedError(reject(reason, line=line, byte=max(at, 0)))


def _handle(  # noqa: C901, PLR0915 - the handlers share what they are in the middle of
    parser: expat.XMLParserType, feed: Feed, texts: list[str]
) -> Callable[..., None]:
    """Attach the handlers; returns what to call at the end of the document.

    An element's end is only looked at while its text is wanted, which saves half of the calls. So
    a reading counts as read when another one or another entry starts, or the document ends.
    """
    reading: dict[str, Any] = {}
    elsewhere: dict[str, str] = {}
    target: dict[str, Any] = elsewhere
    add = feed.cells.extend

    def finish(*_: object) -> None:
        nonlocal target
        target = elsewhere
        if reading:
            add((len(feed.entries) - 1, reading["line"], *map(reading.get, _OF_A_READING)))
            reading.clear()

    def start_reading(_: str, attributes: list[str]) -> None:
        nonlocal target
        if target is not elsewhere:
            finish()
        if attributes and attributes[0] == _SHORT:
            start, duration, value, quality = attributes[1].split(" ")
            place = len(feed.entries) - 1
            add((place, parser.CurrentLineNumber, start, duration, value, quality or None))
        else:
            reading["line"] = parser.CurrentLineNumber
            target = reading

    def start_kind(name: str, _: object) -> None:
        nonlocal target
        finish()
        if feed.entries:
            entry = feed.entries[-1]
            entry.kind = entry.kind or _KINDS[name]
            target = entry.values if entry.kind in _DESCRIBED else elsewhere

    def start_entry(*_: object) -> None:
        finish()
        feed.entries.append(Entry(parser.CurrentLineNumber))

    def start_link(_: str, attributes: list[str]) -> None:
        if feed.entries:
            _add_link(feed.entries[-1], attributes)

    def start_text(name: str, _: object) -> None:
        texts.clear()
        parser.CharacterDataHandler = texts.append
        parser.EndElementHandler = end_of_atom if name in _ATOM_TEXTS else end_of_espi

    def end_of_espi(name: str) -> None:
        parser.CharacterDataHandler = parser.EndElementHandler = None
        text = "".join(texts)
        # A second value makes the first one unreadable, on purpose; qualities may be several.
        target[name] = f"{target[name]} {text}" if name in target else text

    def end_of_atom(name: str) -> None:
        parser.CharacterDataHandler = parser.EndElementHandler = None
        if feed.entries:
            feed.entries[-1].atom.setdefault(name, "".join(texts))

    starts: dict[str, Callable[[str, list[str]], None]] = {
        _READING: start_reading,
        _ESPI + "interval": finish,
        _ATOM + "entry": start_entry,
        _ATOM + "link": start_link,
        **dict.fromkeys(_KINDS, start_kind),
        **dict.fromkeys(_ESPI_TEXTS | _ATOM_TEXTS, start_text),
    }

    def start_of(name: str, attributes: list[str]) -> None:
        if name in starts:
            starts[name](name, attributes)

    parser.StartElementHandler = start_of
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = lambda *_: _forbid(parser)
    return finish


def _forbid(parser: expat.XMLParserType) -> None:
    raise _broken(
        parser,
        "the file declares a document type; expected none, as Green Button data needs no "
        "entities and they can be abused. Nothing after it was read",
        None,
    )


def _add_link(entry: Entry, attributes: list[str]) -> None:
    link = dict(zip(attributes[::2], attributes[1::2], strict=True))
    relation, target = link.get("rel"), link.get("href", "").rstrip("/")
    if relation == "self":
        entry.own = entry.own or target
    elif relation == "up":
        entry.up = entry.up or target
    elif relation == "related":
        entry.related.add(target)
