-- The strongest load of every register of the area's usage points on every day.
--   $first_day, $last_day   service dates, both included
--   $channel                import, export …, with its numbered registers
--   day                     number of the day, 0 on $first_day
--   most_kw                 mean load of the largest interval
--   is_read                 whether any of the day's readings is there
select
    usage_point_id,
    (service_date - $first_day::date)::integer as day,
    (maximum_wh * 0.06 / interval_minutes)::float as most_kw,
    actual_slots + estimated_slots > 0 as is_read
from area_daily_totals
where service_date between $first_day and $last_day
    and service_month between strftime($first_day::date, '%Y-%m')
        and strftime($last_day::date, '%Y-%m')
    and (channel = $channel or starts_with(channel, $channel || '.'))
order by usage_point_id, day
