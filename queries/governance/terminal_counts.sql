-- Meters due and arrived by terminal and day, beside what the terminal itself says.
--   $first_day, $last_day      service dates, both included
--   $region_id                 null: every terminal; else those that read a meter in it
--   terminal_due_meters        null, as all that a terminal says: it gave no count of that day
with placed_terminals as (
    select collected_meters.terminal
    from collected_meters
    inner join region_places using (usage_point_id)
    union
    select device_clocks.terminal_id
    from device_clocks
    inner join region_places using (usage_point_id)
),

daily_runs as (
    select *
    from terminal_counts
    where service_date between $first_day and $last_day
        and coalesce(interval_minutes, 1440) = 1440
),

-- A meter hangs at one port; tasks may read the same meters, each by its own scheme.
one_of_tasks as (
    select
        *,
        protocol <> 'DL/T 698.45' or row_number() over (
            partition by terminal_id, service_date, protocol
            order by interval_minutes nulls last, due_meters desc, started_at, part_number
        ) = 1 as is_counted
    from daily_runs
),

said as (
    select
        service_date,
        terminal_id as terminal,
        sum(due_meters)::bigint as terminal_due_meters,
        sum(read_meters)::bigint as terminal_read_meters,
        min(started_at) as started_at,
        case when count(*) = count(ended_at) then max(ended_at) end as ended_at
    from one_of_tasks
    where is_counted
    group by service_date, terminal_id
),

ours as (
    select
        service_date,
        group_id as terminal,
        due_meters,
        arrived_meters
    from success_by_terminal
    where group_id is not null
),

beside as (
    select
        service_date,
        terminal,
        coalesce(ours.due_meters, 0) as due_meters,
        coalesce(ours.arrived_meters, 0) as arrived_meters,
        said.terminal_due_meters,
        said.terminal_read_meters,
        said.started_at,
        said.ended_at
    from ours
    full join said using (service_date, terminal)
    where $region_id::varchar is null
        or terminal in (select terminal from placed_terminals where terminal is not null)
)

select
    service_date,
    terminal,
    due_meters,
    arrived_meters,
    terminal_due_meters,
    terminal_read_meters,
    terminal_read_meters - arrived_meters as more_read_meters,
    started_at,
    ended_at,
    case
        when terminal_read_meters > arrived_meters then 'more'
        when terminal_read_meters < arrived_meters then 'fewer'
        when terminal_due_meters <> due_meters then 'other_list'
        when terminal_read_meters is not null then 'agrees'
    end as verdict
from beside
order by service_date, terminal
