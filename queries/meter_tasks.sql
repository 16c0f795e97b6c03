-- How many of a district's points were read, day by day; the table `region_places` names them.
--   $first_day, $last_day   service dates, both included
select
    daily_totals.service_date,
    count(distinct daily_totals.usage_point_id)::bigint as points
from daily_totals
inner join region_places using (usage_point_id)
where daily_totals.service_date between $first_day and $last_day
    and daily_totals.service_month between strftime($first_day::date, '%Y-%m')
        and strftime($last_day::date, '%Y-%m')
    and not region_places.is_check
    and (daily_totals.channel = 'import' or starts_with(daily_totals.channel, 'import.'))
    and daily_totals.actual_slots + daily_totals.estimated_slots > 0
group by daily_totals.service_date
order by daily_totals.service_date
