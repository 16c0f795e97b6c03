-- Actual, estimated and missing slots by day and region.
--   $first_day, $last_day   service dates, both included
--   $channel                import, export …
--   the three shares        of the slots due, 0–1; they add up to 1
with days as (
    select
        service_date,
        nullif(region_id, '') as region_id,
        sum(due_points)::bigint as due_points,
        sum(expected_slots)::bigint as expected_slots,
        sum(actual_slots)::bigint as actual_slots,
        sum(estimated_slots)::bigint as estimated_slots
    from completeness
    where service_date between $first_day and $last_day
        and channel = $channel
    group by service_date, nullif(region_id, '')
)

select
    service_date,
    region_id,
    due_points,
    expected_slots,
    actual_slots,
    estimated_slots,
    expected_slots - actual_slots - estimated_slots as missing_slots,
    actual_slots / expected_slots as actual_share,
    estimated_slots / expected_slots as estimated_share,
    (expected_slots - actual_slots - estimated_slots) / expected_slots as missing_share
from days
where expected_slots > 0
order by service_date, region_id nulls last
