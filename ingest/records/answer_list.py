"""A pasted or uploaded list of what customers answered to an offer, checked line by line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from ingest.records.offer_answers import ACCEPTED, COMPLAINT, DECLINED, Answer

_SEPARATORS = re.compile(r"[,，;；\t]")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_WORDS = {
    ACCEPTED: ("accepted", "accept", "yes", "接受", "同意", "办理"),
    DECLINED: ("declined", "decline", "no", "拒绝", "不接受", "不同意", "不办理"),
    COMPLAINT: ("complaint", "投诉"),
}
_ANSWER_OF = {word: answer for answer, words in _WORDS.items() for word in words}
MOST_LINES = 20_000


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that cannot be recorded.

    Attributes:
        line: Its number, from 1.
        code: ``unknown``, ``several``, ``answer``, ``day``, ``future``, ``note``, ``twice`` or
            ``many``.
        value: What it says there.
    """

    line: int
    code: str
    value: str


@dataclass(frozen=True, slots=True)
class Usual:
    """What a line means that does not say: the answer, the day, and how all of it was said."""

    answer: str
    said_on: date
    channel: str


def text_of(content: bytes) -> str:
    """The text of an uploaded file: UTF-8, else the Chinese encoding that spreadsheets write."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", errors="replace")


def read_answers(
    text: str, accounts: pl.DataFrame, usual: Usual, today: date
) -> tuple[list[Answer], list[Problem]]:
    """Answers of a list, and the lines that are none.

    A line is ``account or usage point, answer, day, note``, by commas, semicolons or tabs; what is
    left out is as ``usual``. Empty lines and a heading are passed over. A usage point is named
    where an account has several.

    Args:
        text: The list.
        accounts: ``usage_point_id`` and ``customer_id`` of everybody in sight.
        usual: What stands for what is left out.
        today: No answer is of a later day.
    """
    lines = text.lstrip("\ufeff").splitlines()
    if len(lines) > MOST_LINES:
        return [], [Problem(MOST_LINES + 1, "many", f"{len(lines):,}")]
    reading = _Reading.of(accounts, usual, today)
    answers: dict[str, Answer] = {}
    problems = []
    for number, line in enumerate(lines, 1):
        cells = [cell.strip().strip('"') for cell in _SEPARATORS.split(line)]
        if not any(cells) or (number == 1 and reading.is_heading(cells)):
            continue
        found = reading.line(number, cells)
        if isinstance(found, Problem):
            problems.append(found)
        elif found.usage_point_id in answers:
            problems.append(Problem(number, "twice", cells[0]))
        else:
            answers[found.usage_point_id] = found
    return list(answers.values()), problems


@dataclass(frozen=True, slots=True)
class _Reading:
    """Who is in sight, and what lines are read by."""

    customer_of: Mapping[str, str]
    points_of: Mapping[str, list[str]]
    usual: Usual
    today: date

    @classmethod
    def of(cls, accounts: pl.DataFrame, usual: Usual, today: date) -> "_Reading":
        known = accounts.drop_nulls("customer_id")
        points_of: dict[str, list[str]] = {}
        for point, customer in known.select("usage_point_id", "customer_id").iter_rows():
            points_of.setdefault(customer, []).append(point)
        return cls(
            dict(known.select("usage_point_id", "customer_id").rows()), points_of, usual, today
        )

    def is_heading(self, cells: list[str]) -> bool:
        """Whether the first line names columns: nobody is called so, and it has no digit."""
        return cells[0] not in self.points_of and not any(c.isdigit() for c in cells[0])

    def line(self, number: int, cells: list[str]) -> Answer | Problem:
        """The answer a line gives, or what is wrong with it."""
        name, said, day, *rest = [*cells, "", "", ""]
        note = " ".join(filter(None, rest))
        points = [name] if name in self.customer_of else self.points_of.get(name, [])
        if len(points) != 1:
            return Problem(number, "several" if points else "unknown", name)
        answer = _ANSWER_OF.get(said.lower()) if said else self.usual.answer
        if answer is None:
            return Problem(number, "answer", said)
        said_on = _day(day) if day else self.usual.said_on
        if said_on is None or said_on > self.today:
            return Problem(number, "day" if said_on is None else "future", day)
        if answer == COMPLAINT and not note:
            return Problem(number, "note", name)
        point = points[0]
        channel = self.usual.channel
        return Answer(point, self.customer_of[point], answer, said_on, channel, note)


def _day(text: str) -> date | None:
    """``2025-04-03``, ``2025/4/3`` or ``2025年4月3日``."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        return None
