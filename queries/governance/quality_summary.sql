-- Points due, read, estimated and missing of some days, beside the counts of findings.
--   $first_day, $last_day            service dates, both included
--   $region_id                       null: also what no register places
--   $no_region                       stands for what no register places
--   $channel                         import, export …
--   $findings, $subjects, $rules     counted before
--   the three shares                 of the points due, 0–1; null: none was due
with points as (
    select
        coalesce(sum(completeness.expected_slots), 0)::bigint as expected_slots,
        sum(completeness.actual_slots) as actual_slots,
        sum(completeness.estimated_slots) as estimated_slots
    from completeness
    where completeness.service_date between $first_day and $last_day
        and completeness.channel = $channel
        and (
            $region_id::varchar is null
            or completeness.region_id in (select coalesce(region_id, '') from region_places)
            or ($region_id = $no_region and completeness.region_id = '')
        )
)

select
    $findings::bigint as findings,
    $subjects::bigint as subjects,
    $rules::bigint as rules,
    expected_slots,
    (actual_slots / nullif(expected_slots, 0))::double as actual_share,
    (estimated_slots / nullif(expected_slots, 0))::double as estimated_share,
    ((expected_slots - actual_slots - estimated_slots) / nullif(expected_slots, 0))::double
        as missing_share
from points
order by expected_slots
