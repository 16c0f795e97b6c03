"""How would a class of customers answer to a dearer peak, going by what was tried elsewhere?"""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.demand.class_response import ClassResponse, class_response
from queries.demand.response_models import ResponseModel, response_models
from queries.load.typical_days import READS as DAY_READS
from queries.load.typical_days import typical_days
from queries.run import QuestionError

RETURNS = pl.Schema(
    {
        "model": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "source": pl.String(),
        "agreed": pl.String(),
        "has_technology": pl.Boolean(),
        "evidence": pl.String(),
        "lowest_ratio": pl.Float64(),
        "elasticity": pl.Float64(),
        "peak_change_share": pl.Float64(),
        "daily_change_share": pl.Float64(),
        "hour": pl.Int64(),
        "is_peak": pl.Boolean(),
        "load_kw": pl.Float64(),
        "after_kw": pl.Float64(),
    }
)
READS = DAY_READS


def price_response(  # noqa: PLR0913 - an area, a day, a class, prices
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    customer_class: str = "residential",
    season: str = "summer",
    day_kind: str = "workday",
    price_ratio: float = 3.0,
    from_hour: int = 17,
    until_hour: int = 21,
) -> pl.DataFrame:
    """The mean day of a class before and after a flat price becomes a peak and an off-peak price.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: Begin of the period whose mean day counts; its whole month is taken.
        last_day: End of the period; its whole month is taken.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.
        customer_class: Whose day.
        season: winter, spring, summer, autumn.
        day_kind: workday or rest_day.
        price_ratio: Peak over off-peak price; together they bring in what the flat price did.
        from_hour: First hour of the peak [0–23].
        until_hour: Hour after its last [1–24].

    Returns:
        A row a model, with and without technology where it tells them apart, and hour: mean
        ``load_kw`` a customer and ``after_kw``; the change of energy at the peak and of the day;
        ``elasticity`` where there is one. ``evidence``: within; outside (pilots begin at
        ``lowest_ratio``), other_class (tried on others), both without an answer (null); no_signal.
        No row where the class has no such day.
    """
    if not 0 <= from_hour < until_hour <= 24 or until_hour - from_hour == 24:
        raise QuestionError(
            f"the peak from {from_hour} to {until_hour} must lie within the day and leave some of "
            "it off-peak."
        )
    days = typical_days(
        lake,
        first_day=first_day,
        last_day=last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
    ).filter(customer_class=customer_class, season=season, day_kind=day_kind)
    if days.is_empty():
        return RETURNS.to_frame()
    day = days.sort("hour")
    load_kw = np.maximum(day["mean_kw"].to_numpy(), 0.0)
    is_peak = (np.arange(24) >= from_hour) & (np.arange(24) < until_hour)
    parts = []
    for model in response_models().values():
        for has_technology in _technologies(model):
            found = class_response(
                load_kw,
                is_peak,
                price_ratio,
                model,
                customer_class,
                has_technology=has_technology,
            )
            parts.append(_rows(model, found, load_kw, is_peak, has_technology=has_technology))
    return pl.concat(parts)


def _technologies(model: ResponseModel) -> tuple[bool, ...]:
    return (False, True) if model.form in {"arcturus", "constant_elasticity"} else (False,)


def _rows(
    model: ResponseModel,
    found: ClassResponse,
    load_kw: np.ndarray,
    is_peak: np.ndarray,
    *,
    has_technology: bool,
) -> pl.DataFrame:
    after = [None] * len(load_kw) if found.after_kw is None else found.after_kw.tolist()
    said = {
        "model": model.code,
        "name": model.name_zh,
        "name_en": model.name_en,
        "source": model.source,
        "agreed": model.agreed,
        "has_technology": has_technology,
        "evidence": found.evidence,
        "lowest_ratio": model.lowest_ratio,
        "elasticity": found.elasticity,
        "peak_change_share": found.peak_change_share,
        "daily_change_share": found.daily_change_share,
    }
    return pl.DataFrame(
        {
            **{name: [value] * len(load_kw) for name, value in said.items()},
            "hour": np.arange(len(load_kw)),
            "is_peak": is_peak,
            "load_kw": load_kw,
            "after_kw": after,
        },
        schema=RETURNS,
    )
