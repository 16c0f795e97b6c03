"""Who takes part in what a scenario supposes."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

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
