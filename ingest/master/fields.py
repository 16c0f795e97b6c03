"""Text of master data into typed values: numbers with units, ratios, dates, codes, claims."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from queries.schema import Column

CODES: dict[str, tuple[str, ...]] = {
    "customer_class": ("residential", "commercial", "industrial", "agricultural", "public"),
    "phase": ("A", "B", "C", "ABC"),
    "status": ("operating", "suspended", "closed"),
    "purchase_type": ("agency", "direct", "retail"),
    "metering_purpose": ("settlement", "check"),
    "basic_charge": ("capacity", "contract", "maximum"),
    "settlement_basis": ("register", "interval"),
}
"""Columns that hold one of a few codes."""

UNITS: dict[str, dict[str, float]] = {
    "kV": {"kv": 1.0, "v": 1e-3, "千伏": 1.0, "伏": 1e-3},
    "kVA": {"kva": 1.0, "mva": 1e3, "va": 1e-3, "千伏安": 1.0},
    "kW": {"kw": 1.0, "mw": 1e3, "w": 1e-3, "千瓦": 1.0},
    "kWh": {"kwh": 1.0, "mwh": 1e3, "wh": 1e-3, "千瓦时": 1.0, "度": 1.0},
    "0–1": {"%": 0.01},
    "min": {"min": 1.0, "minutes": 1.0, "分钟": 1.0, "分": 1.0, "h": 60.0, "小时": 60.0},
    "°": {"°": 1.0, "度": 1.0},
    "m": {"m": 1.0, "km": 1e3, "米": 1.0, "公里": 1e3, "千米": 1e3},
    # lower case, as files are read: a line has milliohms, never megaohms
    "Ω": {"ω": 1.0, "ohm": 1.0, "欧": 1.0, "欧姆": 1.0, "mω": 1e-3, "毫欧": 1e-3},
}
"""Units in which a column's values may stand, with the factor to the column's own."""


@dataclass(frozen=True, slots=True)
class _Range:
    low: float
    high: float
    is_low_excluded: bool = False

    @property
    def words(self) -> str:
        return (
            f"{'above' if self.is_low_excluded else 'from'} {self.low:,.12g} to {self.high:,.12g}"
        )


_RATIO = _Range(0, 99_999, is_low_excluded=True)
_CAPACITY = _Range(0, 9_999_999)
_IMPEDANCE = _Range(0, 9_999)
_SHARE = _Range(0, 1)
RANGES: dict[str, _Range] = {
    "current_ratio": _RATIO,
    "voltage_ratio": _RATIO,
    "contracted_capacity_kva": _CAPACITY,
    "operating_capacity_kva": _CAPACITY,
    "rated_capacity_kva": _CAPACITY,
    "contracted_demand_kw": _CAPACITY,
    "length_m": _Range(0, 99_999),
    "resistance_ohm": _IMPEDANCE,
    "reactance_ohm": _IMPEDANCE,
    "voltage_kv": _Range(0, 1200, is_low_excluded=True),
    "longitude": _Range(-180, 180),
    "latitude": _Range(-90, 90),
    "register_digits": _Range(1, 12),
    "interval_minutes": _Range(1, 1440),
    "power_factor_hundredths": _Range(50, 100),
    "agency_price_times": _Range(1, 10),
    "household_persons": _Range(1, 99),
    "free_kwh_per_month": _Range(0, 9_999),
    "line_loss_share": _SHARE,
    "split_share": _SHARE,
    "split_kwh_per_month": _CAPACITY,
}
_YES = ("true", "1", "yes", "y", "是", "执行", "分时")
_NO = ("false", "0", "no", "n", "否", "不执行", "不分时")
_EMPTY = ("", "-", "--", "—", "null", "none", "nan", "n/a", "无", "/")
_FIRST_YEAR, _LAST_YEAR = 1900, 2099
_NUMBER = r"^(?:交流|直流|ac)?([+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?(?:e[+-]?\d+)?)([^\d]*)$"
_DATE = (
    r"^(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?"
    r"(?:[ t]?\d{1,2}:?\d{2}(?::?\d{2}(?:\.\d+)?)?)?(?:z|[+-]\d{2}:?\d{2})?$"
)


def cleaned(cells: pl.Series) -> pl.Series:
    """Cells without the padding that spreadsheets add; what means "nothing" is null."""
    text = cells.str.replace(r'^="(.*)"$', "$1").str.strip_chars(" \t\r\n'\ufeff\u3000\u00a0")
    is_empty = text.str.to_lowercase().is_in(_EMPTY)
    return text.set(is_empty.fill_null(value=False), None)


def converted(
    column: Column, text: pl.Series, *, words: Mapping[str, str], factor: float = 1.0
) -> tuple[pl.Series, pl.Series, str]:
    """Values of one column, which cells are bad, and what was expected there.

    Args:
        column: What the values mean; its type, name and unit say how to read them.
        text: Cleaned cells.
        words: The file's words and the codes they stand for.
        factor: From the unit that the header names to the column's own.
    """
    frame = pl.DataFrame({"text": _translated(text, words)})
    value, expected = _reading(column, factor)
    frame = frame.with_columns(value=value)
    if limits := RANGES.get(column.name):
        expected = f"{expected} {limits.words}"
        is_above = (
            pl.col("value") > limits.low
            if limits.is_low_excluded
            else pl.col("value") >= limits.low
        )
        is_inside = is_above & (pl.col("value") <= limits.high)
        if column.name == "interval_minutes":
            expected = f"{expected} that divides the day"
            is_inside &= pl.lit(1440) % pl.col("value") == 0
        frame = frame.with_columns(value=pl.when(is_inside).then("value"))
    bad = pl.col("text").is_not_null() & pl.col("value").is_null()
    if column.name == "valid_to":  # 9999-12-31 and its like mean: no end
        bad &= ~pl.col("text").str.contains(r"^(?:2099|2999|[3-9]\d{3})").fill_null(value=False)
    frame = frame.with_columns(bad=bad)
    return frame["value"].cast(column.dtype).alias(column.name), frame["bad"], expected


def _translated(text: pl.Series, words: Mapping[str, str]) -> pl.Series:
    if not words:
        return text
    lowered = {word.lower(): code for word, code in words.items()}
    return text.str.to_lowercase().replace_strict(lowered, default=text, return_dtype=pl.String)


def _reading(column: Column, factor: float) -> tuple[pl.Expr, str]:
    """How to read the column ``text``, and in words what is expected."""
    text = pl.col("text")
    lowered = text.str.to_lowercase().str.replace_all(r"\s", "")
    if codes := CODES.get(column.name):
        known = {code.lower(): code for code in codes}
        value = lowered.replace_strict(known, default=None, return_dtype=pl.String)
        return value, f"one of {', '.join(codes)}, or a word that the profile's [values] maps to it"
    if column.dtype == pl.Date:
        return _day(text), f"a day such as 2024-05-31 from {_FIRST_YEAR} to {_LAST_YEAR}"
    if column.dtype == pl.Boolean:
        claims = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)
        value = lowered.replace_strict(claims, default=None, return_dtype=pl.Boolean)
        return value, f"yes or no ({', '.join((*_YES, *_NO))})"
    return _amount(lowered, column, factor) if column.dtype.is_numeric() else (text, "text")


def _amount(lowered: pl.Expr, column: Column, factor: float) -> tuple[pl.Expr, str]:
    number = _number(lowered, column, factor)
    if column.name.endswith("_ratio"):
        return pl.coalesce(number, _quotient(lowered)), "a ratio such as 40 or 200/5"
    unit = f" of {column.unit}" if column.unit else ""
    if column.dtype.is_integer():
        number = pl.when(number == number.round()).then(number)
        return number, f"a whole number{unit}"
    return number, f"a number{unit}"


def _number(text: pl.Expr, column: Column, factor: float) -> pl.Expr:
    parts = text.str.extract_groups(_NUMBER)
    number = parts.struct[0].str.replace_all(",", "").cast(pl.Float64, strict=False)
    own = {"": float(factor), **UNITS.get(column.unit, {})}
    scale = parts.struct[1].replace_strict(own, default=None, return_dtype=pl.Float64)
    return (number * scale).round_sig_figs(15)  # 220 V is 0.22 kV, not 0.22000000000000003


def _quotient(text: pl.Expr) -> pl.Expr:
    """A ratio written as primary / secondary: 200/5, 10kV/100V."""
    parts = text.str.extract_groups(r"^(\d+(?:\.\d+)?)(?:k?v|a)?[/:](\d+(?:\.\d+)?)(?:a|v)?$")
    first, second = (parts.struct[i].cast(pl.Float64, strict=False) for i in (0, 1))
    scale = pl.when(text.str.contains(r"kv[/:]")).then(1000.0).otherwise(1.0)
    return pl.when(second > 0).then(first * scale / second)


def _day(text: pl.Expr) -> pl.Expr:
    spaced = text.str.to_lowercase().str.replace(r"^(\d{4})(\d{2})(\d{2})", "$1-$2-$3")
    parts = spaced.str.extract_groups(_DATE)
    year, month, day = (parts.struct[i] for i in (0, 1, 2))
    iso = pl.concat_str(year, month.str.zfill(2), day.str.zfill(2), separator="-")
    value = iso.str.to_date("%Y-%m-%d", strict=False)
    return pl.when(value.dt.year().is_between(_FIRST_YEAR, _LAST_YEAR - 1)).then(value)
