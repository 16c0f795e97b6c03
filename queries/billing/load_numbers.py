"""Numbers of a load profile as integers, from their decimal text and without a float."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import numpy as np
import polars as pl

_PLAIN = r"^\+?(\d+\.?\d*|\.\d+)$"
_DIGITS = 9
"""Before the decimal point: more is no load of one meter."""
_MISSING = {"", "nan", "na", "n/a", "null", "none", "-", "--", "#n/a"}


class LoadFileError(ValueError):
    """A load profile cannot be used; names file, line, column, what was expected."""


def exact_units(
    texts: pl.Series, places: np.ndarray, where: str, *, most_decimals: int
) -> tuple[np.ndarray, int, bool]:
    """Numbers as integers of ``10 ** -decimals``.

    Args:
        texts: One number each, none below zero.
        places: Line or row of each.
        where: Text with ``{}`` for that.
        most_decimals: Numbers with more are rounded, half up.

    Returns:
        The integers, the decimals, and whether any number was rounded.
    """
    texts = texts.str.strip_chars()
    is_plain = texts.str.contains(_PLAIN).fill_null(value=False)
    fractions = texts.str.extract(r"\.(\d*)$").fill_null("")
    decimals = int(fractions.str.len_chars().max() or 0)  # type: ignore[arg-type]
    if not is_plain.all() or decimals > most_decimals:
        return _slowly(texts, places, where, most_decimals)
    whole = texts.str.extract(r"^\+?(\d*)").fill_null("")
    if int(whole.str.strip_chars_start("0").str.len_chars().max() or 0) > _DIGITS:  # type: ignore[arg-type]
        return _slowly(texts, places, where, most_decimals)
    digits = pl.select(pl.lit("0") + whole + fractions.str.pad_end(decimals, "0")).to_series()
    return digits.cast(pl.Int64).to_numpy(), decimals, False


def _slowly(
    texts: pl.Series, places: np.ndarray, where: str, most_decimals: int
) -> tuple[np.ndarray, int, bool]:
    """One number after another: with exponents, with too many decimals, or with what is none."""
    step = Decimal(1).scaleb(-most_decimals)
    is_rounded = False
    units = np.empty(len(texts), np.int64)
    for row, text in enumerate(texts):
        try:
            value = Decimal("NaN" if "_" in (text or "") else text or "")
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or value < 0 or value >= 10**_DIGITS:
            raise LoadFileError(_what_is_wrong(text, value, where.format(places[row])))
        rounded = value.quantize(step, ROUND_HALF_UP)
        is_rounded = is_rounded or rounded != value
        units[row] = int(rounded.scaleb(most_decimals))
    return units, most_decimals, is_rounded


def _what_is_wrong(text: str | None, value: Decimal, where: str) -> str:
    shown = (text or "")[:40]
    if shown.strip().lower() in _MISSING:
        return (
            f"{where}: no value ({shown!r}); expected a number. A missing reading is not zero: "
            "fill it in, or leave its days out with --from and --to."
        )
    if value.is_finite() and value < 0:
        return (
            f"{where}: {shown} is below zero; expected what was taken from the grid. Put what was "
            "fed in in a column export_kwh."
        )
    if value.is_finite():
        return f"{where}: {shown} is too large for one meter. Check the unit of the column."
    return f"{where}: {shown!r} is no number; expected one such as 12.345, with a point."
