-- Temperatures of a region as known at an instant: as served for each day, and as observed.
--   $region_id              region; without weather of its own that of the nearest around it, else
--                           the mean of those inside it
--   $first_day, $last_day   service dates, both included
--   $issued_at              nothing observed or issued after it is looked at
--   $offset_minutes         standard time − UTC
--   day, minute             number of the day, 0 on $first_day; minute of the day, standard time
--   served_c                the last forecast issued before the day began; null: none
--   observed_c              null: not observed
with recursive known as (
    select
        region_id,
        arg_max_null(parent_region_id, valid_from) as parent_region_id
    from regions
    group by region_id
),

around as (
    select
        $region_id::varchar as region_id,
        0 as steps
    union all
    select
        known.parent_region_id,
        around.steps + 1
    from around
    inner join known using (region_id)
    where known.parent_region_id is not null
        and around.steps < 20
),

inside as (
    select known.region_id, 100 as steps
    from known
    where known.parent_region_id = $region_id
),

nearest as (
    select
        candidates.region_id,
        candidates.steps
    from (select region_id, steps from around union all select region_id, steps from inside) as candidates
    where candidates.region_id in (select weather.region_id from weather where temperature_c is not null)
    qualify candidates.steps = min(candidates.steps) over ()
),

hours as (
    select
        (valid_at at time zone 'UTC' + to_minutes($offset_minutes::integer)) as standard_time,
        valid_at,
        issued_at,
        temperature_c
    from weather
    where region_id in (select nearest.region_id from nearest)
        and temperature_c is not null
        and valid_at >= $first_day::date - 2
        and valid_at < $last_day::date + 2
),

timed as (
    select
        *,
        least(
            (standard_time::date::timestamp - to_minutes($offset_minutes::integer)) at time zone 'UTC',
            $issued_at::timestamptz
        ) as known_until
    from hours
    where standard_time::date between $first_day and $last_day
)

select
    (standard_time::date - $first_day::date)::integer as day,
    (extract(hour from standard_time) * 60 + extract(minute from standard_time))::integer as minute,
    (arg_max(temperature_c, issued_at) filter (where issued_at <= known_until))::double as served_c,
    (avg(temperature_c) filter (where issued_at is null and valid_at < $issued_at::timestamptz))::double
        as observed_c
from timed
group by standard_time
order by day, minute
