-- Which districts there are: regions that lie in no other one in sight, with all inside them.
--   $no_region          stands for usage points that no register knows, or that it puts in no region
--   usage_points, check_meters    that ever reported, on any channel
--   actual_share, estimated_share   readings of all days / due, 0–1; null: nobody counts them
with recursive known as (
    select
        region_id,
        arg_max_null(parent_region_id, valid_from) as parent_region_id,
        arg_max_null(name, valid_from) as name,
        arg_max_null(name_en, valid_from) as name_en,
        coalesce(arg_max_null(is_simulated, valid_from), false) as is_simulated
    from regions
    group by region_id
),

around as (
    select
        region_id,
        region_id as outer_id
    from known
    union
    select
        around.region_id,
        outside.region_id
    from around
    inner join known on known.region_id = around.outer_id
    inner join known as outside on outside.region_id = known.parent_region_id
),

outermost as (
    select known.region_id
    from known
    anti join known as outside on outside.region_id = known.parent_region_id
),

district_of as (
    select
        around.region_id,
        -- regions that lie in each other have no outermost one
        coalesce(min(outermost.region_id), min(around.outer_id)) as district_id
    from around
    left join outermost on outermost.region_id = around.outer_id
    group by around.region_id
),

names as (
    select
        district_of.district_id,
        any_value(known.name) filter (where known.region_id = district_of.district_id) as name,
        any_value(known.name_en) filter (where known.region_id = district_of.district_id)
            as name_en,
        bool_or(known.is_simulated) as is_simulated
    from district_of
    inner join known using (region_id)
    group by district_of.district_id
),

point_reads as (
    select
        usage_point_id,
        min(service_date) as first_day,
        max(service_date) as last_day,
        sum(actual_slots + estimated_slots) as readings
    from daily_totals
    group by usage_point_id
),

reads as (
    select
        coalesce(district_of.district_id, places.region_id, $no_region) as district_id,
        count(*) filter (where places.is_check is distinct from true) as usage_points,
        count(*) filter (where places.is_check) as check_meters,
        min(point_reads.first_day) as first_day,
        max(point_reads.last_day) as last_day,
        sum(point_reads.readings) as readings
    from point_reads
    left join places using (usage_point_id)
    left join district_of using (region_id)
    group by all
),

due as (
    select
        coalesce(district_of.district_id, nullif(completeness.region_id, ''), $no_region)
            as district_id,
        sum(completeness.actual_slots) as actual_slots,
        sum(completeness.estimated_slots) as estimated_slots,
        sum(completeness.expected_slots) as expected_slots
    from completeness
    left join district_of using (region_id)
    group by all
)

select
    reads.district_id,
    names.name,
    names.name_en,
    coalesce(names.is_simulated, false) as is_simulated,
    reads.usage_points,
    reads.check_meters,
    reads.first_day,
    reads.last_day,
    reads.readings::bigint as readings,
    (due.actual_slots / due.expected_slots)::double as actual_share,
    (due.estimated_slots / due.expected_slots)::double as estimated_share
from reads
left join names using (district_id)
left join due using (district_id)
order by reads.last_day desc, reads.usage_points desc, reads.district_id
