"""Which of the questions customers ask most a text is: by words and by its letters, nothing else.

Words decide where they are clear. Otherwise the text's runs of two and three letters are compared
with those of known ways to ask (cosine of counts; Cavnar & Trenkle 1994). What is near to none, or
as near to two, is not known: the assistant says so and hands over to a person.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from math import sqrt

from queries.customers.assistant_phrases import INTENTS, KEYWORDS, PHRASES

LEAST_LIKENESS = 0.5
LEAST_AHEAD = 0.08
"""So much nearer than to the next one, or it is not known which of the two was meant."""
_BY_WORDS = 0.4
_LONGEST = 300
_RUNS = (2, 3)


@dataclass(frozen=True, slots=True)
class Match:
    """What was understood.

    Attributes:
        intent: One of INTENTS; None: not known.
        likeness: Of the best, 0–1.
        candidates: What it may have been, best first, at most three.
    """

    intent: str | None
    likeness: float
    candidates: tuple[str, ...]


def match(text: str) -> Match:
    """What ``text`` asks.

    >>> match("为什么这个月电费比上个月高?").intent, match("what do I owe you").intent
    ('bill_higher', 'payments')
    >>> match("Tell me a joke").intent is None
    True
    """
    plain = _plain(text)
    likeness = {intent: _likeness(plain, intent) for intent in INTENTS}
    order = sorted(INTENTS, key=lambda intent: -likeness[intent])
    best, second = order[:2]
    is_near = likeness[best] >= LEAST_LIKENESS
    is_ahead = likeness[best] - likeness[second] >= LEAST_AHEAD
    candidates = tuple(one for one in order[:3] if likeness[one] >= LEAST_LIKENESS / 2)
    return Match(best if is_near and is_ahead else None, likeness[best], candidates)


def _plain(text: str) -> str:
    kept = unicodedata.normalize("NFKC", text[:_LONGEST]).casefold()
    return re.sub(r"[^\w]+", " ", kept).strip()


def _likeness(plain: str, intent: str) -> float:
    own = _runs(plain)
    nearest = max(_cosine(own, runs) for runs in _phrase_runs(intent))
    has_words = any(all(re.search(words, plain) for words in group) for group in KEYWORDS[intent])
    return min(1.0, nearest + _BY_WORDS * has_words)


@cache
def _phrase_runs(intent: str) -> tuple[Counter[str], ...]:
    return tuple(_runs(_plain(phrase)) for phrase in PHRASES[intent])


def _runs(plain: str) -> Counter[str]:
    padded = f" {plain} "
    return Counter(
        padded[at : at + length] for length in _RUNS for at in range(len(padded) - length + 1)
    )


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    both = sum(count * other[run] for run, count in one.items())
    sizes = sqrt(sum(c * c for c in one.values()) * sum(c * c for c in other.values()))
    return both / sizes if sizes else 0.0
