"""Fewer points for a chart, without losing the peaks."""

import polars as pl


def keep_extremes(
    frame: pl.DataFrame, time: str, value: str, most_points: int | None
) -> pl.DataFrame:
    """``frame`` thinned to about ``most_points`` rows: of every stretch the least and the largest.

    Args:
        frame: Sorted by ``time``.
        time: Column along which to thin.
        value: Column whose extremes are kept.
        most_points: None, or not fewer than the rows there are, keeps everything.
    """
    if most_points is None or frame.height <= most_points:
        return frame
    stretch = pl.int_range(pl.len()) * max(most_points // 2, 1) // pl.len()
    numbered = frame.with_columns(stretch.alias("stretch"))
    place, values = pl.int_range(pl.len()), pl.col(value)
    is_least = place == values.fill_null(float("inf")).arg_min()
    is_largest = place == values.fill_null(float("-inf")).arg_max()
    kept = numbered.filter((is_least | is_largest).over("stretch"))
    return kept.sort(time).drop("stretch")
