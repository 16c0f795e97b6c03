"""Run one SQL file as a question, and check what comes back."""

import re
from functools import cache
from importlib.resources import files

import polars as pl
from duckdb import DuckDBPyConnection

from queries.schema import check


class QuestionError(ValueError):
    """A question cannot be asked like this; the message says what to change."""


@cache
def sql_text(name: str) -> str:
    """The text of ``queries/<name>.sql``.

    Raises:
        QuestionError: it filters the long view ``readings`` by ``interval_start`` alone, which
            would unpivot the whole lake: only filters on service_date and usage_point_id reach
            the files.
    """
    text = files("queries").joinpath(f"{name}.sql").read_text("utf-8")
    code = re.sub(r"--.*", "", text)
    conditions = " ".join(
        re.findall(r"\bwhere\b(.*?)(?:\bgroup by\b|\border by\b|\)|$)", code, re.DOTALL)
    )
    asks_by_instant = re.search(r"\breadings\b", code) and "interval_start" in conditions
    if asks_by_instant and "service_date" not in conditions:
        raise QuestionError(
            f"queries/{name}.sql filters readings by interval_start only, which reads everything. "
            "Add a filter on service_date (a day more on both sides is enough)."
        )
    return text


def run_sql(
    lake: DuckDBPyConnection, name: str, returns: pl.Schema, **parameters: object
) -> pl.DataFrame:
    """Run ``queries/<name>.sql`` with named ``$parameters`` and check the declared result."""
    return check(name, lake.sql(sql_text(name), params=parameters).pl(), returns)
