-- Energy and readings of every channel by cell, such as a month.
--   $first_day, $last_day    service dates, both included
--   cube_points, cube_days   tables the caller makes: which points, and the cell of every day
--   energy_wh                of what was read [Wh, varh]
--   read_slots …             readings there, of them substituted or estimated, and due
--   days                     on which anything was read
--   largest                  energy of the largest quarter of an hour [Wh/96: whole in any interval]
select
    daily_totals.usage_point_id,
    daily_totals.channel,
    cube_days.cell,
    sum(daily_totals.energy_wh)::bigint as energy_wh,
    sum(daily_totals.actual_slots + daily_totals.estimated_slots)::bigint as read_slots,
    sum(daily_totals.estimated_slots)::bigint as estimated_slots,
    sum(daily_totals.expected_slots)::bigint as expected_slots,
    count(*)::bigint as days,
    max(daily_totals.maximum_wh::bigint * 96 // (daily_totals.interval_minutes // 15))::bigint
        as largest
from daily_totals
inner join cube_days using (service_date)
where daily_totals.service_date between $first_day and $last_day
    and daily_totals.usage_point_id in (select cube_points.usage_point_id from cube_points)
group by daily_totals.usage_point_id, daily_totals.channel, cube_days.cell
order by daily_totals.usage_point_id, daily_totals.channel, cube_days.cell
