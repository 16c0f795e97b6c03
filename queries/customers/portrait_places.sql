-- Class, place and capacity of every usage point that is no check meter, as they are now.
--   since    from when on the present customer has it
with terms as (
    select
        usage_point_id,
        valid_from,
        coalesce(
            customer_id is not distinct from lag(customer_id) over (
                partition by usage_point_id order by valid_from
            ),
            false
        ) as is_same
    from usage_points
),

since as (
    select
        usage_point_id,
        max(valid_from) filter (where not is_same) as since
    from terms
    group by usage_point_id
),

newest as (
    select
        usage_point_id,
        arg_max_null(contracted_capacity_kva, valid_from) as contracted_capacity_kva,
        arg_max_null(operating_capacity_kva, valid_from) as operating_capacity_kva,
        arg_max_null(contracted_demand_kw, valid_from) as contracted_demand_kw
    from usage_points
    group by usage_point_id
)

select
    places.usage_point_id,
    places.customer_id,
    places.customer_class,
    places.region_id,
    since.since,
    newest.contracted_capacity_kva,
    newest.operating_capacity_kva,
    newest.contracted_demand_kw
from places
inner join newest using (usage_point_id)
inner join since using (usage_point_id)
where not places.is_check
order by places.usage_point_id
