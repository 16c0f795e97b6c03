-- What a planner can look at: every place, class, account and usage point of the region.
--   $area_kind      region, substation, feeder, transformer, customer_class, customer_id, usage_point_id
--   usage_points    without meters that only check, which are usage points and nothing else
with counted as (
    select
        case $area_kind
            when 'region' then region_places.region_id
            when 'substation' then region_places.substation_id
            when 'feeder' then region_places.feeder_id
            when 'transformer' then region_places.transformer_id
            when 'customer_class' then region_places.customer_class
            when 'customer_id' then region_places.customer_id
            else region_places.usage_point_id
        end as area_id,
        count(*) filter (where not region_places.is_check) as usage_points,
        bool_and(region_places.is_check) as is_check
    from region_places
    where not region_places.is_check or $area_kind = 'usage_point_id'
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
    any_value(counted.usage_points)::bigint as usage_points,
    any_value(counted.is_check) as is_check
from counted
left join names using (area_id)
where counted.area_id is not null
group by counted.area_id
order by any_value(counted.is_check), counted.area_id
