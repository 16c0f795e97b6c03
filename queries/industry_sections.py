"""Industries by section (门类) of GB/T 4754-2017."""

from itertools import chain

import polars as pl

SECTIONS = {
    "A": range(1, 6),
    "B": range(6, 13),
    "C": range(13, 44),
    "D": range(44, 47),
    "E": range(47, 51),
    "F": range(51, 53),
    "G": range(53, 61),
    "H": range(61, 63),
    "I": range(63, 66),
    "J": range(66, 70),
    "K": range(70, 71),
    "L": range(71, 73),
    "M": range(73, 76),
    "N": range(76, 80),
    "O": range(80, 83),
    "P": range(83, 84),
    "Q": range(84, 86),
    "R": range(86, 91),
    "S": range(91, 97),
    "T": range(97, 98),
}
"""Section and the divisions (大类) in it, the first two digits of a code."""

_OF_DIVISION = dict(
    chain.from_iterable(
        ((f"{division:02d}", section) for division in divisions)
        for section, divisions in SECTIONS.items()
    )
)


def section_of(code: pl.Expr) -> pl.Expr:
    """The section letter of a code of two digits or more; null where there is none."""
    return code.str.slice(0, 2).replace_strict(_OF_DIVISION, default=None, return_dtype=pl.String)
