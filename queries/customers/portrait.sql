-- Who has a usage point, from the register.
--   $usage_point_id
with who as (
    select
        customer_id,
        arg_max_null(name, valid_from) as name,
        arg_max_null(address, valid_from) as address,
        arg_max_null(industry_code, valid_from) as industry_code
    from customers
    group by customer_id
),

point as (
    select
        usage_point_id,
        arg_max_null(voltage_kv, valid_from) as voltage_kv
    from usage_points
    where usage_point_id = $usage_point_id
    group by usage_point_id
)

select
    places.usage_point_id,
    who.name,
    who.address,
    who.industry_code,
    point.voltage_kv,
    places.transformer_id,
    places.status
from places
inner join point using (usage_point_id)
left join who using (customer_id)
order by places.usage_point_id
