-- Energy of areas by day: the sum over the usage points that stand for each.
--   $areas, $points          pairs: an area and a usage point that counts for it
--   $first_day, $last_day    service dates, both included
--   channel                  import, export …; numbered registers are added
--   day                      number of the day, 0 on $first_day
--   t0000 … t2345            energy by quarter of an hour in which the interval starts [Wh, varh]
--   n0000 … n2345            how many registers were read then
with members as (
    select
        unnest($areas::varchar[]) as area_id,
        unnest($points::varchar[]) as usage_point_id
)

select
    members.area_id,
    split_part(energy_profiles.channel, '.', 1) as channel,
    (energy_profiles.service_date - $first_day::date)::integer as day,
    energy_profiles.interval_minutes,
    sum(columns('^t\d{4}$'))::bigint as '\0',
    count(columns('^t(\d{4})$'))::integer as 'n\1'
from energy_profiles
inner join members using (usage_point_id)
where energy_profiles.service_date between $first_day and $last_day
    -- the months are what reaches the files
    and energy_profiles.service_month between strftime($first_day::date, '%Y-%m')
        and strftime($last_day::date, '%Y-%m')
group by all
order by members.area_id, day, channel, energy_profiles.interval_minutes
