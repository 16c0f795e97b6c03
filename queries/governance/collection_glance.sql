-- The collection in one row.
--   $region_id        null: also meters that no register places, and terminals without meters
--   missing_since     null: nothing is missing
--   online_share      of the terminals, 0–1; null: there are none
with totals as (
    select task_totals.*
    from task_totals
    left join region_places using (usage_point_id)
    where $region_id::varchar is null or region_places.usage_point_id is not null
),

behind as (
    select distinct
        collected_meters.collector,
        collected_meters.terminal
    from collected_meters
    left join region_places using (usage_point_id)
    where $region_id::varchar is null or region_places.usage_point_id is not null
),

terminals as (
    select
        count(*) as terminals,
        count(*) filter (where is_online) as online_terminals
    from collection_terminals
    where (collector, terminal) in (select (collector, terminal) from behind)
        or (
            $region_id::varchar is null
            and (select sees is null from lake_state)
        )
)

select
    count(distinct totals.collector) as collectors,
    count(distinct (totals.usage_point_id, totals.meter_id))
        filter (where totals.collector is not null) as meters,
    coalesce(sum(totals.tasks) filter (where totals.state = 'open'), 0)::bigint as open_tasks,
    coalesce(sum(totals.tasks) filter (where totals.state = 'given_up'), 0)::bigint
        as given_up_tasks,
    (count(distinct (totals.usage_point_id, totals.meter_id)) filter (where totals.state <> 'done'))
        as missing_meters,
    min(totals.wanted_at) filter (where totals.state <> 'done') as missing_since,
    max(totals.attempted_at) as attempted_at,
    max(totals.service_date) as last_day,
    any_value(terminals.terminals) as terminals,
    any_value(terminals.online_terminals) as online_terminals,
    any_value(terminals.online_terminals / nullif(terminals.terminals, 0)) as online_share
from terminals
left join totals on true
order by collectors
