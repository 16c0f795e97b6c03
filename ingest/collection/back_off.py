"""How long to wait before trying again."""

import random


def back_off(failures: int, longest_seconds: float) -> float:
    """Pause [s] after so many failures in a row: half to whole of 1, 2, 4 … up to the longest.

    Many collectors that lost the same server come back one by one.
    """
    whole = min(longest_seconds, 2.0 ** min(failures - 1, 20))
    return whole * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
