-- Energy and temperature of every day of some usage points, where both are whole.
--   $points                usage points of one account
--   $first_day, $last_day  service dates, both included
--   $offset_minutes        of the zone's standard time from UTC
--   energy_kwh             of all usage points together; no row where a reading is missing
--   temperature_c          mean of what was observed in their region, or the nearest around it
with recursive around as (
    select
        usage_points.region_id as inner_id,
        usage_points.region_id,
        0 as distance
    from usage_points
    where list_contains($points, usage_points.usage_point_id)
    union
    select
        around.inner_id,
        regions.parent_region_id as region_id,
        around.distance + 1 as distance
    from around
    inner join regions on regions.region_id = around.region_id
    where regions.parent_region_id is not null and around.distance < 10
),

nearest as (
    select arg_min(around.region_id, around.distance) as region_id
    from around
    where around.region_id in (select weather.region_id from weather)
),

temperatures as (
    select
        (make_timestamp(epoch_us(weather.valid_at)) + to_minutes($offset_minutes))::date
            as service_date,
        avg(weather.temperature_c) as temperature_c
    from weather
    inner join nearest using (region_id)
    where weather.issued_at is null
        and weather.valid_at >= $first_day::date - 2
        and weather.valid_at <= $last_day::date + 2
    group by service_date
),

days as (
    select
        service_date,
        sum(energy_wh) / 1000 as energy_kwh,
        count(distinct usage_point_id) as points
    from daily_totals
    where list_contains($points, usage_point_id)
        and service_date between $first_day and $last_day
        and (channel = 'import' or starts_with(channel, 'import.'))
    group by service_date
    having sum(actual_slots) = sum(expected_slots)
)

select
    temperatures.service_date,
    case when days.points = len($points) then days.energy_kwh end::double as energy_kwh,
    temperatures.temperature_c::double as temperature_c
from temperatures
left join days using (service_date)
where temperatures.service_date between $first_day and $last_day
order by temperatures.service_date
