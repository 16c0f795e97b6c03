-- The usage points of one transformer area: who, on which phase, how much, how well read.
--   $transformer_id            the area
--   $first_day, $last_day      service dates, both included
--   name, address              masked as the scope says
--   readings_share             actual readings of import / due on these days, 0–1
--   last_actual_day            up to $last_day; null: never in the 31 days before the first day
with members as (
    select
        usage_point_id,
        arg_max(customer_id, valid_from) as customer_id,
        arg_max(customer_class, valid_from) as customer_class,
        arg_max(phase, valid_from) as phase,
        arg_max(metering_purpose, valid_from) is not distinct from 'check' as is_check,
        min(valid_from) as valid_from
    from usage_points
    where transformer_id = $transformer_id
        and valid_from <= $last_day
        and (valid_to is null or valid_to > $last_day)
        and coalesce(status, 'operating') not in ('suspended', 'closed')
    group by usage_point_id
),

totals as (
    select
        usage_point_id,
        sum(energy_wh) filter (where is_import and service_date >= $first_day) as import_wh,
        sum(energy_wh) filter (where not is_import and service_date >= $first_day) as export_wh,
        sum(actual_slots) filter (where is_import and service_date >= $first_day) as actual_slots,
        max(expected_slots) filter (where is_import) as slots_a_day,
        max(service_date) filter (where actual_slots > 0) as last_actual_day
    from (
        select
            usage_point_id,
            service_date,
            energy_wh,
            actual_slots,
            expected_slots,
            starts_with(channel, 'import') as is_import
        from daily_totals
        where service_date between $first_day::date - 31 and $last_day
            and service_month between strftime($first_day::date - 31, '%Y-%m')
                and strftime($last_day::date, '%Y-%m')
            and (channel in ('import', 'export'))
    )
    group by usage_point_id
),

people as (
    select
        customer_id,
        arg_max(name, valid_from) as name,
        arg_max(address, valid_from) as address
    from customers
    group by customer_id
)

select
    members.usage_point_id,
    members.customer_id,
    people.name,
    people.address,
    members.customer_class,
    members.phase,
    members.is_check,
    (totals.import_wh / 1000)::double as energy_kwh,
    (totals.export_wh / 1000)::double as export_kwh,
    least(1, coalesce(totals.actual_slots, 0) / (
        coalesce(totals.slots_a_day, 96)
        * ($last_day::date - greatest($first_day::date, members.valid_from) + 1)
    ))::double as readings_share,
    totals.last_actual_day,
    ($last_day::date - totals.last_actual_day)::bigint as silent_days
from members
left join totals using (usage_point_id)
left join people using (customer_id)
order by members.is_check, members.usage_point_id
