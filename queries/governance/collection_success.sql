-- Meters whose frozen total of a day arrived: by the cut-off, by now, and at the first attempt.
--   $first_day, $last_day     service dates, both included
--   $region_id                null: also meters that no register places
--   $group_by                 all, region, transformer, terminal, protocol or purpose
--   $midnight_minutes         from the day's 00:00 UTC to the local midnight that closes it
--   $cut_off_minutes          likewise to the cut-off on the day after
--   group_id                  null: the register or the queue does not say
with days as (
    select unnest(generate_series($first_day::date, $last_day::date, interval 1 day))::date
        as service_date
),

due as (
    select distinct
        days.service_date,
        meters.usage_point_id,
        meters.meter_id,
        usage_points.metering_purpose
    from days
    inner join meters
        on meters.valid_from <= days.service_date
        and (meters.valid_to is null or meters.valid_to > days.service_date)
    inner join usage_points
        on usage_points.usage_point_id = meters.usage_point_id
        and usage_points.valid_from <= days.service_date
        and (usage_points.valid_to is null or usage_points.valid_to > days.service_date)
    where coalesce(usage_points.status, 'operating') not in ('suspended', 'closed')
),

frozen as (
    select
        usage_point_id,
        meter_id,
        service_date,
        min(coalesce(issued_at, received_at)) as arrived_at
    from register_readings
    where service_date between $first_day and $last_day
        and channel = 'import'
        and register = 'total'
        and quality = 'A'
        and reading_kwh is not null
        and read_at = timezone('UTC', service_date + to_minutes($midnight_minutes::bigint))
    group by usage_point_id, meter_id, service_date
),

clocks as (
    select
        device_id as meter_id,
        arg_max(terminal_id, read_at) as terminal,
        arg_max(protocol, read_at) as protocol
    from device_clocks
    where kind = 'meter' and service_date <= $last_day
    group by device_id
),

judged as (
    select
        due.service_date,
        case $group_by
            when 'region' then region_places.region_id
            when 'transformer' then region_places.transformer_id
            when 'terminal' then coalesce(collected_meters.terminal, clocks.terminal)
            when 'protocol' then coalesce(collected_meters.protocol, clocks.protocol)
            when 'purpose' then coalesce(due.metering_purpose, 'settlement')
            when 'all' then 'all'
        end as group_id,
        frozen.arrived_at is not null as has_arrived,
        coalesce(
            frozen.arrived_at
                <= timezone('UTC', due.service_date + to_minutes($cut_off_minutes::bigint)),
            false
        ) as is_on_time,
        first_passes.is_first_pass
    from due
    left join region_places using (usage_point_id)
    left join frozen using (usage_point_id, meter_id, service_date)
    left join first_passes using (usage_point_id, meter_id, service_date)
    left join collected_meters using (usage_point_id, meter_id)
    left join clocks using (meter_id)
    where $region_id::varchar is null or region_places.usage_point_id is not null
),

counted as (
    select
        service_date,
        group_id,
        count(*) as due_meters,
        count(*) filter (where is_on_time) as on_time_meters,
        count(*) filter (where has_arrived) as arrived_meters,
        count(is_first_pass) as asked_meters,
        count(*) filter (where is_first_pass) as first_pass_meters
    from judged
    group by service_date, group_id
),

names as (
    select 'region' as kind, region_id as group_id, name, name_en, valid_from from regions
    union all
    select 'transformer', transformer_id, name, name_en, valid_from from transformers
),

latest_names as (
    select
        group_id,
        arg_max(name, valid_from) as name,
        arg_max(name_en, valid_from) as name_en
    from names
    where kind = $group_by
    group by group_id
)

select
    counted.service_date,
    counted.group_id,
    latest_names.name,
    latest_names.name_en,
    counted.due_meters,
    counted.on_time_meters,
    counted.arrived_meters,
    counted.arrived_meters - counted.on_time_meters as late_meters,
    counted.due_meters - counted.arrived_meters as missing_meters,
    counted.asked_meters,
    counted.first_pass_meters,
    counted.due_meters - counted.asked_meters as unasked_meters,
    counted.on_time_meters / counted.due_meters as success_share,
    counted.arrived_meters / counted.due_meters as backfilled_share,
    counted.first_pass_meters / nullif(counted.asked_meters, 0) as first_pass_share,
    counted.on_time_meters / counted.due_meters
        - first_value(counted.on_time_meters / counted.due_meters) over (
            partition by counted.group_id
            order by counted.service_date
            range between interval 1 day preceding and interval 1 day preceding
        ) as success_change_share
from counted
left join latest_names using (group_id)
order by counted.service_date, counted.group_id nulls last
