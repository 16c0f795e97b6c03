-- The usage points whose energy stands for each area: its meter, else all its customers.
--   $kind                    transformer or feeder
--   $areas, $meters          pairs: an area and the meter at its head, null where there is none
--   $first_day, $last_day    service dates, both included
--   registers                of imported energy that reported in these days or the 31 before
with areas as (
    select
        unnest($areas::varchar[]) as area_id,
        unnest($meters::varchar[]) as meter_id
),

standing as (
    select
        area_id,
        meter_id as usage_point_id
    from areas
    where meter_id is not null
    union all
    select
        areas.area_id,
        places.usage_point_id
    from areas
    inner join places
        on areas.area_id
        = case when $kind = 'transformer' then places.transformer_id else places.feeder_id end
    where areas.meter_id is null
        and not places.is_check
        and places.valid_from <= $last_day
        and (places.valid_to is null or places.valid_to > $first_day)
),

reported as (
    select
        usage_point_id,
        count(distinct channel) as registers
    from daily_totals
    where service_date between $first_day::date - 31 and $last_day
        -- the months are what reaches the files
        and service_month between strftime($first_day::date - 31, '%Y-%m')
            and strftime($last_day::date, '%Y-%m')
        and (channel = 'import' or starts_with(channel, 'import.'))
    group by usage_point_id
)

select
    standing.area_id,
    standing.usage_point_id,
    coalesce(reported.registers, 0) as registers
from standing
left join reported using (usage_point_id)
order by standing.area_id, standing.usage_point_id
