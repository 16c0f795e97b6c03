-- Hours of the days of a pilot's usage points, one row a register and day.
--   $points                 usage points
--   $first_day, $last_day   service dates, both included
--   day                     number of the day, 0 on $first_day
--   h00 … h23               energy of the hour, standard time [Wh]; null: a part of it is missing
select
    usage_point_id,
    (service_date - $first_day::date)::integer as day,
    columns('^h\d\d$')
from daily_features
where service_month between strftime($first_day::date, '%Y-%m')
        and strftime($last_day::date, '%Y-%m')
    and service_date between $first_day and $last_day
    and channel = 'import'
    and usage_point_id in (select unnest($points))
order by usage_point_id, day
