-- How much of what was due has been read, by day, in the area.
--   $first_day, $last_day   service dates, both included
--   $channel                import, export …
--   readings_share          slots with a reading / slots due, 0–1
--   estimated_share         substituted and estimated / slots with a reading, 0–1
with read_days as (
    select
        service_date,
        count(distinct usage_point_id) as points,
        sum(actual_slots) as actual_slots,
        sum(estimated_slots) as estimated_slots,
        sum(expected_slots) as expected_slots,
        mode(expected_slots) as typical_slots
    from area_daily_totals
    where service_date between $first_day and $last_day
        and (channel = $channel or starts_with(channel, $channel || '.'))
    group by service_date
),

silent as (
    select
        read_days.service_date,
        count(*) as points
    from read_days
    cross join places
    semi join area_points using (usage_point_id)
    where $channel = 'import'
        and places.status is distinct from 'closed'
        and places.valid_from <= read_days.service_date
        and (places.valid_to is null or read_days.service_date < places.valid_to)
        and not exists (
            select 1
            from area_daily_totals as totals
            where totals.usage_point_id = places.usage_point_id
                and totals.service_date = read_days.service_date
        )
    group by read_days.service_date
)

select
    read_days.service_date,
    ((read_days.actual_slots + read_days.estimated_slots)
        / (read_days.expected_slots + coalesce(silent.points, 0) * read_days.typical_slots)
    )::double as readings_share,
    (read_days.estimated_slots / nullif(read_days.actual_slots + read_days.estimated_slots, 0)
    )::double as estimated_share
from read_days
left join silent using (service_date)
order by read_days.service_date
