-- The latest day that is not a stray one.
--   $region_id        null: also points that no register knows
--   $least_share      of the points of the busiest day
with counted as (
    select
        service_date,
        count(distinct usage_point_id) as points
    from daily_totals
    where (channel = 'import' or starts_with(channel, 'import.'))
        and (
            $region_id::varchar is null
            or usage_point_id in (select usage_point_id from region_places)
        )
    group by service_date
)

select max(service_date) as latest_day
from counted
where points >= $least_share * (select max(points) from counted)
order by latest_day
