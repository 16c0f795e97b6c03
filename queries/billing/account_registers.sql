-- Frozen registers of some usage points; instants in UTC whatever the session's zone.
--   $points              usage points
--   $first_day, $last_day  service dates, both included: a 00:00 freeze belongs to the day before
select
    usage_point_id,
    meter_id,
    channel,
    register,
    make_timestamp(epoch_us(read_at)) as read_at,
    reading_kwh,
    coalesce(quality, 'A') as quality,
    demand_kw,
    make_timestamp(epoch_us(demand_at)) as demand_at
from register_readings
where list_contains($points, usage_point_id)
    and service_date between $first_day and $last_day
    and service_month between strftime($first_day::date, '%Y-%m') and strftime($last_day::date, '%Y-%m')
    and reading_kwh is not null
order by usage_point_id, meter_id, channel, register, read_at, issued_at
