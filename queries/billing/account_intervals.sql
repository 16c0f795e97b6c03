-- Day profiles of some usage points, every slot of them.
--   $points                usage points
--   $first_day, $last_day  service dates, both included
select
    usage_point_id,
    channel,
    service_date,
    interval_minutes,
    columns('t\d{4}'),
    quality
from energy_profiles
where list_contains($points, usage_point_id)
    and service_date between $first_day and $last_day
    and service_month between strftime($first_day::date, '%Y-%m') and strftime($last_day::date, '%Y-%m')
order by usage_point_id, channel, service_date
