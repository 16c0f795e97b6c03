-- An area's customers: who, and on which phase.
--   $transformer_id           the area
--   $last_day                 service date on which they are connected
--   phase                     in the register on the last day
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
    members.phase
from members
left join people using (customer_id)
order by members.usage_point_id
