-- Day profiles of the days on which usage points of the area took a load, and of the days before
-- these, one row a register and day.
--   $first_day, $last_day   service dates, both included
--   $channel                import, export …, with its numbered registers
--   $least_kw               the load, of the largest intervals of all registers together
--   $first_point, $last_point   only usage points from the one to the other
--   day                     number of the day, 0 on $first_day
--   t0000 … t2345           energy by quarter of an hour in which the interval starts [Wh]
with strong as (
    select
        usage_point_id,
        service_date
    from area_daily_totals
    where service_date between $first_day and $last_day
        and service_month between strftime($first_day::date, '%Y-%m')
            and strftime($last_day::date, '%Y-%m')
        and (channel = $channel or starts_with(channel, $channel || '.'))
        and usage_point_id between $first_point and $last_point
    group by usage_point_id, service_date
    having sum(maximum_wh * 0.06 / interval_minutes) >= $least_kw
),

wanted as (
    select
        usage_point_id,
        service_date
    from strong
    union
    select
        usage_point_id,
        service_date - 1 as service_date
    from strong
)

select
    usage_point_id,
    channel,
    (service_date - $first_day::date)::integer as day,
    interval_minutes,
    columns('t\d{4}')
from area_energy_profiles
semi join wanted using (usage_point_id, service_date)
where service_date between $first_day and $last_day
    and (channel = $channel or starts_with(channel, $channel || '.'))
    and usage_point_id between $first_point and $last_point
order by usage_point_id, day
