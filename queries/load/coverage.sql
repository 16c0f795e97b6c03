-- How much of what was due has been read, by day, in the area.
--   $first_day, $last_day   service dates, both included
--   $channel                import, export …
--   readings_share          slots with a reading / slots due, 0–1
--   estimated_share         substituted and estimated / slots with a reading, 0–1
with read_days as (
    select
        service_date,
        -- one row a point: its numbered registers stand beside the one without a number
        count(*) filter (
            where area_points.usage_point_id is not null and channel = $channel
        ) as registered_points,
        sum(actual_slots) as actual_slots,
        sum(estimated_slots) as estimated_slots,
        sum(expected_slots) as expected_slots,
        max(expected_slots) as usual_slots
    from area_daily_totals
    left join area_points using (usage_point_id)
    where service_date between $first_day and $last_day
        and (channel = $channel or starts_with(channel, $channel || '.'))
    group by service_date
),

-- A point that reports other channels but never this one (a generator) is not due in it.
channels_of_points as (
    select
        usage_point_id,
        bool_or(channel = $channel or starts_with(channel, $channel || '.')) as has_channel
    from area_daily_totals
    where service_date between $first_day and $last_day
    group by usage_point_id
),

due_periods as (
    select
        places.valid_from,
        places.valid_to,
        count(*) as points
    from places
    semi join area_points using (usage_point_id)
    left join channels_of_points using (usage_point_id)
    where $channel = 'import'
        and channels_of_points.has_channel is distinct from false
    group by places.valid_from, places.valid_to
),

due as (
    select
        read_days.service_date,
        sum(due_periods.points) as points
    from read_days
    inner join due_periods
        on due_periods.valid_from <= read_days.service_date
        and (due_periods.valid_to is null or read_days.service_date < due_periods.valid_to)
    group by read_days.service_date
)

select
    read_days.service_date,
    ((read_days.actual_slots + read_days.estimated_slots) / (
        read_days.expected_slots
        + greatest(coalesce(due.points, 0) - read_days.registered_points, 0) * read_days.usual_slots
    ))::double as readings_share,
    (read_days.estimated_slots / nullif(read_days.actual_slots + read_days.estimated_slots, 0)
    )::double as estimated_share
from read_days
left join due using (service_date)
order by read_days.service_date
