-- Hours of the area's usage points, one row a register and day.
--   $first_day, $last_day   service dates, both included
--   $channel                import or export, with its numbered registers
--   day                     number of the day, 0 on $first_day
--   h00 … h23               energy of the hour, standard time [Wh]; null: a part of it is missing
--   partial_wh              what was read of such hours; empty: no hour is so
select
    usage_point_id,
    channel,
    (service_date - $first_day::date)::integer as day,
    columns('^h\d\d$'),
    partial_wh
from area_daily_features
where service_month between strftime($first_day::date, '%Y-%m')
        and strftime($last_day::date, '%Y-%m')
    and service_date between $first_day and $last_day
    and (channel = $channel or starts_with(channel, $channel || '.'))
order by channel
