-- The sum of the customers' own maxima, by group, over the area.
--   $first_day, $last_day   service dates, both included
--   $channel                import, export …, with its numbered registers
--   $group_by               all, customer_class, region, feeder, transformer
--   usage_points            that reported
--   maxima_kw               sum of each one's highest load of an interval of its meter [kW]
with own as (
    select
        usage_point_id,
        max(maximum_wh * 60.0 / interval_minutes) / 1000 as maximum_kw
    from area_daily_totals
    where service_date between $first_day and $last_day
        and (channel = $channel or starts_with(channel, $channel || '.'))
    group by usage_point_id
)

select
    case $group_by
        when 'all' then 'all'
        when 'customer_class' then places.customer_class
        when 'region' then places.region_id
        when 'feeder' then places.feeder_id
        else places.transformer_id
    end as group_id,
    count(*) as usage_points,
    sum(own.maximum_kw)::double as maxima_kw
from own
left join region_places as places using (usage_point_id)
group by group_id
order by group_id
