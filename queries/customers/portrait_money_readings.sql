-- Energy of whole months by the frozen total registers, everyone at once.
--   $days                  last days of months: the freeze at 00:00 closes the day
--   $first_day, $last_day  the first and the last of them
--   A month has energy where one meter was read at both of its borders: not where it was exchanged.
with borders as (
    select
        usage_point_id,
        meter_id,
        channel,
        service_date,
        max(reading_kwh) as reading_kwh
    from register_readings
    where register = 'total'
        and (channel = 'import' or starts_with(channel, 'import.'))
        and service_date between $first_day and $last_day
        and service_date in (select unnest($days))
        and reading_kwh is not null
    group by usage_point_id, meter_id, channel, service_date
),

moved as (
    select
        usage_point_id,
        meter_id,
        channel,
        service_date,
        reading_kwh - lag(reading_kwh) over along as moved_kwh,
        lag(service_date) over along as previous_date
    from borders
    window along as (partition by usage_point_id, meter_id, channel order by service_date)
),

-- of two rows of a meter the one that began last speaks
rated as (
    select
        moved.usage_point_id,
        moved.service_date,
        moved.moved_kwh,
        power(10, coalesce(meters.register_digits, 6)) as turn_kwh,
        coalesce(meters.current_ratio, 1) * coalesce(meters.voltage_ratio, 1) as ratio
    from moved
    left join meters
        on meters.meter_id = moved.meter_id
        and meters.usage_point_id = moved.usage_point_id
        and meters.valid_from <= moved.service_date
        and (meters.valid_to is null or moved.service_date <= meters.valid_to)
    where moved.previous_date = last_day(moved.service_date - interval 1 month)
    qualify row_number() over (
        partition by moved.usage_point_id, moved.meter_id, moved.channel, moved.service_date
        order by meters.valid_from desc
    ) = 1
)

select
    usage_point_id,
    date_trunc('month', service_date)::date as month,
    -- a register that falls by more than a tenth of its turn has rolled over
    sum(
        case when moved_kwh < 0 then moved_kwh + turn_kwh else moved_kwh end * ratio
    )::double as register_kwh
from rated
where moved_kwh >= 0 or moved_kwh + turn_kwh < 0.1 * turn_kwh
group by usage_point_id, service_date
order by usage_point_id, month
