"""Every account with what the risk questions count of it: where, what it pays, how it pays."""

from datetime import date, timedelta

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.customers.arrears_risk import READS as ARREARS_READS
from queries.customers.arrears_risk import arrears_risk
from queries.customers.payment_behaviour import payment_behaviour
from queries.held import Held
from queries.industry_sections import section_of

READS = tuple(dict.fromkeys((*ARREARS_READS, "customers", "agreements", "daily_totals")))
_MONTHS = 3
_held: Held[pl.DataFrame] = Held(4)


def risk_accounts(cursor: DuckDBPyConnection, as_of: date, region_id: str | None) -> pl.DataFrame:
    """A row an account with bills: its place, industry, purchase, payments and recent use.

    Returns:
        ``customer_id``, ``region_id``, ``feeder_id``, ``transformer_id``, ``customer_class``,
        ``industry`` (section of GB/T 4754, else null), ``purchase_type``, the figures of
        ``payment_behaviour`` and ``arrears_risk``, ``year_kwh`` (365 days up to ``as_of``) and
        ``recent_kwh``, ``before_kwh``: the last three whole months and the same a year earlier,
        both null where either was not read from its first day on.
    """
    return _held.of(cursor, (as_of, region_id), lambda: _made(cursor, as_of, region_id))


def _made(cursor: DuckDBPyConnection, as_of: date, region_id: str | None) -> pl.DataFrame:
    paid = payment_behaviour(cursor, as_of=as_of, region_id=region_id).drop("why")
    likely = arrears_risk(cursor, as_of=as_of, region_id=region_id).select(
        "customer_id", "late_probability_share", "expected_late_cny"
    )
    choose_region(cursor, region_id)
    places = cursor.sql(
        """
        select
            region_places.customer_id,
            any_value(region_places.region_id) as region_id,
            any_value(region_places.feeder_id) as feeder_id,
            any_value(region_places.transformer_id) as transformer_id,
            any_value(region_places.customer_class) as customer_class,
            any_value(customers.industry_code) as industry_code,
            any_value(bought.purchase_type) as purchase_type
        from region_places
        left join (
            select customer_id, arg_max(industry_code, valid_from) as industry_code
            from customers
            group by customer_id
        ) as customers using (customer_id)
        left join (
            select usage_point_id, arg_max(purchase_type, valid_from) as purchase_type
            from agreements
            where valid_from <= $as_of
            group by usage_point_id
        ) as bought using (usage_point_id)
        where not region_places.is_check and region_places.customer_id is not null
        group by region_places.customer_id
        order by region_places.customer_id
        """,
        params={"as_of": as_of},
    ).pl()
    return (
        paid.join(likely, on="customer_id")
        .join(places, on="customer_id")
        .join(_energy(cursor, as_of), on="customer_id", how="left")
        .with_columns(
            industry=section_of(pl.col("industry_code")),
            purchase_type=pl.col("purchase_type").fill_null("catalogue"),
        )
        .drop("industry_code")
        .sort("customer_id")
    )


def _energy(cursor: DuckDBPyConnection, as_of: date) -> pl.DataFrame:
    """Use of every account over the year, and over the last months against those a year ago."""
    end = (as_of + timedelta(days=1)).replace(day=1)
    start = _months_before(end, _MONTHS)
    return cursor.sql(
        """
        with days as (
            select region_places.customer_id, daily_totals.service_date, daily_totals.energy_wh
            from daily_totals
            inner join region_places using (usage_point_id)
            where daily_totals.channel = 'import' and not region_places.is_check
                and daily_totals.service_date between $before and $as_of
        )

        select
            customer_id,
            sum(energy_wh) filter (where service_date > $year_ago)::double / 1000 as year_kwh,
            case when min(service_date) <= $before then
                sum(energy_wh) filter (where service_date >= $start and service_date < $end)::double
                / 1000
            end as recent_kwh,
            case when min(service_date) <= $before then
                sum(energy_wh) filter (where service_date < $before_end)::double / 1000
            end as before_kwh
        from days
        group by customer_id
        order by customer_id
        """,
        params={
            "as_of": as_of,
            "year_ago": as_of - timedelta(days=365),
            "start": start,
            "end": end,
            "before": _months_before(start, 12),
            "before_end": _months_before(end, 12),
        },
    ).pl()


def _months_before(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)
