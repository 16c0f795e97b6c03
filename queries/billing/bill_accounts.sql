-- Accounts with a usage point that is settled, at any time of some days, in the table region_places.
--   $first_day, $last_day    both included
--   name                     the latest the register has, masked as the scope says; null: none
--   customer_class           of the latest of its usage points
with settled as (
    select
        usage_points.customer_id,
        arg_max(usage_points.customer_class, usage_points.valid_from) as customer_class
    from usage_points
    semi join region_places using (usage_point_id)
    where usage_points.customer_id is not null
        and coalesce(usage_points.metering_purpose, 'settlement') = 'settlement'
        and usage_points.valid_from <= $last_day::date
        and (usage_points.valid_to is null or usage_points.valid_to > $first_day::date)
    group by usage_points.customer_id
),

names as (
    select customer_id, arg_max(name, valid_from) as name
    from customers
    group by customer_id
)

select
    settled.customer_id,
    names.name,
    settled.customer_class
from settled
left join names using (customer_id)
order by settled.customer_id
