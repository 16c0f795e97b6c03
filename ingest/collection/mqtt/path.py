"""Where things stand in an MQTT message: named parts of its topic, paths into its JSON."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ingest.batch import CollectorError

_PART_NAME = re.compile(r"[a-z][a-z0-9_]*")
_STEP = re.compile(r'(?P<dot>\.?)(?:"(?P<quoted>[^"]*)"|(?P<key>[^.\[\]"^$]+))|\[(?P<index>\d*)\]')
_EACH = object()
ABSENT = object()
"""What ``find`` gives where a path leads nowhere; JSON's null is None."""


@dataclass(frozen=True, slots=True)
class TopicPattern:
    """A topic with named parts: ``meters/+meter/readings``, at its end perhaps ``#rest``.

    Attributes:
        text: As it was written.
        levels: Its levels; a name follows + or #, or nothing does.
    """

    text: str
    levels: tuple[str, ...]

    @property
    def topic_filter(self) -> str:
        """What a broker understands: ``meters/+/readings``."""
        return "/".join(level[0] if level[:1] in ("+", "#") else level for level in self.levels)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its parts."""
        return tuple(level[1:] for level in self.levels if level[:1] in ("+", "#") and level[1:])

    def match(self, topic: str) -> dict[str, str] | None:
        """The named parts of a topic; None where it is another topic.

        >>> topic_pattern("meters/+meter/#rest", "doc").match("meters/42/a/b")
        {'meter': '42', 'rest': 'a/b'}
        """
        found = {}
        parts = topic.split("/")
        for place, level in enumerate(self.levels):
            if level[:1] == "#":
                if level[1:]:
                    found[level[1:]] = "/".join(parts[place:])
                return found
            if place >= len(parts) or (level[:1] != "+" and level != parts[place]):
                return None
            if level[:1] == "+" and level[1:]:
                found[level[1:]] = parts[place]
        return found if len(parts) == len(self.levels) else None


def topic_pattern(text: str, where: str) -> TopicPattern:
    """Read a pattern.

    Raises:
        CollectorError: It is none; the message begins with ``where``.
    """
    levels = tuple(text.split("/"))
    pattern = TopicPattern(text, levels)
    names = pattern.names
    for place, level in enumerate(levels):
        wild = level[:1] in ("+", "#")
        is_misplaced = ("+" in level or "#" in level) and not wild
        is_misnamed = wild and level[1:] and not _PART_NAME.fullmatch(level[1:])
        if is_misplaced or is_misnamed or (level[:1] == "#" and place < len(levels) - 1):
            raise CollectorError(
                f"{where}: the level '{level}' of the topic '{text}' is no level; expected a word, "
                "+name for any one word, or #name as the last for all that follow"
            )
    if len(set(names)) != len(names) or "\0" in text or len(text.encode()) > 65535:
        raise CollectorError(f"{where}: the topic '{text}' names a part twice, or is no topic")
    return pattern


class Scope(NamedTuple):
    """What paths are looked up in.

    Attributes:
        nest: The message, then what each array on the way holds, last the reading.
        topic: The named parts of the topic.
    """

    nest: tuple[object, ...]
    topic: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Path:
    """A way to a value.

    Attributes:
        text: As it was written.
        part: Name of a part of the topic; else None.
        up: 0: from the reading; 1: from what holds its array, and so on; None: from the message.
        steps: Keys and indices from there on.
    """

    text: str
    part: str | None
    up: int | None
    steps: tuple[str | int, ...]

    def find(self, scope: Scope) -> object:
        """The value, or ABSENT."""
        if self.part is not None:
            return scope.topic.get(self.part, ABSENT)
        value = scope.nest[0] if self.up is None else scope.nest[-1 - self.up]
        for step in self.steps:
            value = _step(value, step)
        return value


def _step(value: object, step: str | int) -> object:
    if isinstance(step, str):
        return value.get(step, ABSENT) if isinstance(value, dict) else ABSENT
    return value[step] if isinstance(value, list) and step < len(value) else ABSENT


def read_path(text: str, where: str, topic: TopicPattern, depth: int) -> Path:
    """Read a path: ``energy.import``, ``values[0]``, ``"1.8.0"`` (a key with points in it).

    A path begins at the reading; ``$.header.time`` at the message, ``^.meter`` at what holds the
    array of readings, ``+meter`` is a part of the topic.

    Raises:
        CollectorError: It is none; the message begins with ``where``.
    """
    if text.startswith("+"):
        if text[1:] not in topic.names:
            raise CollectorError(
                f"{where} is '{text}', but the topic '{topic.text}' has no such part; "
                f"expected one of {', '.join('+' + name for name in topic.names) or 'none'}"
            )
        return Path(text, text[1:], None, ())
    up: int | None = len(text) - len(text.lstrip("^"))
    rest = text[up:]
    if rest.startswith("$") and not up:
        up, rest = None, rest[1:]
    if up is not None and up > depth:
        raise CollectorError(f"{where} is '{text}'; expected at most {depth} ^, one an array")
    steps = _steps(rest, text, where, is_start=up == 0)
    if _EACH in steps:
        raise CollectorError(f"{where} is '{text}'; expected a number in [], such as [0]")
    return Path(text, None, up, tuple(steps))  # pyright: ignore[reportArgumentType]


def _steps(rest: str, text: str, where: str, *, is_start: bool) -> list[object]:
    steps: list[object] = []
    place = 0
    while place < len(rest):
        match = _STEP.match(rest, place)
        is_first = is_start and place == 0
        if match is None or (match["index"] is None and bool(match["dot"]) == is_first):
            raise CollectorError(
                f"{where} is '{text}'; expected keys with points between them, such as "
                f'header.meter, values[0] or "1.8.0" in quotation marks'
            )
        if match["index"] is None:
            steps.append(match["key"] if match["quoted"] is None else match["quoted"])
        else:
            steps.append(int(match["index"]) if match["index"] else _EACH)
        place = match.end()
    return steps


@dataclass(frozen=True, slots=True)
class ReadingsPath:
    """The way to the readings: ``data.items[]``, ``meters[].readings[]``; empty: the message."""

    text: str
    steps: tuple[object, ...]

    @property
    def depth(self) -> int:
        """How many arrays are on the way."""
        return self.steps.count(_EACH)

    def each(self, message: object) -> Iterator[tuple[str, tuple[object, ...] | str]]:
        """Every reading: where it stands, and the nest it stands in (or what was expected)."""
        yield from self._walk("", (message,), message, self.steps)

    def _walk(
        self, place: str, nest: tuple[object, ...], value: object, steps: tuple[object, ...]
    ) -> Iterator[tuple[str, tuple[object, ...] | str]]:
        for number, step in enumerate(steps):
            if step is not _EACH:
                place = f"{place}[{step}]" if isinstance(step, int) else f"{place}.{step}"
                value = _step(value, step)  # pyright: ignore[reportArgumentType]
                continue
            if not isinstance(value, list):
                yield place, "an array of readings"
                return
            for index, item in enumerate(value):
                yield from self._walk(f"{place}[{index}]", (*nest, item), item, steps[number + 1 :])
            return
        if isinstance(value, dict):
            yield place, nest if value is nest[-1] else (*nest, value)
        else:
            yield place, "an object with the parts of a reading"


def readings_path(text: str, where: str) -> ReadingsPath:
    """Read the way to the readings.

    Raises:
        CollectorError: It is none; the message begins with ``where``.
    """
    return ReadingsPath(text, tuple(_steps(text, text, where, is_start=True)))
