-- Observed mean temperature of every day, of the regions in which usage points of the area lie.
--   $first_day, $last_day   service dates, both included
--   $offset_minutes         standard time − UTC
--   region_id               of usage points
--   weather_region_id       the region around it, or itself, whose weather it has: the nearest
--                           that has any
--   temperature_c           mean over the day's observations; a day with a quarter unobserved is left out
with recursive known as (
    select
        region_id,
        arg_max_null(parent_region_id, valid_from) as parent_region_id
    from regions
    group by region_id
),

around as (
    select distinct
        region_id,
        region_id as outer_id,
        0 as steps
    from region_places
    semi join area_points using (usage_point_id)
    where region_id is not null
    union all
    select
        around.region_id,
        known.parent_region_id,
        around.steps + 1
    from around
    inner join known on known.region_id = around.outer_id
    where known.parent_region_id is not null
        and around.steps < 20
),

observed as (
    select
        region_id,
        (valid_at at time zone 'UTC' + to_minutes($offset_minutes::integer)) as standard_time,
        temperature_c
    from weather
    where issued_at is null
        and temperature_c is not null
        and valid_at >= $first_day::date - 2
        and valid_at < $last_day::date + 2
),

days as (
    select
        region_id,
        standard_time::date as service_date,
        avg(temperature_c) as temperature_c
    from observed
    where standard_time::date between $first_day and $last_day
    group by region_id, standard_time::date
    having count(distinct extract(hour from standard_time) // 6) = 4
),

nearest as (
    select
        around.region_id,
        arg_min(around.outer_id, around.steps) as weather_region_id
    from around
    where around.outer_id in (select days.region_id from days)
    group by around.region_id
)

select
    nearest.region_id,
    nearest.weather_region_id,
    days.service_date,
    days.temperature_c::double as temperature_c
from nearest
inner join days on days.region_id = nearest.weather_region_id
order by nearest.region_id, days.service_date
