-- Hours of the days of some usage points of the area, one row a register and day.
--   $first_day, $last_day   service dates, both included
--   $channel                import or export, with its numbered registers
--   $points                 usage points
--   $first_point, $last_point   the least and the greatest of them
--   day                     number of the day, 0 on $first_day
--   h00 … h23               energy of the hour, standard time [Wh]; null: a part of it is missing
select
    usage_point_id,
    channel,
    (service_date - $first_day::date)::integer as day,
    columns('^h\d\d$')
from area_daily_features
where service_month between strftime($first_day::date, '%Y-%m')
        and strftime($last_day::date, '%Y-%m')
    and service_date between $first_day and $last_day
    and (channel = $channel or starts_with(channel, $channel || '.'))
    -- the range is what reaches the files, the list is exact
    and usage_point_id between $first_point and $last_point
    and usage_point_id in (select unnest($points))
order by channel
