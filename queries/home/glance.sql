-- The latest day and its month at a glance.
--   $latest_day   a literal date, so that months before the last one need not be read
--   one row; null where there is nothing
with latest as (select $latest_day::date as day),

import_days as (
    select *
    from area_daily_totals
    where (channel = 'import' or starts_with(channel, 'import.'))
        and service_date >= date_trunc('month', $latest_day::date) - interval 1 month
),

energy as (
    select
        sum(energy_wh) filter (where service_date = latest.day) as day_wh,
        sum(energy_wh) filter (where service_date = latest.day - 7) as week_before_wh,
        sum(energy_wh) filter (where service_date >= date_trunc('month', latest.day)) as month_wh,
        sum(energy_wh) filter (
            where service_date >= date_trunc('month', latest.day) - interval 1 month
                and service_date <= latest.day - interval 1 month
        ) as month_before_wh
    from import_days
    cross join latest
)

select
    latest.day as latest_day,
    (energy.day_wh / 1000)::double as day_kwh,
    (energy.week_before_wh / 1000)::double as week_before_kwh,
    (energy.month_wh / 1000)::double as month_kwh,
    (energy.month_before_wh / 1000)::double as month_before_kwh,
    (energy.day_wh / nullif(energy.week_before_wh, 0) - 1)::double as day_change_share,
    (energy.month_wh / nullif(energy.month_before_wh, 0) - 1)::double as month_change_share,
    (date_trunc('month', latest.day) - interval 1 month)::date as compared_first_day,
    (latest.day - interval 1 month)::date as compared_last_day,
    (
        select count(distinct usage_point_id)
        from area_daily_totals
        where service_date = $latest_day::date
    )::bigint as reading_points,
    (select count(*) from places semi join area_points using (usage_point_id))::bigint
        as registered_points,
    (
        select count(distinct customer_id)
        from places semi join area_points using (usage_point_id)
    )::bigint as customers
from latest
cross join energy
order by latest.day
