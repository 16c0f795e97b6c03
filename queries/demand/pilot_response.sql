-- Day profiles of the usage points of a pilot, one row a register and day.
--   $points                 usage points
--   $first_day, $last_day   service dates, both included
--   day                     number of the day, 0 on $first_day
--   t0000 … t2345           energy by quarter of an hour in which the interval starts [Wh]
select
    usage_point_id,
    (service_date - $first_day::date)::integer as day,
    columns('t\d{4}')
from energy_profiles
where service_date between $first_day and $last_day
    and channel = 'import'
    and usage_point_id in (select unnest($points))
order by usage_point_id, day
