-- Energy, peak, reactive energy and readings of every usage point in a month, from daily_totals.
--   $month                   service month, YYYY-MM
--   $first_day, $last_day    of the month, as far as it is looked at
--   $least_share             of the readings due [0–1], below which a day is not known
--   customer_id, first_day   who has the usage point at the end of the month, and since when; days
--                            before are not looked at
--   energy_kwh, known_days   of the days known on every register, gaps scaled up
--   peak_kw, peak_at         the largest interval, the first if several are;
--                            null where several registers add up
--   reactive_kvarh           of days that are known on both; beside_reactive_kwh: their energy
--   expected_slots           of import, on all days from first_day to last_day
with owners as (
    select
        usage_point_id,
        customer_id,
        valid_from,
        coalesce(
            customer_id is not distinct from lag(customer_id) over (
                partition by usage_point_id order by valid_from
            ),
            false
        ) as is_same
    from usage_points
    where valid_from <= $last_day
),

since as (
    select
        usage_point_id,
        arg_max_null(customer_id, valid_from) as customer_id,
        max(valid_from) filter (where not is_same) as first_day
    from owners
    group by usage_point_id
),

days as materialized (
    select
        daily_totals.usage_point_id,
        daily_totals.service_date,
        string_split(daily_totals.channel, '.')[1] as kind,
        any_value(greatest(since.first_day, $first_day::date)) as first_day,
        any_value(since.customer_id) as customer_id,
        count(*) as registers,
        sum(daily_totals.energy_wh * daily_totals.expected_slots
            / nullif(daily_totals.actual_slots + daily_totals.estimated_slots, 0)) / 1000 as energy_kwh,
        max(daily_totals.maximum_wh * 0.06 / daily_totals.interval_minutes) as peak_kw,
        -- of intervals as large, the first: one number for both, power before 4,096 slots
        max(daily_totals.maximum_wh::bigint * (1440 // daily_totals.interval_minutes) * 4096 + 4095
            - (extract(day from daily_totals.service_date) - 1) * 96 - daily_totals.maximum_slot
        ) as peak_rank,
        bool_and(
            daily_totals.actual_slots + daily_totals.estimated_slots
            >= $least_share * daily_totals.expected_slots
        ) as is_known,
        sum(daily_totals.actual_slots) as actual_slots,
        sum(daily_totals.estimated_slots) as estimated_slots,
        sum(daily_totals.expected_slots) as expected_slots
    from daily_totals
    left join since using (usage_point_id)
    where daily_totals.service_month = $month
        and daily_totals.service_date between coalesce(since.first_day, $first_day::date) and $last_day
        and daily_totals.usage_point_id not in (
            select places.usage_point_id from places where places.is_check
        )
    group by daily_totals.usage_point_id, daily_totals.service_date, kind
),

registers as (
    select
        usage_point_id,
        kind,
        max(registers) as registers
    from days
    group by usage_point_id, kind
),

whole as materialized (
    select
        days.* exclude (is_known),
        days.is_known and days.registers = registers.registers as is_known
    from days
    inner join registers using (usage_point_id, kind)
),

beside as (
    select
        active.usage_point_id,
        sum(reactive.energy_kwh) as reactive_kvarh,
        sum(active.energy_kwh) as beside_reactive_kwh
    from whole as active
    inner join whole as reactive
        on reactive.usage_point_id = active.usage_point_id
        and reactive.service_date = active.service_date
        and reactive.kind = 'reactive_import'
        and reactive.is_known
    where active.kind = 'import' and active.is_known
    group by active.usage_point_id
),

fed_in as (
    select
        usage_point_id,
        sum(energy_kwh) filter (where is_known) as exported_kwh
    from whole
    where kind = 'export'
    group by usage_point_id
)

select
    whole.usage_point_id,
    any_value(whole.customer_id) as customer_id,
    coalesce(any_value(whole.first_day), $first_day::date) as first_day,
    count(*) filter (where whole.is_known)::smallint as known_days,
    sum(whole.energy_kwh) filter (where whole.is_known)::double as energy_kwh,
    any_value(fed_in.exported_kwh)::double as exported_kwh,
    case when max(whole.registers) = 1 then max(whole.peak_kw)::double end as peak_kw,
    case
        when max(whole.registers) = 1
            then ($month || '-01')::date + to_minutes((4095 - max(whole.peak_rank) % 4096) * 15)
    end as peak_at,
    any_value(beside.reactive_kvarh)::double as reactive_kvarh,
    any_value(beside.beside_reactive_kwh)::double as beside_reactive_kwh,
    sum(whole.actual_slots)::integer as actual_slots,
    sum(whole.estimated_slots)::integer as estimated_slots,
    (max(whole.expected_slots)
        * (1 + $last_day::date - coalesce(any_value(whole.first_day), $first_day::date)))::integer
        as expected_slots
from whole
left join beside using (usage_point_id)
left join fed_in using (usage_point_id)
where whole.kind = 'import'
group by whole.usage_point_id
order by whole.usage_point_id
