-- Day profiles of some usage points of the area, one row a register and day.
--   $first_day, $last_day   service dates, both included; and longer intervals of the day before
--   $channel                import, export …, with its numbered registers
--   $points                 usage points
--   $first_point, $last_point   the least and the greatest of them
--   day                     number of the day, 0 on $first_day
--   t0000 … t2345           energy by quarter of an hour in which the interval starts [Wh]
select
    usage_point_id,
    channel,
    (service_date - $first_day::date)::integer as day,
    interval_minutes,
    columns('t\d{4}')
from area_energy_profiles
where service_date between $first_day::date - 1 and $last_day
    and (service_date >= $first_day or interval_minutes > 15)
    and (channel = $channel or starts_with(channel, $channel || '.'))
    -- the range is what reaches the files, the list is exact
    and usage_point_id between $first_point and $last_point
    and usage_point_id in (select unnest($points))
order by usage_point_id, day
