-- Usage points of the region at low voltage, the transformers' own meters included.
--   $transformer_id     only those on this transformer; null: on any
select
    region_places.usage_point_id,
    region_places.transformer_id,
    region_places.is_check
from region_places
where region_places.transformer_id is not null
    and ($transformer_id::varchar is null or region_places.transformer_id = $transformer_id)
order by region_places.usage_point_id
