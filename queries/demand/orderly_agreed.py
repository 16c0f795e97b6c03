"""What customers agreed to reduce in demand response (需求响应): it comes before any quota."""

from datetime import date

import polars as pl
from sqlalchemy import Engine, func, or_, select

from queries.demand.response_tables import RESPONSE_ENROLMENTS, RESPONSE_PROGRAMMES
from queries.records import frame

AGREED = pl.Schema({"usage_point_id": pl.String(), "agreed_kw": pl.Float64()})


def agreed_reductions(engine: Engine, on_day: date) -> pl.DataFrame:
    """Of every usage point enrolled and accepted on a day, the reduction agreed [kW], as AGREED.

    In several programmes, the largest: the same kilowatt is reduced once. None where none was
    agreed or the programme is closed.
    """
    one, day = RESPONSE_ENROLMENTS.c, on_day.isoformat()
    asked = (
        select(one.usage_point_id, func.max(one.agreed_reduction_kw).label("agreed_kw"))
        .join(RESPONSE_PROGRAMMES, RESPONSE_PROGRAMMES.c.id == one.programme_id)
        .where(RESPONSE_PROGRAMMES.c.state == "open")
        .where(one.accepted_on.is_not(None) & one.agreed_reduction_kw.is_not(None))
        .where((one.first_day <= day) & or_(one.last_day.is_(None), one.last_day >= day))
        .group_by(one.usage_point_id)
        .order_by(one.usage_point_id)
    )
    return frame(engine, asked, AGREED)
