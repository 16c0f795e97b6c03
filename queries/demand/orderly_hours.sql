-- Every usage point of the area on some days: energy by hour, and of the base load.
--   $days             service dates
--   $first_day, $last_day   the first and the last of them
--   h00 … h23         of all registers together [Wh]; null: one of them missed a part of it
--   base_wh           energy of an hour of base load [Wh]
with registers as (
    select
        features.usage_point_id,
        features.service_date,
        features.base_wh,
        columns('(h\d{2})') as '\1'
    from area_daily_features as features
    where features.service_date in (select unnest($days))
        and features.service_date between $first_day and $last_day
        and features.service_month between strftime($first_day::date, '%Y-%m')
            and strftime($last_day::date, '%Y-%m')
        and (features.channel = 'import' or starts_with(features.channel, 'import.'))
)

select
    registers.usage_point_id,
    registers.service_date,
    sum(registers.base_wh)::bigint as base_wh,
    case when count(columns('(h\d{2})')) = count(*)
        then sum(columns('(h\d{2})'))::bigint end as '\1'
from registers
group by registers.usage_point_id, registers.service_date
order by registers.usage_point_id, registers.service_date
