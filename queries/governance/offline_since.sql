-- Usage points without an actual reading, and transformer areas where all are so.
--   $day                the day as of which they are silent
--   $region_id          null: also points that no register places
--   $least_days         at least so many days silent
--   last_actual_day     null: never read
with due as (
    select distinct
        usage_points.usage_point_id,
        region_places.transformer_id,
        region_places.region_id
    from usage_points
    inner join meters
        on meters.usage_point_id = usage_points.usage_point_id
        and meters.valid_from <= $day
        and (meters.valid_to is null or meters.valid_to > $day)
    left join region_places on region_places.usage_point_id = usage_points.usage_point_id
    where usage_points.valid_from <= $day
        and (usage_points.valid_to is null or usage_points.valid_to > $day)
        and coalesce(usage_points.status, 'operating') not in ('suspended', 'closed')
        and ($region_id::varchar is null or region_places.usage_point_id is not null)
),

reads as (
    select
        usage_point_id,
        max(service_date) as last_actual_day
    from (
        select usage_point_id, service_date
        from daily_totals
        where service_date <= $day and actual_slots > 0
        union all
        select usage_point_id, service_date
        from register_readings
        where service_date <= $day and quality = 'A'
    )
    group by usage_point_id
),

points as (
    select
        due.*,
        reads.last_actual_day,
        reads.last_actual_day is null or reads.last_actual_day <= $day::date - $least_days::integer
            as is_silent
    from due
    left join reads using (usage_point_id)
),

silent_areas as (
    select
        transformer_id,
        any_value(region_id) as region_id,
        count(*) as usage_points,
        max(last_actual_day) as last_actual_day
    from points
    where transformer_id is not null
    group by transformer_id
    having bool_and(is_silent) and count(*) > 1
),

area_names as (
    select
        transformer_id,
        arg_max(name, valid_from) as name,
        arg_max(name_en, valid_from) as name_en
    from transformers
    group by transformer_id
),

subjects as (
    select
        'transformer' as what,
        silent_areas.transformer_id as subject_id,
        area_names.name,
        area_names.name_en,
        silent_areas.transformer_id,
        silent_areas.region_id,
        silent_areas.usage_points,
        silent_areas.last_actual_day,
        null as usage_point_id
    from silent_areas
    left join area_names using (transformer_id)
    union all
    select
        'usage_point',
        points.usage_point_id,
        area_names.name,
        area_names.name_en,
        points.transformer_id,
        points.region_id,
        1,
        points.last_actual_day,
        points.usage_point_id
    from points
    left join area_names using (transformer_id)
    where points.is_silent
        and (
            points.transformer_id is null
            or points.transformer_id not in (select transformer_id from silent_areas)
        )
)

select
    what,
    subject_id,
    name,
    name_en,
    transformer_id,
    region_id,
    usage_points,
    last_actual_day,
    ($day::date - last_actual_day)::bigint as silent_days,
    usage_point_id
from subjects
order by last_actual_day nulls first, usage_points desc, what, subject_id
