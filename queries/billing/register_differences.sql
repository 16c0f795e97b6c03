-- Energy by registers beside energy by intervals, by usage point and month.
--   $first_day, $last_day            service dates, both included
--   $customer_id, $usage_point_id    only these; null: all that is in the user's scope
--   $tolerance_share                 of the energy by registers that is no finding [0–1]
--   A register's advance from one reading to the next is laid beside the intervals of the very days
--   between them; both count in the month of the later reading.
with points as (
    select
        usage_point_id,
        arg_max(customer_id, valid_from) as customer_id
    from usage_points
    where ($customer_id::varchar is null or customer_id = $customer_id)
        and ($usage_point_id::varchar is null or usage_point_id = $usage_point_id)
    group by usage_point_id
),

readings as (
    select
        registers.usage_point_id,
        registers.meter_id,
        registers.service_date,
        registers.reading_kwh,
        registers.reading_kwh - lag(registers.reading_kwh) over along as moved,
        lag(registers.service_date) over along as previous_date
    from register_readings as registers
    semi join points using (usage_point_id)
    where registers.register = 'total'
        and (registers.channel = 'import' or starts_with(registers.channel, 'import.'))
        and registers.service_date between $first_day::date - 10 and $last_day
        and registers.reading_kwh is not null
    window along as (
        partition by registers.usage_point_id, registers.meter_id, registers.channel
        order by registers.read_at
    )
),

-- of two rows of a meter the one that began last speaks
advances as (
    select
        readings.usage_point_id,
        readings.service_date,
        readings.previous_date,
        readings.moved,
        power(10, coalesce(meters.register_digits, 6))::decimal(18, 4) as turn,
        coalesce(meters.current_ratio, 1) * coalesce(meters.voltage_ratio, 1) as ratio
    from readings
    left join meters
        on meters.meter_id = readings.meter_id
        and meters.usage_point_id = readings.usage_point_id
        and meters.valid_from <= readings.service_date
        and (meters.valid_to is null or readings.service_date <= meters.valid_to)
    where readings.moved is not null and readings.service_date >= $first_day
    qualify row_number() over (
        partition by readings.usage_point_id, readings.meter_id, readings.service_date,
            readings.previous_date, readings.reading_kwh
        order by meters.valid_from desc
    ) = 1
),

register_days as (
    select
        usage_point_id,
        service_date,
        min(previous_date) filter (previous_date < service_date) as previous_date,
        sum(
            case when moved < 0 and moved + turn < 0.1 * turn then moved + turn else moved end
            * ratio
        ) as register_kwh,
        max(ratio) as ratio,
        bool_or(moved < 0 and moved + turn >= 0.1 * turn) as has_fallen
    from advances
    group by usage_point_id, service_date
),

interval_days as (
    select
        usage_point_id,
        service_date,
        sum(energy_wh) / 1000 as interval_kwh,
        sum(expected_slots - actual_slots - estimated_slots) as missing_slots,
        sum(estimated_slots) as estimated_slots
    from daily_totals
    semi join points using (usage_point_id)
    where service_date between $first_day::date - 10 and $last_day
        and (channel = 'import' or starts_with(channel, 'import.'))
    group by usage_point_id, service_date
),

running as (
    select
        usage_point_id,
        service_date,
        sum(interval_kwh) over so_far as interval_kwh,
        sum(missing_slots) over so_far as missing_slots,
        sum(estimated_slots) over so_far as estimated_slots,
        count(*) over so_far as read_days
    from interval_days
    window so_far as (partition by usage_point_id order by service_date)
),

compared as (
    select
        register_days.usage_point_id,
        date_trunc('month', register_days.service_date)::date as month,
        register_days.register_kwh,
        register_days.ratio,
        register_days.has_fallen,
        until.interval_kwh - coalesce(since.interval_kwh, 0) as interval_kwh,
        until.estimated_slots - coalesce(since.estimated_slots, 0) as estimated_slots,
        date_diff('day', register_days.previous_date, register_days.service_date) as days,
        coalesce(
            until.missing_slots = coalesce(since.missing_slots, 0)
            and until.read_days - coalesce(since.read_days, 0)
            = date_diff('day', register_days.previous_date, register_days.service_date),
            false
        ) as is_whole
    from register_days
    asof left join running as until
        on until.usage_point_id = register_days.usage_point_id
        and until.service_date <= register_days.service_date
    asof left join running as since
        on since.usage_point_id = register_days.usage_point_id
        and since.service_date <= register_days.previous_date
    where register_days.previous_date is not null
),

month_sums as (
    select
        usage_point_id,
        month,
        sum(register_kwh) filter (is_whole) as register_kwh,
        sum(interval_kwh) filter (is_whole) as interval_kwh,
        sum(register_kwh - interval_kwh) filter (is_whole) as difference_kwh,
        -- what cut-off digits can make at the ends of every run of days compared, and the share
        2 * 0.01 * max(ratio) * (1 + count(*) filter (not is_whole))
        + $tolerance_share * abs(sum(register_kwh) filter (is_whole)) as tolerance_kwh,
        coalesce(sum(days) filter (is_whole), 0)::integer as compared_days,
        coalesce(sum(days) filter (not is_whole), 0)::integer as left_out_days,
        coalesce(sum(estimated_slots) filter (is_whole), 0)::integer as estimated_slots,
        bool_or(has_fallen) as has_fallen
    from compared
    group by usage_point_id, month
)

select
    points.customer_id,
    month_sums.usage_point_id,
    month_sums.month,
    month_sums.register_kwh::double as register_kwh,
    month_sums.interval_kwh::double as interval_kwh,
    month_sums.difference_kwh::double as difference_kwh,
    (month_sums.difference_kwh / nullif(month_sums.register_kwh, 0))::double as difference_share,
    month_sums.tolerance_kwh::double as tolerance_kwh,
    month_sums.compared_days,
    month_sums.left_out_days,
    month_sums.estimated_slots,
    case
        when month_sums.has_fallen then 'register_fell'
        when month_sums.compared_days = 0 then 'gap'
        when abs(month_sums.difference_kwh) <= month_sums.tolerance_kwh then 'agree'
        when month_sums.difference_kwh > 0 then 'register_above_interval'
        else 'register_below_interval'
    end as rule,
    month_sums.has_fallen
        or coalesce(abs(month_sums.difference_kwh) > month_sums.tolerance_kwh, false) as is_finding
from month_sums
inner join points using (usage_point_id)
order by
    is_finding desc,
    abs(month_sums.difference_kwh) desc nulls last,
    month_sums.usage_point_id,
    month_sums.month
