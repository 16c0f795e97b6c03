"""How likely a bill is paid late, from how the bills before it were paid.

A logistic regression on what is known on the day a bill issues, fitted on past bills whose outcome
is decided. Its probabilities are checked on the latest months, which a second fit has not seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

LEAST_BILLS = 6
"""Earlier bills of an account, decided, without which it gets no probability."""
LEAST_OUTCOMES = 30
"""Bills paid late, and bills paid in time, without which there is no model at all."""
HELD_OUT_MONTHS = 3
_LONGEST_DELAY_DAYS = 60.0
_LAST, _SOME = 3, 6
_AUTOMATIC = ("direct_debit", "prepaid")
FEATURES = (
    "late_logit",
    "was_late_last",
    "late_of_last_three",
    "mean_delay_days",
    "rising_delay_days",
    "is_automatic",
    "has_overdue",
    "log_bills",
)
_BORDERS = (0.02, 0.05, 0.1, 0.2, 0.4)


@dataclass(frozen=True, slots=True)
class ArrearsModel:
    """The fitted regression, and how its probabilities held on months it had not seen.

    Attributes:
        fitted: On all decided bills; None: there are too few outcomes.
        reliability: A row a class of foretold probability: ``foretold_share`` (mean), ``bills``,
            ``late_share`` (what came); empty where nothing could be held out.
        bills: That it was fitted on.
    """

    fitted: Pipeline | None
    reliability: pl.DataFrame
    bills: int


RELIABILITY = pl.Schema(
    {
        "from_share": pl.Float64(),
        "to_share": pl.Float64(),
        "bills": pl.Int64(),
        "foretold_share": pl.Float64(),
        "late_share": pl.Float64(),
    }
)


def rows_before(bills: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """What was known of each account on the day a bill issued, from its bills before.

    Args:
        bills: From ``payment_bills``, of the accounts.
        targets: ``customer_id``, ``issued_on`` and anything else, which stays.

    Returns:
        ``targets`` with ``bills_before`` (decided by then) and FEATURES; accounts without any bill
        before are left out.
    """
    past = bills.select(
        "customer_id", "channel", "settled_on", "due_on", past_issued_on="issued_on"
    ).drop_nulls("past_issued_on")
    pairs = (
        targets.with_row_index("target")
        .join(past, on="customer_id")
        .filter(pl.col("past_issued_on") < pl.col("issued_on"))
        .with_columns(is_paid=(pl.col("settled_on") <= pl.col("issued_on")).fill_null(value=False))
        .with_columns(
            was_late=pl.when("is_paid")
            .then(pl.col("settled_on") > pl.col("due_on"))
            .when(pl.col("due_on") < pl.col("issued_on"))
            .then(pl.lit(value=True)),
            delay=(
                pl.when("is_paid").then("settled_on").otherwise("issued_on")
                - pl.col("past_issued_on")
            )
            .dt.total_days()
            .cast(pl.Float64)
            .clip(upper_bound=_LONGEST_DELAY_DAYS),
        )
        .drop_nulls("was_late")
        .sort("target", "past_issued_on", descending=[False, True])
    )
    late, delay = pl.col("was_late"), pl.col("delay")
    known = pairs.group_by("target", maintain_order=True).agg(
        bills_before=pl.len().cast(pl.Int64),
        late_logit=((late.sum() + 0.5) / (~late).sum().add(0.5)).log(),
        was_late_last=late.first().cast(pl.Float64),
        late_of_last_three=late.head(_LAST).mean(),
        mean_delay_days=delay.head(_SOME).mean(),
        rising_delay_days=delay.head(_LAST).mean() - delay.mean(),
        is_automatic=pl.col("channel").first().is_in(_AUTOMATIC).cast(pl.Float64).fill_null(0.0),
        has_overdue=(late & ~pl.col("is_paid")).any().cast(pl.Float64),
        log_bills=pl.len().cast(pl.Float64).log(),
    )
    return targets.with_row_index("target").join(known, on="target").drop("target")


def fit(bills: pl.DataFrame) -> ArrearsModel:
    """The model of all bills whose outcome is decided, as far as they have enough before them."""
    decided = bills.filter(
        pl.col("is_late").is_not_null() & pl.col("issued_on").is_not_null()
    ).select("customer_id", "bill_month", "issued_on", "is_late")
    known = rows_before(bills, decided).filter(pl.col("bills_before") >= LEAST_BILLS)
    months = known["bill_month"].unique().sort()
    held_out = months.tail(HELD_OUT_MONTHS).to_list()
    before = known.filter(~pl.col("bill_month").is_in(held_out))
    after = known.filter(pl.col("bill_month").is_in(held_out))
    tried = _fitted(before)
    table = pl.DataFrame(schema=RELIABILITY)
    if tried is not None and not after.is_empty():
        table = reliability(_probabilities(tried, after), after["is_late"].to_numpy())
    return ArrearsModel(_fitted(known), table, known.height)


def foretold(
    model: ArrearsModel, bills: pl.DataFrame, customers: Sequence[str], issued_on: date
) -> pl.DataFrame:
    """``late_probability_share`` of each account's bill that issues on ``issued_on``.

    Null with too few bills before, or without a model; ``bills_before`` says how many there are.
    """
    targets = pl.DataFrame({"customer_id": customers}, schema={"customer_id": pl.String})
    known = rows_before(bills, targets.with_columns(issued_on=pl.lit(issued_on)))
    shares = pl.Series("late_probability_share", [None] * known.height, dtype=pl.Float64)
    if model.fitted is not None and known.height:
        shares = pl.Series("late_probability_share", _probabilities(model.fitted, known))
    return (
        targets.join(known.with_columns(shares), on="customer_id", how="left")
        .with_columns(pl.col("bills_before").fill_null(0))
        .with_columns(pl.when(pl.col("bills_before") >= LEAST_BILLS).then("late_probability_share"))
        .select("customer_id", "bills_before", "late_probability_share")
    )


def _fitted(known: pl.DataFrame) -> Pipeline | None:
    late = int(known["is_late"].sum())
    if min(late, known.height - late) < LEAST_OUTCOMES:
        return None
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=500))
    return model.fit(known.select(FEATURES).to_numpy(), known["is_late"].to_numpy())


def _probabilities(model: Pipeline, known: pl.DataFrame) -> np.ndarray:
    return model.predict_proba(known.select(FEATURES).to_numpy())[:, 1]


def reliability(foretold_share: np.ndarray, is_late: np.ndarray) -> pl.DataFrame:
    """Foretold probabilities by class beside the share that came (Murphy & Winkler 1977)."""
    edges = np.array([0.0, *_BORDERS, 1.0])
    place = np.searchsorted(_BORDERS, foretold_share, side="right")
    rows = [
        {
            "from_share": edges[number],
            "to_share": edges[number + 1],
            "bills": int(inside.sum()),
            "foretold_share": float(foretold_share[inside].mean()),
            "late_share": float(is_late[inside].mean()),
        }
        for number in range(len(edges) - 1)
        if (inside := place == number).any()
    ]
    return pl.DataFrame(rows, schema=RELIABILITY)
