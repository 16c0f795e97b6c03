-- Readings due and there, by day, channel and transformer area (采集完整率).
--   $first_day, $last_day     service dates, both included
--   $profile_version          version of energy_profiles that daily_totals came from
-- A usage point in the register is due every day of its validity on which its region collected at
-- all (first to last day with any reading in the region): in import, unless it only ever reported
-- another channel. One that is not in the register, or another channel, is due from its first
-- reading on.
with reads as (
    select
        daily_totals.*,
        coalesce(places.region_id, '') as region_id,
        coalesce(places.feeder_id, '') as feeder_id,
        coalesce(places.transformer_id, '') as transformer_id,
        places.usage_point_id is not null as is_registered
    from daily_totals
    left join places using (usage_point_id)
),

regions_reading as (
    select
        region_id,
        min(service_date) as first_day,
        max(service_date) as last_day
    from reads
    group by region_id
),

channels_read as (
    select
        usage_point_id,
        channel,
        region_id,
        feeder_id,
        transformer_id,
        is_registered,
        min(service_date) as first_day,
        max(service_date) as last_day,
        arg_max(expected_slots, service_date) as expected_slots
    from reads
    group by all
),

typical as (
    select
        region_id,
        expected_slots
    from channels_read
    group by region_id, expected_slots
    qualify row_number() over (
        partition by region_id order by count(*) desc, expected_slots desc
    ) = 1
),

due_read as (
    select
        channels_read.usage_point_id,
        channels_read.channel,
        channels_read.region_id,
        channels_read.feeder_id,
        channels_read.transformer_id,
        channels_read.expected_slots,
        case
            when channels_read.is_registered and channels_read.channel = 'import'
                then greatest(regions_reading.first_day, places.valid_from)
            else channels_read.first_day
        end as first_due,
        case
            when channels_read.is_registered
                then least(regions_reading.last_day, coalesce(places.valid_to - 1, regions_reading.last_day))
            else channels_read.last_day
        end as last_due
    from channels_read
    inner join regions_reading using (region_id)
    left join places using (usage_point_id)
),

due_silent as (
    select
        places.usage_point_id,
        'import' as channel,
        coalesce(places.region_id, '') as region_id,
        coalesce(places.feeder_id, '') as feeder_id,
        coalesce(places.transformer_id, '') as transformer_id,
        coalesce(1440 // lcm(meter.interval_minutes, 15), typical.expected_slots) as expected_slots,
        greatest(regions_reading.first_day, places.valid_from) as first_due,
        least(regions_reading.last_day, coalesce(places.valid_to - 1, regions_reading.last_day)) as last_due
    from places
    inner join regions_reading on regions_reading.region_id = coalesce(places.region_id, '')
    inner join typical on typical.region_id = regions_reading.region_id
    left join (
        select
            usage_point_id,
            min(interval_minutes) as interval_minutes
        from meters
        group by usage_point_id
    ) as meter using (usage_point_id)
    where places.usage_point_id not in (select usage_point_id from channels_read)
),

-- Counting those due on a day needs no row a day and point: add where a point begins, take away
-- after it ends, and run the total along the days.
due_periods as (
    select channel, region_id, feeder_id, transformer_id, expected_slots, first_due, last_due
    from (select * from due_read union all by name select * from due_silent)
    where first_due <= last_due
),

steps as (
    select
        channel,
        region_id,
        feeder_id,
        transformer_id,
        service_date,
        sum(points) as points,
        sum(slots) as slots
    from (
        select *, first_due as service_date, 1 as points, expected_slots as slots
        from due_periods
        union all
        select *, last_due + 1, -1, -expected_slots
        from due_periods
    )
    group by all
),

groups as (select distinct channel, region_id, feeder_id, transformer_id from steps),

days as (
    select unnest(generate_series($first_day::date, $last_day::date, interval 1 day))::date as service_date
),

due as (
    select
        groups.channel,
        groups.region_id,
        groups.feeder_id,
        groups.transformer_id,
        days.service_date,
        sum(steps.points) as due_points,
        sum(steps.slots) as due_slots
    from groups
    cross join days
    inner join steps
        on steps.channel = groups.channel
        and steps.region_id = groups.region_id
        and steps.feeder_id = groups.feeder_id
        and steps.transformer_id = groups.transformer_id
        and steps.service_date <= days.service_date
    group by all
),

there as (
    select
        reads.channel,
        reads.region_id,
        reads.feeder_id,
        reads.transformer_id,
        reads.service_date,
        count(*) as read_points,
        sum(reads.expected_slots) as read_slots,
        sum(due_read.expected_slots) as typical_slots,
        count(*) filter (where reads.actual_slots >= reads.expected_slots) as complete_points,
        sum(reads.actual_slots) as actual_slots,
        sum(reads.estimated_slots) as estimated_slots
    from reads
    inner join due_read using (usage_point_id, channel)
    where reads.service_date between $first_day and $last_day
        and reads.service_date between due_read.first_due and due_read.last_due
    group by all
)

select
    due.service_date,
    strftime(due.service_date, '%Y-%m') as service_month,
    due.channel,
    due.region_id,
    due.feeder_id,
    due.transformer_id,
    due.due_points::integer as due_points,
    coalesce(there.complete_points, 0)::integer as complete_points,
    (due.due_points - coalesce(there.read_points, 0))::integer as silent_points,
    (due.due_slots + coalesce(there.read_slots - there.typical_slots, 0))::bigint as expected_slots,
    coalesce(there.actual_slots, 0)::bigint as actual_slots,
    coalesce(there.estimated_slots, 0)::bigint as estimated_slots,
    $profile_version::bigint as profile_version
from due
left join there using (channel, region_id, feeder_id, transformer_id, service_date)
where due.due_points > 0
order by due.service_date, due.channel, due.region_id, due.feeder_id, due.transformer_id
