-- The sum of the customers' own maxima, by group (table point_groups), over the area.
--   $first_day, $last_day   service dates, both included
--   $channel                import, export …, with its numbered registers
--   usage_points            that reported
--   maxima_kw               sum of each one's highest load of an interval of its meter [kW]
with own as (
    select
        usage_point_id,
        max(maximum_wh * 60.0 / interval_minutes) / 1000 as maximum_kw
    from area_daily_totals
    where service_date between $first_day and $last_day
        and service_month between strftime($first_day::date, '%Y-%m')
            and strftime($last_day::date, '%Y-%m')
        and (channel = $channel or starts_with(channel, $channel || '.'))
    group by usage_point_id
)

select
    point_groups.group_id,
    count(*) as usage_points,
    sum(own.maximum_kw)::double as maxima_kw
from own
left join point_groups using (usage_point_id)
group by point_groups.group_id
order by point_groups.group_id
