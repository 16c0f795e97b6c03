-- Sum and maximum of every slot by class of day, from the stored cubes in wall time.
--   $first_day, $last_day        first and last day of the month, in local time
--   cube_points, cube_days      tables the caller makes: which points, and the kind of every class
--   t0000 …, mt0000 …            sum and maximum of the days' slots [Wh]; null where none was read;
--                                maxima of several registers are added, which bounds their common one
with classes as (
    select distinct kind, day_class
    from cube_days
    where service_date between $first_day and $last_day
),

cubes as (
    select load_cubes.* exclude (month, day_class, days, missing_slots, profile_version),
        classes.kind
    from load_cubes
    inner join classes using (day_class)
    where load_cubes.month = strftime($first_day, '%Y-%m')
        and (load_cubes.channel = 'import' or starts_with(load_cubes.channel, 'import.'))
        and load_cubes.usage_point_id in (select cube_points.usage_point_id from cube_points)
),

sums as (
    select kind, usage_point_id, interval_minutes, sum(columns('t\d{4}'))::bigint
    from cubes
    where statistic = 'sum'
    group by kind, usage_point_id, interval_minutes
),

register_maxima as (
    select kind, usage_point_id, channel, interval_minutes, max(columns('t\d{4}'))
    from cubes
    where statistic = 'maximum'
    group by kind, usage_point_id, channel, interval_minutes
),

maxima as (
    select kind, usage_point_id, interval_minutes, sum(columns('(t\d{4})'))::bigint as 'm\1'
    from register_maxima
    group by kind, usage_point_id, interval_minutes
)

select
    kind,
    usage_point_id,
    interval_minutes,
    columns('m?t\d{4}')
from sums
inner join maxima using (kind, usage_point_id, interval_minutes)
order by kind, usage_point_id, interval_minutes
