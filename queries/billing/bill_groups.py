"""The lines of a bill in the groups in which Chinese bills print them, with sums that add up."""

import polars as pl

GROUPS = {
    "retail": "目录电费",
    "purchase": "上网电费",
    "line_loss": "上网环节线损费用",
    "transmission": "输配电费",
    "system_operation": "系统运行费用",
    "funds": "政府性基金及附加",
    "basic": "基本电费",
    "power_factor": "力调电费",
    "relief": "减免",
    "generation": "余电上网",
    "demand_response": "需求响应补贴",
    "other": "其他",
}
"""The groups in their order: the components of prices, what is taken off, what is posted."""

_PART = ("usage_point_id", "tariff_code", "first_day")
_RELIEF = ("credit",)


def grouped(lines: pl.DataFrame) -> pl.DataFrame:
    """An answer of ``billing/bill`` by part and group.

    A part is what is billed together: usage points, a tariff, days. ``part`` counts them from 1,
    ``group`` is one of ``GROUPS``; ``group_cny``, ``part_cny`` and ``total_cny`` are the sums of
    the lines in the same group, part and bill. Lines stay in their order within a group.
    """
    group = (
        pl.when(pl.col("kind").is_in(_RELIEF))
        .then(pl.lit("relief"))
        .when(pl.col("component").is_in(list(GROUPS)))
        .then("component")
        .otherwise(pl.lit("other"))
    )
    place = {code: number for number, code in enumerate(GROUPS)}
    amount = pl.col("amount_cny").sum()
    return (
        lines.with_columns(
            part=pl.struct(_PART).rle_id().add(1).cast(pl.Int16),
            group=group,
        )
        .with_columns(
            group_cny=amount.over("part", "group"),
            part_cny=amount.over("part"),
            total_cny=amount,
        )
        .sort(
            "part",
            pl.col("group").replace_strict(place, return_dtype=pl.Int32),
            "line",
            maintain_order=True,
        )
    )
