-- Qualities of the day profiles of some usage points where not every reading is an actual one.
--   $first_day, $last_day       service dates, both included
--   $points                     usage points
--   $first_point, $last_point   the least and the greatest of them
--   day                         number of the day, 0 on $first_day
--   quality                     a character a quarter of an hour in which an interval starts
select
    usage_point_id,
    (service_date - $first_day::date)::integer as day,
    interval_minutes,
    quality
from energy_profiles
where service_date between $first_day and $last_day
    and (channel = 'import' or starts_with(channel, 'import.'))
    and quality is not null
    -- the range is what reaches the files, the list is exact
    and usage_point_id between $first_point and $last_point
    and usage_point_id in (select unnest($points))
order by usage_point_id, day, channel
