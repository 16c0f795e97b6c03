-- Energy and readings of every channel by month.
--   $first_day, $last_day   service dates, both included
--   energy_wh               of what was read [Wh, varh]
--   read_slots …            readings there, of them substituted or estimated, and due
--   days                    on which anything was read
--   finest                  quarters of an hour in the longest interval
select
    usage_point_id,
    channel,
    service_month as month,
    sum(energy_wh)::bigint as energy_wh,
    sum(actual_slots + estimated_slots)::bigint as read_slots,
    sum(estimated_slots)::bigint as estimated_slots,
    sum(expected_slots)::bigint as expected_slots,
    count(*)::bigint as days,
    max(interval_minutes // 15)::bigint as finest
from daily_totals
where service_date between $first_day and $last_day
    and usage_point_id in (select cube_points.usage_point_id from cube_points)
group by usage_point_id, channel, service_month
order by usage_point_id, channel, service_month
