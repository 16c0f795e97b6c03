-- Which data there is: by region, from when to when, how complete and how fresh.
--   region_id           null: usage points that no register knows
--   actual_share, estimated_share   readings of all days / due, 0–1; null: nobody counts them
with reads as (
    select
        places.region_id,
        count(distinct daily_totals.usage_point_id)
            filter (where places.is_check is distinct from true) as usage_points,
        min(daily_totals.service_date) as first_day,
        max(daily_totals.service_date) as last_day,
        sum(daily_totals.actual_slots + daily_totals.estimated_slots) as readings
    from daily_totals
    left join places using (usage_point_id)
    group by places.region_id
),

due as (
    select
        nullif(completeness.region_id, '') as region_id,
        sum(completeness.actual_slots) as actual_slots,
        sum(completeness.estimated_slots) as estimated_slots,
        sum(completeness.expected_slots) as expected_slots
    from completeness
    group by all
)

select
    reads.region_id,
    any_value(regions.name) as name,
    any_value(regions.name_en) as name_en,
    coalesce(bool_or(regions.is_simulated), false) as is_simulated,
    any_value(reads.usage_points)::bigint as usage_points,
    any_value(reads.first_day) as first_day,
    any_value(reads.last_day) as last_day,
    any_value(reads.readings)::bigint as readings,
    any_value(due.actual_slots / due.expected_slots)::double as actual_share,
    any_value(due.estimated_slots / due.expected_slots)::double as estimated_share
from reads
left join due on due.region_id is not distinct from reads.region_id
left join regions on regions.region_id = reads.region_id
group by reads.region_id
order by reads.region_id nulls last
