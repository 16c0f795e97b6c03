-- Load of every day by region and industry: the energy of its quarters of an hour.
--   region_id, division   as in queries/segment_points.sql
--   $first_day            service date from which on
--   interval_minutes      of the profiles summed up; a longer interval fills its first quarter
--   t0000 …               energy of the quarters [Wh]
select
    points.region_id,
    points.division,
    profiles.service_date,
    profiles.interval_minutes,
    sum(columns('(t\d{4})'))::bigint as '\1'
from area_energy_profiles as profiles
inner join segment_points as points using (usage_point_id)
where profiles.service_date >= $first_day
    and (profiles.channel = 'import' or starts_with(profiles.channel, 'import.'))
group by points.region_id, points.division, profiles.service_date, profiles.interval_minutes
order by points.region_id, points.division, profiles.service_date, profiles.interval_minutes
