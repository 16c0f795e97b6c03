-- Energy of every customer in every group (table point_groups) of an area.
--   $first_day, $last_day   service dates, both included
--   $channel                import, export …, with its numbered registers
--   group_id                null: points in none
--   customer_id             the account, else the usage point where no register names one
select
    point_groups.group_id,
    coalesce(places.customer_id, daily.usage_point_id) as customer_id,
    (sum(daily.energy_wh) / 1000.0)::double as energy_kwh
from area_daily_totals as daily
left join point_groups using (usage_point_id)
left join region_places as places using (usage_point_id)
where daily.service_date between $first_day and $last_day
    and (daily.channel = $channel or starts_with(daily.channel, $channel || '.'))
group by point_groups.group_id, coalesce(places.customer_id, daily.usage_point_id)
order by point_groups.group_id, customer_id
