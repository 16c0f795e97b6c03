-- Series with a stored forecast, and the last one of each.
--   $region_id       only what lies in it; null: everything in the user's scope
--   name, name_en    of a region, feeder or account; null: a class
--   issued_at        of the last forecast, for first_day to last_day
with latest as (
    select
        series_id,
        kind,
        region_id,
        area_id,
        max(issued_at) as issued_at
    from forecasts
    group by series_id, kind, region_id, area_id
),

inside as (
    select latest.*
    from latest
    where $region_id::varchar is null
        or case latest.kind
            when 'customer_class' then latest.region_id = $region_id
            when 'feeder' then latest.area_id in (select region_places.feeder_id from region_places)
            when 'customer' then latest.area_id in (select region_places.customer_id from region_places)
            else latest.area_id = $region_id
                or latest.area_id in (select region_places.region_id from region_places)
        end
),

issued as (
    select
        forecasts.series_id,
        min(forecasts.service_date) as first_day,
        max(forecasts.service_date) as last_day,
        max(forecasts.received_at) as received_at,
        max(forecasts.temperature_kind) as temperature_kind
    from forecasts
    inner join inside using (series_id, issued_at)
    group by forecasts.series_id
),

names as (
    select 'region' as kind, region_id as area_id, name, name_en from regions
    union all
    select 'feeder', feeder_id, name, name_en from feeders
    union all
    select 'customer', customer_id, name, name from customers
),

named as (
    select
        kind,
        area_id,
        any_value(name) as name,
        any_value(name_en) as name_en
    from names
    group by kind, area_id
)

select
    inside.series_id,
    inside.kind,
    inside.area_id,
    named.name,
    named.name_en,
    inside.issued_at,
    issued.received_at,
    issued.first_day,
    issued.last_day,
    issued.temperature_kind
from inside
inner join issued using (series_id)
left join named
    on named.area_id = inside.area_id
    and named.kind = case inside.kind when 'system' then 'region' else inside.kind end
order by
    list_position(['system', 'region', 'customer_class', 'feeder', 'customer'], inside.kind),
    inside.area_id
