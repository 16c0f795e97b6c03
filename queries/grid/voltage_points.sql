-- Usage points of the region at low voltage, the transformers' own meters included.
select
    region_places.usage_point_id,
    region_places.transformer_id,
    region_places.is_check
from region_places
where region_places.transformer_id is not null
order by region_places.usage_point_id
