"""Random numbers that depend on the seed and on whom they are for, and on nothing else."""

from zlib import crc32

import numpy as np


def stream(seed: int, purpose: str, *numbers: int) -> np.random.Generator:
    """The random stream of one purpose and one subject, such as ``stream(1, "household", 42)``.

    Whoever draws from a stream of its own can be simulated alone, in any order and in any process.
    """
    key = np.random.SeedSequence([seed, crc32(purpose.encode()), *numbers])
    return np.random.Generator(np.random.SFC64(key))
