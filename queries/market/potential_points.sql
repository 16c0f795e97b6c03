-- Usage points in use today, with their place and the price class of their agreement.
--   price_class       what the agreement that holds last names; null: none known
--   has_time_of_use   whether it is by time of use
--   voltage_kv        of the supply; null: the register does not say
with contracts as (
    select
        usage_point_id,
        arg_max(tariff_code, valid_from) as price_class,
        arg_max(has_time_of_use, valid_from) as has_time_of_use
    from agreements
    group by usage_point_id
),

supplies as (
    select
        usage_point_id,
        arg_max(voltage_kv, valid_from) as voltage_kv
    from usage_points
    group by usage_point_id
)

select
    places.usage_point_id,
    places.customer_class,
    places.transformer_id,
    places.feeder_id,
    places.region_id,
    contracts.price_class,
    contracts.has_time_of_use,
    supplies.voltage_kv
from region_places as places
left join contracts using (usage_point_id)
left join supplies using (usage_point_id)
where not places.is_check
    and places.valid_to is null
    and places.status is distinct from 'closed'
order by places.usage_point_id
