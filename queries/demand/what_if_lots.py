"""Who takes part in what a scenario supposes."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import polars as pl

_BITS = 64


def lots(usage_point_ids: Sequence[str], what: str, seed: int) -> np.ndarray:
    """A number of each customer, evenly in [0–1), (customers,).

    It depends on the customer, on what is drawn for and on the seed, on nothing else: who takes
    part at 10 % also takes part at 20 %, whichever district the customer is looked at in.
    """
    salt = f"{seed}:{what}:".encode()
    drawn = [
        int.from_bytes(blake2b(salt + one.encode(), digest_size=_BITS // 8).digest(), "big")
        for one in usage_point_ids
    ]
    return np.array(drawn, dtype=np.uint64) / 2.0**_BITS


def taking_part(
    points: pl.DataFrame, customer_classes: Sequence[str], what: str, share: float, seed: int
) -> np.ndarray:
    """Whether each customer is of these classes and among the ``share`` of them drawn for.

    Args:
        points: ``usage_point_id`` and ``customer_class`` of every customer.
        customer_classes: Whose.
        what: What is drawn for.
        share: Of these customers [0–1].
        seed: Of the lots.
    """
    is_own = points["customer_class"].is_in(list(customer_classes)).fill_null(value=False)
    return is_own.to_numpy() & (lots(points["usage_point_id"].to_list(), what, seed) < share)
