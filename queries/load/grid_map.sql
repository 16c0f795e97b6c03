-- Where the transformers of the region stand, and who is on them.
--   longitude …      null: the register does not say
with transformer_rows as (
    select
        transformer_id,
        arg_max(feeder_id, valid_from) as feeder_id,
        arg_max(longitude, valid_from) as longitude,
        arg_max(latitude, valid_from) as latitude
    from transformers
    group by transformer_id
),

feeder_rows as (
    select
        feeder_id,
        arg_max(name, valid_from) as feeder_name,
        arg_max(name_en, valid_from) as feeder_name_en
    from feeders
    group by feeder_id
),

counted as (
    select
        transformer_id,
        count(*) filter (where not is_check) as usage_points
    from region_places
    where transformer_id is not null
    group by transformer_id
)

select
    counted.transformer_id as area_id,
    transformer_rows.longitude,
    transformer_rows.latitude,
    counted.usage_points,
    feeder_rows.feeder_name,
    feeder_rows.feeder_name_en
from counted
left join transformer_rows using (transformer_id)
left join feeder_rows using (feeder_id)
order by counted.transformer_id
