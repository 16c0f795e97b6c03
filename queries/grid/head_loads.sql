-- Day profiles of usage points that stand for an area alone, one row a register and day.
--   $points                  usage points
--   $first_point, $last_point   the least and the greatest of them
--   $channels                import, export …, with their numbered registers
--   $first_day, $last_day    service dates, both included
--   day                      number of the day, 0 on $first_day
--   t0000 … t2345            energy by quarter of an hour in which the interval starts [Wh, varh]
select
    usage_point_id,
    channel,
    (service_date - $first_day::date)::integer as day,
    interval_minutes,
    columns('^t\d{4}$')
from energy_profiles
where service_date between $first_day and $last_day
    -- the months and the range are what reaches the files, the list is exact
    and service_month between strftime($first_day::date, '%Y-%m')
        and strftime($last_day::date, '%Y-%m')
    and usage_point_id between $first_point and $last_point
    and usage_point_id in (select unnest($points::varchar[]))
    and list_contains($channels::varchar[], split_part(channel, '.', 1))
order by channel
