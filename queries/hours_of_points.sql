-- Day profiles of the area's usage points, one row a register and day.
--   $first_day, $last_day   service dates, both included
--   $channel                import, export …, with its numbered registers
--   day                     number of the day, 0 on $first_day
--   t0000 … t2345           energy by quarter of an hour in which the interval starts [Wh]
select
    usage_point_id,
    channel,
    (service_date - $first_day::date)::integer as day,
    columns('t\d{4}')
from area_energy_profiles
where service_month between strftime($first_day::date, '%Y-%m')
        and strftime($last_day::date, '%Y-%m')
    and service_date between $first_day and $last_day
    and (channel = $channel or starts_with(channel, $channel || '.'))
order by channel
