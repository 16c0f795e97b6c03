-- Day profiles of an area's customers, one row a register and day.
--   $transformer_id           the area
--   $first_day, $last_day     service dates, both included
--   phase                     in the register on the last day
--   day                       number of the day, 0 on $first_day
--   t0000 … t2345             energy by quarter of an hour in which the interval starts [Wh]
with members as (
    select
        usage_point_id,
        arg_max(customer_id, valid_from) as customer_id,
        arg_max(phase, valid_from) as phase
    from usage_points
    where transformer_id = $transformer_id
        and metering_purpose is distinct from 'check'
        and valid_from <= $last_day
        and (valid_to is null or valid_to > $last_day)
        and coalesce(status, 'operating') not in ('suspended', 'closed')
    group by usage_point_id
),

people as (
    select
        customer_id,
        arg_max(name, valid_from) as name
    from customers
    group by customer_id
)

select
    members.usage_point_id,
    members.customer_id,
    people.name,
    members.phase,
    split_part(energy_profiles.channel, '.', 1) as channel,
    (energy_profiles.service_date - $first_day::date)::integer as day,
    energy_profiles.interval_minutes,
    columns('^t\d{4}$')
from energy_profiles
inner join members using (usage_point_id)
left join people using (customer_id)
where energy_profiles.service_date between $first_day and $last_day
    -- the months are what reaches the files
    and energy_profiles.service_month between strftime($first_day::date, '%Y-%m')
        and strftime($last_day::date, '%Y-%m')
    and split_part(energy_profiles.channel, '.', 1) in ('import', 'export')
order by members.usage_point_id, day, energy_profiles.channel
