-- Energy of an area's usage points on one day, quarter of an hour by quarter.
--   $day             service date
--   $channel         import, export …, with its numbered registers
--   t0000 … t2345    energy by quarter in which the interval starts [Wh]; null: not read
select
    usage_point_id,
    sum(columns('(t\d{4})'))::bigint as '\1'
from area_energy_profiles
where service_date = $day
    and (channel = $channel or starts_with(channel, $channel || '.'))
group by usage_point_id
order by usage_point_id
