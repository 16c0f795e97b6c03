-- Energy of every slot of every day, summed over the area's usage points.
--   $first_day, $last_day   service dates, both included; and longer intervals of the day before
--   $channel                import, export …, with its numbered registers
--   service_date, interval_minutes, slot_minute [minutes after midnight, standard time]
--   energy_wh               sum of what was read; no row where nothing was
with day_sums as (
    select
        service_date,
        interval_minutes,
        sum(columns('(t\d{4})'))::bigint as '\1'
    from area_energy_profiles
    where service_date between $first_day - 1 and $last_day
        -- of the day before only what can reach over midnight
        and (service_date >= $first_day or interval_minutes > 15)
        and (channel = $channel or starts_with(channel, $channel || '.'))
    group by service_date, interval_minutes
),

slots as (
    unpivot day_sums
    on columns('t\d{4}')
    into name slot value energy_wh
)

select
    service_date,
    interval_minutes,
    (substr(slot, 2, 2)::integer * 60 + substr(slot, 4, 2)::integer)::smallint as slot_minute,
    energy_wh
from slots
order by service_date, slot_minute, interval_minutes
