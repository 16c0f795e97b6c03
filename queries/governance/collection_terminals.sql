-- Terminals, those offline longest first, then those with most missing.
--   $region_id        null: also terminals whose meters no register places, or without any
--   changed_at        since when it is online, or offline
--   heard_at          null: never
with behind as (
    select
        collected_meters.collector,
        collected_meters.terminal,
        count(*) as meters
    from collected_meters
    left join region_places using (usage_point_id)
    where collected_meters.terminal is not null
        and ($region_id::varchar is null or region_places.usage_point_id is not null)
    group by collected_meters.collector, collected_meters.terminal
),

missing as (
    select
        collection_tasks.collector,
        collection_tasks.terminal,
        count(distinct collection_tasks.address) as missing_meters,
        count(*) as missing_tasks
    from collection_tasks
    left join region_places using (usage_point_id)
    where $region_id::varchar is null or region_places.usage_point_id is not null
    group by collection_tasks.collector, collection_tasks.terminal
)

select
    terminals.terminal,
    terminals.collector,
    terminals.protocol,
    terminals.is_online,
    terminals.changed_at,
    terminals.heard_at,
    coalesce(behind.meters, 0) as meters,
    coalesce(missing.missing_meters, 0) as missing_meters,
    coalesce(missing.missing_tasks, 0) as missing_tasks
from collection_terminals as terminals
left join behind using (collector, terminal)
left join missing using (collector, terminal)
where behind.meters is not null
    or ($region_id::varchar is null and (select sees is null from lake_state))
order by
    terminals.is_online,
    case when not terminals.is_online then terminals.changed_at end,
    missing_tasks desc,
    terminals.collector,
    terminals.terminal
