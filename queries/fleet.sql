-- Usage points of the area that reported the channel, and how much of the period they reported.
--   $first_day, $last_day   service dates, both included
--   $channel                import, export …, with its numbered registers
--   $customer_class         only points of this class; null: all
--   readings_share          readings / readings due in the whole period, 0–1
--   interval_minutes        the longest interval at which the point reported
with check_meters as (
    select distinct usage_point_id
    from usage_points
    where metering_purpose = 'check'
),

reported as (
    select
        totals.usage_point_id,
        -- numbered registers stand beside the one without a number: each is due every day
        sum((totals.actual_slots + totals.estimated_slots) / totals.expected_slots)
        / (count(distinct totals.channel) * ($last_day::date - $first_day::date + 1))
            as readings_share,
        max(totals.interval_minutes) as interval_minutes
    from area_daily_totals as totals
    anti join check_meters using (usage_point_id)
    where totals.service_date between $first_day and $last_day
        and (totals.channel = $channel or starts_with(totals.channel, $channel || '.'))
    group by totals.usage_point_id
)

select
    reported.usage_point_id,
    places.customer_class,
    reported.readings_share::double as readings_share,
    reported.interval_minutes
from reported
left join places using (usage_point_id)
where $customer_class is null or places.customer_class = $customer_class
order by reported.usage_point_id
