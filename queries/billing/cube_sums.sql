-- Sum of every slot over the days of each kind.
--   $first_day, $last_day        local days, both included
--   cube_points, cube_days       tables the caller makes: which points, and the kind of every day
--   t0000 …                      sum of the days' slots [Wh]; null where none was read
select
    cube_days.kind,
    profiles.usage_point_id,
    profiles.interval_minutes,
    sum(columns('t\d{4}'))::bigint
from cube_profiles as profiles
inner join cube_days using (service_date)
where profiles.service_date between $first_day and $last_day
    and profiles.usage_point_id in (select cube_points.usage_point_id from cube_points)
group by cube_days.kind, profiles.usage_point_id, profiles.interval_minutes
order by cube_days.kind, profiles.usage_point_id, profiles.interval_minutes
