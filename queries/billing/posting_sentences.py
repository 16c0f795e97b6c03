"""How a posted line of a bill came about: the event, what was confirmed, its price."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

from queries.billing.postings import Posting
from queries.billing.sentences import Fact, Sentence, number, sentence

_MINUTES_AN_HOUR = 60


def posting_sentences(posting: Posting) -> list[Sentence]:
    """What is posted, from its basis as it was settled, and the amount; in this order."""
    made = [*_event(posting)]
    if posting.quantity is None or posting.unit_price is None:
        return [*made, sentence("posted_amount", number("amount", posting.amount_cny, 2, "CNY"))]
    amount = sentence(
        "amount",
        number("quantity", posting.quantity, 6, posting.unit or ""),
        number("price", posting.unit_price, 10, f"CNY/{posting.unit}"),
        number("amount", posting.amount_cny, 2, "CNY"),
    )
    return [*made, amount]


def _event(posting: Posting) -> Iterator[Sentence]:
    basis = posting.basis
    when = (
        Fact("day", day=date.fromisoformat(basis["day"])),
        Fact("from", word=_clock(basis["from_minute"])),
        Fact("until", word=_clock(basis["until_minute"])),
    )
    if posting.is_reversal:
        yield sentence("response_taken_back", *when)
        return
    kilowatts = ("baseline_kw", "load_kw", "reduction_kw", "confirmed_kw")
    yield sentence(
        "response_event",
        *when,
        *(number(name, Decimal(str(basis[name])), 3, "kW") for name in kilowatts),
    )
    by_kw, by_kwh, hours, factor = (
        Decimal(str(basis[name]))
        for name in ("price_cny_per_kw", "price_cny_per_kwh", "hours", "time_factor")
    )
    yield sentence(
        "response_price",
        number("by_kw", by_kw, 4, "CNY/kW"),
        number("by_kwh", by_kwh, 4, "CNY/kWh"),
        number("hours", hours, 4, "h"),
        number("factor", factor, 6),
        number("price", abs(Fraction(posting.unit_price or 0)), 10, "CNY/kW"),
    )


def _clock(minute: int) -> str:
    hours, minutes = divmod(minute, _MINUTES_AN_HOUR)
    return f"{hours:02d}:{minutes:02d}"
