"""How was every line of a bill computed?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.account_bills import READS as ACCOUNT_READS
from queries.billing.account_bills import account_bills
from queries.billing.bill_lines import shown_lines
from queries.billing.line_sentences import line_sentences
from queries.billing.posting_sentences import posting_sentences
from queries.billing.postings import READS as POSTING_READS
from queries.billing.postings import posted_on

RETURNS = pl.Schema(
    {
        "line": pl.Int32(),
        "sentence": pl.Int16(),
        "code": pl.String(),
        "name": pl.String(),
        "value": pl.Decimal(28, 10),
        "unit": pl.String(),
        "day": pl.Date(),
        "word": pl.String(),
    }
)
READS = tuple(dict.fromkeys((*ACCOUNT_READS, *POSTING_READS)))


def bill_explanation(  # noqa: PLR0913 - as for the bill
    lake: DuckDBPyConnection,
    *,
    month: date,
    customer_id: str | None = None,
    usage_point_id: str | None = None,
    tariff_area: str | None = None,
    may_estimate: bool = True,
) -> pl.DataFrame:
    """How every line of ``billing/bill`` was computed, sentence by sentence, figure by figure.

    Args:
        lake: From ``queries.lake.open_lake``.
        month: Any day of the month.
        customer_id: The account; all its usage points.
        usage_point_id: One usage point.
        tariff_area: Whose tariffs price classes mean; None: those of FENGGU_TARIFF_AREA.
        may_estimate: As for ``billing/bill``.

    Returns:
        A row a figure: ``line`` as in ``billing/bill`` for the same inputs, ``sentence`` counts
        from 1 within it, ``code`` says what kind of sentence it is (reading, tier_range, factor,
        contract_over …: pages/text/*.toml has the words under ``bill_how``), ``name`` what the text
        calls the figure. One of ``value`` with its ``unit`` (null: a plain number; ``share``: a
        ratio [0–1]), ``day`` and ``word`` [a code, or the name of a meter] is there. A sentence
        without figures has one row without a name.
    """
    made = account_bills(
        lake,
        first_month=month,
        last_month=month,
        customer_id=customer_id,
        usage_point_id=usage_point_id,
        tariff_area=tariff_area,
        may_estimate=may_estimate,
    )
    posted = posted_on(lake, made, of_customer=usage_point_id is None)
    told = [
        sentences
        for bills, of_part in zip(made, posted, strict=True)
        for sentences in (
            *(line_sentences(bills, line) for line in shown_lines(bills)),
            *(posting_sentences(posting) for _, posting in of_part),
        )
    ]
    rows = []
    for number, sentences in enumerate(told, 1):
        for place, one in enumerate(sentences, 1):
            said = number, place, one.code
            rows += [
                (*said, fact.name, fact.value, fact.unit or None, fact.day, fact.word)
                for fact in one.facts
            ] or [(*said, None, None, None, None, None)]
    return pl.DataFrame(rows, schema=RETURNS, orient="row")
