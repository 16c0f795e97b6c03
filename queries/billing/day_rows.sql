-- Day profiles of some usage points, registers of one channel side by side.
--   $first_day, $last_day          service dates, both included
--   $points                        usage points
--   day                            days since $first_day
--   t0000 …                        energy of the interval that begins then [Wh]; null: not read
select
    usage_point_id,
    split_part(channel, '.', 1) as channel,
    (service_date - $first_day::date)::integer as day,
    interval_minutes,
    columns('t\d{4}')
from energy_profiles
where service_date between $first_day and $last_day
    and usage_point_id in (select unnest($points))
order by usage_point_id, channel, day, interval_minutes
