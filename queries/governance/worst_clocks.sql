-- The clock of every device as it was read last, the one furthest off first.
--   $first_day, $last_day       days of reading, both included
--   $meter_limit_seconds, $terminal_limit_seconds    how far off a clock may be, included
--   $region_id                  null: also devices that no register places
--   $most_rows                  at most so many; null: all
with placed_terminals as (
    select collected_meters.terminal
    from collected_meters
    inner join region_places using (usage_point_id)
    union
    select device_clocks.terminal_id
    from device_clocks
    inner join region_places using (usage_point_id)
),

clocks as (
    select
        device_clocks.device_id,
        device_clocks.kind,
        device_clocks.usage_point_id,
        device_clocks.terminal_id,
        device_clocks.protocol,
        device_clocks.read_at,
        device_clocks.drift_seconds,
        case device_clocks.kind
            when 'terminal' then $terminal_limit_seconds::double
            else $meter_limit_seconds::double
        end as limit_seconds
    from device_clocks
    where device_clocks.service_date between $first_day and $last_day
        and device_clocks.drift_seconds is not null
        and (
            $region_id::varchar is null
            or device_clocks.usage_point_id in (select usage_point_id from region_places)
            or (
                device_clocks.kind = 'terminal'
                and device_clocks.device_id in (
                    select terminal from placed_terminals where terminal is not null
                )
            )
        )
    qualify row_number() over (
        partition by device_clocks.device_id, device_clocks.kind
        order by device_clocks.read_at desc
    ) = 1
)

select
    device_id,
    kind,
    usage_point_id,
    terminal_id,
    protocol,
    read_at,
    drift_seconds,
    limit_seconds,
    abs(drift_seconds) <= limit_seconds as is_within
from clocks
order by abs(drift_seconds) desc, device_id, kind
limit coalesce($most_rows::bigint, (select count(*) from clocks))
