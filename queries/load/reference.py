"""Figures of real customers, committed, to hold a fleet's answers against."""

import polars as pl

from queries.questions import find_question
from queries.run import QuestionError
from queries.settings import PROJECT

REFERENCE = PROJECT / "data" / "reference"


def reference_figures(question: str, *, source: str = "sgsc") -> pl.DataFrame:
    """What ``question`` (such as ``load/coincidence``) answers on the real data of ``source``.

    The columns are those the question returns; data/reference/NOTICE.md says where the data come
    from and what to know before drawing conclusions. Five significant digits.

    Raises:
        QuestionError: there are no such figures; the message names those there are.
    """
    path = REFERENCE / source / f"{question.rpartition('/')[2]}.csv"
    if not path.is_file():
        known = sorted(f"{file.parent.name}: {file.stem}" for file in REFERENCE.glob("*/*.csv"))
        raise QuestionError(
            f"no reference figures of '{source}' for '{question}'; there are {', '.join(known)}."
        )
    return pl.read_csv(path, schema=find_question(question).returns)
