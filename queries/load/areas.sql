-- What a planner can look at: every place, class, account and usage point in scope.
--   $area_kind      region, substation, feeder, transformer, customer_class, customer_id, usage_point_id
with counted as (
    select
        case $area_kind
            when 'region' then places.region_id
            when 'substation' then places.substation_id
            when 'feeder' then places.feeder_id
            when 'transformer' then places.transformer_id
            when 'customer_class' then places.customer_class
            when 'customer_id' then places.customer_id
            else places.usage_point_id
        end as area_id,
        count(*) as usage_points
    from places
    group by all
),

names as (
    select region_id as area_id, name, name_en from regions where $area_kind = 'region'
    union all
    select substation_id, name, name_en from substations where $area_kind = 'substation'
    union all
    select feeder_id, name, name_en from feeders where $area_kind = 'feeder'
    union all
    select transformer_id, name, name_en from transformers where $area_kind = 'transformer'
    union all
    select customer_id, name, name as name_en from customers where $area_kind = 'customer_id'
)

select
    counted.area_id,
    any_value(names.name) as name,
    any_value(names.name_en) as name_en,
    any_value(counted.usage_points)::bigint as usage_points
from counted
left join names using (area_id)
where counted.area_id is not null
group by counted.area_id
order by counted.area_id
