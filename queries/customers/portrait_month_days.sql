-- Hours of every day of a month, a row a register, of usage points that are no check meters.
--   $month                   service month, YYYY-MM
--   $last_day                later days are not looked at
--   day                      number of the day, 0 on the first of the month
--   h00 … h23, base_wh       energy by hour, and base load [Wh in an hour]; null: not known
--   shape_code               as in daily_features
select
    usage_point_id,
    channel,
    (extract(day from service_date) - 1)::integer as day,
    columns('h\d\d'),
    base_wh,
    shape_code,
    profile_version
from daily_features
where service_month = $month
    and service_date <= $last_day
    and (channel = 'import' or starts_with(channel, 'import.'))
    and usage_point_id not in (select places.usage_point_id from places where places.is_check)
order by channel
