-- Usage points of the area that reported the channel, and how much of the period they reported.
--   $first_day, $last_day   service dates, both included
--   $channel                import, export …, with its numbered registers
--   registers               how many registers of the channel the point has had in the period
--   longest_minutes         longest interval of a day [min]
--   readings_share          readings / readings due of all of them in the whole period, 0–1
with reported as (
    select
        totals.usage_point_id,
        count(distinct totals.channel) as registers,
        max(totals.interval_minutes) as longest_minutes,
        sum((totals.actual_slots + totals.estimated_slots) / totals.expected_slots) as days_read
    from area_daily_totals as totals
    where totals.service_date between $first_day and $last_day
        and (totals.channel = $channel or starts_with(totals.channel, $channel || '.'))
    group by totals.usage_point_id
)

select
    reported.usage_point_id,
    places.customer_class,
    reported.registers,
    reported.longest_minutes,
    (reported.days_read / reported.registers / ($last_day::date - $first_day::date + 1))::double
        as readings_share
from reported
left join places using (usage_point_id)
order by reported.usage_point_id
