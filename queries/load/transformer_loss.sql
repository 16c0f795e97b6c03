-- Energy supplied to transformer areas and sold in them, where both are complete.
--   $transformer_id            one area; null: all of the region
--   $first_day, $last_day      service dates, both included
--   $group_by                  transformer or day
--   supplied_kwh               into the area, on complete days: by its meter, and from roofs
--   sold_kwh                   out of it: to its customers, and back through its meter
--   loss_kwh, loss_share       of those; null: no day is complete
with days as (
    select unnest(generate_series($first_day::date, $last_day::date, interval 1 day))::date
        as service_date
),

areas as (
    select distinct transformer_id
    from region_places
    where transformer_id is not null
        and ($transformer_id::varchar is null or transformer_id = $transformer_id)
),

meters as (
    select
        areas.transformer_id,
        coalesce(
            any_value(transformers.transformer_meter_id),
            min(heads.usage_point_id)
        ) as usage_point_id
    from areas
    left join transformers
        on transformers.transformer_id = areas.transformer_id and transformers.valid_to is null
    left join places as heads
        on heads.transformer_id = areas.transformer_id and heads.is_check
    group by areas.transformer_id
),

totals as (
    select
        usage_point_id,
        service_date,
        coalesce(sum(energy_wh) filter (where starts_with(channel, 'import')), 0) as import_wh,
        coalesce(sum(energy_wh) filter (where starts_with(channel, 'export')), 0) as export_wh,
        bool_or(starts_with(channel, 'import')) as has_import,
        bool_and(actual_slots + estimated_slots = expected_slots) as is_complete
    from daily_totals
    where service_date between $first_day and $last_day
        -- the months are what reaches the files
        and service_month between strftime($first_day::date, '%Y-%m')
            and strftime($last_day::date, '%Y-%m')
        and (starts_with(channel, 'import') or starts_with(channel, 'export'))
    group by usage_point_id, service_date
),

due as (
    select distinct
        days.service_date,
        usage_points.transformer_id,
        usage_points.usage_point_id
    from days
    inner join usage_points
        on usage_points.valid_from <= days.service_date
        and (usage_points.valid_to is null or usage_points.valid_to > days.service_date)
    inner join areas using (transformer_id)
    where usage_points.metering_purpose is distinct from 'check'
        and coalesce(usage_points.status, 'operating') not in ('suspended', 'closed')
),

sold as (
    select
        due.transformer_id,
        due.service_date,
        sum(totals.import_wh) as import_wh,
        sum(totals.export_wh) as export_wh,
        bool_and(coalesce(totals.is_complete and totals.has_import, false)) as is_complete
    from due
    left join totals using (usage_point_id, service_date)
    group by due.transformer_id, due.service_date
),

judged as (
    select
        meters.transformer_id,
        sold.service_date,
        supplied.import_wh + sold.export_wh as supplied_wh,
        sold.import_wh + supplied.export_wh as sold_wh,
        coalesce(supplied.is_complete and supplied.has_import and sold.is_complete, false)
            as is_complete
    from meters
    inner join sold using (transformer_id)
    left join totals as supplied
        on supplied.usage_point_id = meters.usage_point_id
        and supplied.service_date = sold.service_date
),

summed as (
    select
        transformer_id,
        case when $group_by = 'day' then service_date end as service_date,
        count(*) as days,
        count(*) filter (where is_complete) as complete_days,
        sum(supplied_wh) filter (where is_complete) as supplied_wh,
        sum(sold_wh) filter (where is_complete) as sold_wh
    from judged
    group by all
)

select
    transformer_id,
    service_date,
    days,
    complete_days,
    (supplied_wh / 1000)::double as supplied_kwh,
    (sold_wh / 1000)::double as sold_kwh,
    ((supplied_wh - sold_wh) / 1000)::double as loss_kwh,
    ((supplied_wh - sold_wh) / nullif(supplied_wh, 0))::double as loss_share
from summed
order by transformer_id, service_date
