-- Voltages or currents of usage points by phase, one row a point, phase and day.
--   $kind, $unit             voltage, v or current, a
--   $points                  usage points
--   $first_day, $last_day    service dates, both included
--   phase                    a, b or c
--   day                      number of the day, 0 on $first_day
--   t0000 … t2345            at the quarter of an hour [V or A]; null: not measured
select
    usage_point_id,
    split_part(quantity, '_', 2) as phase,
    (service_date - $first_day::date)::integer as day,
    interval_minutes,
    columns('^t\d{4}$')
from measurement_profiles
where service_date between $first_day and $last_day
    -- the months are what reaches the files
    and service_month between strftime($first_day::date, '%Y-%m')
        and strftime($last_day::date, '%Y-%m')
    and quantity in ($kind || '_a_' || $unit, $kind || '_b_' || $unit, $kind || '_c_' || $unit)
    and usage_point_id in (select unnest($points::varchar[]))
order by usage_point_id, day, phase
