-- Transformers or feeders of the region: what they can carry, and the meter at their head.
--   $kind                transformer or feeder
--   rated_capacity_kva   of a feeder: of the transformers on it and its medium-voltage customers
--   meter_id             usage point of the meter at its head; null: its customers stand for it
with transformer_rows as (
    select
        transformer_id,
        arg_max(name, valid_from) as name,
        arg_max(name_en, valid_from) as name_en,
        arg_max(feeder_id, valid_from) as feeder_id,
        arg_max(rated_capacity_kva, valid_from) as rated_capacity_kva,
        arg_max(transformer_meter_id, valid_from) as transformer_meter_id
    from transformers
    group by transformer_id
),

feeder_rows as (
    select
        feeder_id,
        arg_max(name, valid_from) as name,
        arg_max(name_en, valid_from) as name_en
    from feeders
    group by feeder_id
),

head_meters as (
    select
        transformer_id,
        feeder_id,
        min(usage_point_id) as usage_point_id
    from places
    where is_check
    group by transformer_id, feeder_id
),

placed as (
    select
        transformer_id,
        any_value(feeder_id) as feeder_id,
        any_value(region_id) as region_id
    from region_places
    where transformer_id is not null
    group by transformer_id
),

medium_voltage as (
    select
        places.feeder_id,
        sum(coalesce(
            usage_points.operating_capacity_kva, usage_points.contracted_capacity_kva
        )) as capacity_kva
    from places
    inner join (
        select
            usage_point_id,
            arg_max(operating_capacity_kva, valid_from) as operating_capacity_kva,
            arg_max(contracted_capacity_kva, valid_from) as contracted_capacity_kva
        from usage_points
        group by usage_point_id
    ) as usage_points using (usage_point_id)
    where places.transformer_id is null and not places.is_check
    group by places.feeder_id
),

placed_feeders as (
    select
        feeder_id,
        any_value(region_id) as region_id
    from region_places
    where feeder_id is not null
    group by feeder_id
),

feeder_capacities as (
    select
        feeder_id,
        sum(rated_capacity_kva) as capacity_kva
    from transformer_rows
    group by feeder_id
),

every as (
    select
        placed.transformer_id as area_id,
        transformer_rows.name,
        transformer_rows.name_en,
        coalesce(transformer_rows.feeder_id, placed.feeder_id) as feeder_id,
        placed.region_id,
        transformer_rows.rated_capacity_kva,
        coalesce(known_meters.usage_point_id, head_meters.usage_point_id) as meter_id
    from placed
    left join transformer_rows using (transformer_id)
    left join places as known_meters
        on known_meters.usage_point_id = transformer_rows.transformer_meter_id
    left join head_meters on head_meters.transformer_id = placed.transformer_id
    where $kind = 'transformer'
    union all
    select
        placed_feeders.feeder_id,
        feeder_rows.name,
        feeder_rows.name_en,
        placed_feeders.feeder_id,
        placed_feeders.region_id,
        nullif(
            coalesce(feeder_capacities.capacity_kva, 0) + coalesce(medium_voltage.capacity_kva, 0),
            0
        ),
        head_meters.usage_point_id
    from placed_feeders
    left join feeder_rows using (feeder_id)
    left join feeder_capacities using (feeder_id)
    left join medium_voltage using (feeder_id)
    left join head_meters
        on head_meters.feeder_id = placed_feeders.feeder_id
        and head_meters.transformer_id is null
    where $kind = 'feeder'
)

select
    area_id,
    name,
    name_en,
    feeder_id,
    region_id,
    rated_capacity_kva,
    meter_id
from every
order by area_id
