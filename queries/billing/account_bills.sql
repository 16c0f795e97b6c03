-- Sub-meters whose energy is deducted from that of some usage points (主分表套减).
--   $points                usage points of the main meters
--   $first_day, $last_day  days asked about, both included
select
    deducted_from_usage_point_id as usage_point_id,
    usage_point_id as sub_usage_point_id
from agreements
where list_contains($points, deducted_from_usage_point_id)
    and valid_from <= $last_day
    and (valid_to is null or valid_to > $first_day)
group by deducted_from_usage_point_id, usage_point_id
order by deducted_from_usage_point_id, usage_point_id
