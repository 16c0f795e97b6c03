-- Actual points of the curves of a day, of those due, by day and place.
--   $first_day, $last_day   service dates, both included
--   $group_by               all, region, feeder or transformer
--   $region_id              null: also what no register places
--   $no_region              stands for what no register places
--   $channel                import, export …
--   $most_groups            only so many places, those with most missing; null: all
--   group_id                null: the register does not say
with counted as (
    select
        completeness.service_date,
        case $group_by
            when 'region' then nullif(completeness.region_id, '')
            when 'feeder' then nullif(completeness.feeder_id, '')
            when 'transformer' then nullif(completeness.transformer_id, '')
            when 'all' then 'all'
        end as group_id,
        sum(completeness.due_points)::bigint as due_points,
        sum(completeness.silent_points)::bigint as silent_points,
        sum(completeness.expected_slots)::bigint as expected_slots,
        sum(completeness.actual_slots)::bigint as actual_slots,
        sum(completeness.estimated_slots)::bigint as estimated_slots
    from completeness
    where completeness.service_date between $first_day and $last_day
        and completeness.channel = $channel
        and (
            $region_id::varchar is null
            or completeness.region_id in (select coalesce(region_id, '') from region_places)
            or ($region_id = $no_region and completeness.region_id = '')
        )
    group by all
),

worst as (
    select group_id
    from counted
    group by group_id
    order by sum(expected_slots - actual_slots) desc, group_id
    limit coalesce($most_groups::bigint, (select count(*) from counted))
),

names as (
    select 'region' as kind, region_id as group_id, name, name_en, valid_from from regions
    union all
    select 'feeder', feeder_id, name, name_en, valid_from from feeders
    union all
    select 'transformer', transformer_id, name, name_en, valid_from from transformers
),

latest_names as (
    select
        group_id,
        arg_max(name, valid_from) as name,
        arg_max(name_en, valid_from) as name_en
    from names
    where kind = $group_by
    group by group_id
)

select
    counted.service_date,
    counted.group_id,
    latest_names.name,
    latest_names.name_en,
    counted.due_points,
    counted.silent_points,
    counted.expected_slots,
    counted.actual_slots,
    counted.actual_slots / counted.expected_slots as curve_share,
    counted.estimated_slots / counted.expected_slots as estimated_share,
    (counted.expected_slots - counted.actual_slots - counted.estimated_slots)
        / counted.expected_slots as missing_share,
    counted.actual_slots / counted.expected_slots
        - first_value(counted.actual_slots / counted.expected_slots) over (
            partition by counted.group_id
            order by counted.service_date
            range between interval 1 day preceding and interval 1 day preceding
        ) as curve_change_share
from counted
inner join worst on worst.group_id is not distinct from counted.group_id
left join latest_names on latest_names.group_id = counted.group_id
where counted.expected_slots > 0
order by counted.service_date, counted.group_id nulls last
