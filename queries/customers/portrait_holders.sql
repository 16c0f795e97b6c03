-- Every usage point of the area with a portrait, and whose the newest is.
select
    usage_point_id,
    arg_max_null(customer_id, month) as customer_id
from area_portraits
group by usage_point_id
order by customer_id, usage_point_id
