"""The group of every usage point: by a place of the grid, a class of customers, an industry."""

from duckdb import DuckDBPyConnection

from queries.industry_sections import SECTIONS
from queries.run import QuestionError

READS = ("usage_points", "customers", "transformers", "feeders", "substations", "regions")

HOUSEHOLDS = "households"
"""As an industry: homes, which belong to none."""

_COLUMN = {
    "all": "'all'",
    "customer_class": "customer_class",
    "region": "region_id",
    "substation": "substation_id",
    "feeder": "feeder_id",
    "transformer": "transformer_id",
    "industry": "industry",
}
_SECTION = " ".join(
    f"when division between '{numbers[0]:02d}' and '{numbers[-1]:02d}' then '{letter}'"
    for letter, numbers in SECTIONS.items()
)
PLACED_INDUSTRIES = f"""(
    select
        {{places}}.*,
        case when customer_class = 'residential' then '{HOUSEHOLDS}' {_SECTION} end as industry
    from {{places}}
    left join (
        select customer_id, substr(arg_max(industry_code, valid_from), 1, 2) as division
        from customers
        group by customer_id
    ) as divisions using (customer_id)
)"""  # noqa: S608 - words of our own
"""SQL of ``{places}`` (``places`` or ``region_places``) with ``industry``: the section of GB/T
4754, HOUSEHOLDS, or null where no register says."""


def choose_groups(lake: DuckDBPyConnection, group_by: str) -> None:
    """Make the table ``point_groups`` of ``region_places``: usage_point_id and its group_id.

    The area must have been chosen before (``choose_area``). ``group_id`` is null of points in none.

    Raises:
        QuestionError: no such kind of group.
    """
    if group_by not in _COLUMN:
        raise QuestionError(f"group_by '{group_by}' is none of {', '.join(_COLUMN)}.")
    placed = "region_places"
    if group_by == "industry":
        placed = PLACED_INDUSTRIES.format(places=placed)
    select = f"select usage_point_id, {_COLUMN[group_by]} as group_id from {placed} as placed"  # noqa: S608
    lake.execute(f"create or replace temp table point_groups as {select}")
