-- Every interval of one usage point: value, quality, method of estimation, value before.
--   $usage_point_id         one usage point
--   $first_day, $last_day   service dates, both included
--   $channel                import, export …
--   energy_kwh, load_kw     null where missing
with before as (
    select
        service_date,
        substr(slot, 2, 2)::integer * 60 + substr(slot, 4, 2)::integer as slot_minute,
        arg_max(energy_wh, known_until) as energy_wh
    from (
        select
            service_date,
            known_until,
            slot,
            energy_wh
        from energy_profiles_superseded
        unpivot (energy_wh for slot in (columns('t\d{4}')))
        where usage_point_id = $usage_point_id
            and channel = $channel
            and service_date between $first_day and $last_day
    )
    group by service_date, slot_minute
)

select
    readings.interval_start,
    readings.local_start,
    readings.service_date,
    readings.interval_minutes,
    readings.energy_wh / 1000 as energy_kwh,
    readings.energy_wh * 60 / readings.interval_minutes / 1000 as load_kw,
    readings.quality,
    estimations.method,
    before.energy_wh / 1000 as replaced_kwh
from readings
left join estimations
    on readings.quality = 'E'
    and estimations.usage_point_id = readings.usage_point_id
    and estimations.channel = readings.channel
    and estimations.service_date = readings.service_date
    and readings.slot_minute // 15 between estimations.first_slot and estimations.last_slot
left join before
    on before.service_date = readings.service_date
    and before.slot_minute = readings.slot_minute
where readings.usage_point_id = $usage_point_id
    and readings.channel = $channel
    and readings.service_date between $first_day and $last_day
order by readings.interval_start
