-- Energy of every series of `series_members` by day, interval and quarter of an hour.
--   $first_day, $last_day   service dates, both included
--   $least_share            of the readings due [0–1], below which a point's day is left out
--   day                     number of the day, 0 on $first_day
--   t0000 … t2345           energy by quarter in which the interval starts [Wh]; null: nobody read it
with read_days as (
    select distinct
        usage_point_id,
        service_date,
        channel
    from daily_totals
    where service_date between $first_day and $last_day
        and service_month between strftime($first_day::date, '%Y-%m')
            and strftime($last_day::date, '%Y-%m')
        and (channel = 'import' or starts_with(channel, 'import.'))
        and actual_slots + estimated_slots >= $least_share * expected_slots
)

select
    series_members.series_id,
    profiles.interval_minutes,
    (profiles.service_date - $first_day::date)::integer as day,
    sum(columns('(t\d{4})'))::bigint as '\1'
from energy_profiles as profiles
inner join read_days using (usage_point_id, service_date, channel)
inner join series_members using (usage_point_id)
where profiles.service_date between $first_day and $last_day
    and profiles.service_month between strftime($first_day::date, '%Y-%m')
        and strftime($last_day::date, '%Y-%m')
    and (profiles.channel = 'import' or starts_with(profiles.channel, 'import.'))
group by series_members.series_id, profiles.interval_minutes, profiles.service_date
order by series_members.series_id, profiles.interval_minutes, day
