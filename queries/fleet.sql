-- Usage points of the area that reported the channel, and how much of the period they reported.
--   $first_day, $last_day   service dates, both included
--   $channel                import, export …, with its numbered registers
--   readings_share          readings / readings due in the whole period, 0–1
with reported as (
    select
        totals.usage_point_id,
        -- numbered registers stand beside the one without a number: each is due every day
        sum((totals.actual_slots + totals.estimated_slots) / totals.expected_slots)
        / (count(distinct totals.channel) * ($last_day::date - $first_day::date + 1))
            as readings_share
    from area_daily_totals as totals
    where totals.service_date between $first_day and $last_day
        and (totals.channel = $channel or starts_with(totals.channel, $channel || '.'))
    group by totals.usage_point_id
)

select
    reported.usage_point_id,
    places.customer_class,
    reported.readings_share::double as readings_share
from reported
left join places using (usage_point_id)
order by reported.usage_point_id
