-- What the collection has not got yet, what is missing longest first.
--   $now            an instant against which ages are told
--   $region_id      null: also meters that no register places
--   $state          open or given_up; null: both
--   $reason         of the last failure; null: any
--   $most_rows      at most so many rows; missing_tasks counts them all
select
    tasks.service_date,
    tasks.kind,
    tasks.usage_point_id,
    tasks.meter_id,
    region_places.transformer_id,
    tasks.collector,
    tasks.terminal,
    tasks.address,
    tasks.protocol,
    tasks.state,
    tasks.wanted_at,
    greatest(date_diff('second', tasks.wanted_at, $now::timestamptz), 0) / 3600 as age_hours,
    tasks.attempts,
    tasks.attempted_at,
    case when tasks.state = 'open' then tasks.next_attempt_at end as next_attempt_at,
    tasks.reason,
    tasks.message,
    count(*) over () as missing_tasks
from collection_tasks as tasks
left join region_places using (usage_point_id)
where ($region_id::varchar is null or region_places.usage_point_id is not null)
    and ($state::varchar is null or tasks.state = $state)
    and ($reason::varchar is null or tasks.reason = $reason)
order by tasks.wanted_at, tasks.service_date, tasks.collector, tasks.address, tasks.kind
limit $most_rows
