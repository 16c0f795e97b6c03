-- Energy of groups (table point_groups) of the area's usage points by day and quarter of an hour.
--   $first_day, $last_day   service dates, both included
--   $channel                import, export …, with its numbered registers
--   group_id                null: points in none
--   t0000 … t2345           energy by quarter in which the interval starts [Wh]; null: nobody read it
select
    point_groups.group_id,
    (profiles.service_date - $first_day::date)::integer as day,
    sum(columns('(t\d{4})'))::bigint as '\1'
from area_energy_profiles as profiles
left join point_groups using (usage_point_id)
where profiles.service_date between $first_day and $last_day
    and profiles.service_month between strftime($first_day::date, '%Y-%m')
        and strftime($last_day::date, '%Y-%m')
    and (profiles.channel = $channel or starts_with(profiles.channel, $channel || '.'))
group by point_groups.group_id, profiles.service_date
order by point_groups.group_id, day
