-- Energy of every register of the area's usage points on every day, as far as it was read.
--   $first_day, $last_day   service dates, both included
--   $channel                import, export …, with its numbered registers
--   $least_share            of the readings due [0–1], below which a day is left out
--   day                     number of the day, 0 on $first_day
--   energy_wh               of what was read
--   readings_share          readings / readings due, 0–1
select
    usage_point_id,
    (service_date - $first_day::date)::integer as day,
    energy_wh,
    ((actual_slots + estimated_slots) / expected_slots)::double as readings_share
from area_daily_totals
where service_date between $first_day and $last_day
    and service_month between strftime($first_day::date, '%Y-%m')
        and strftime($last_day::date, '%Y-%m')
    and (channel = $channel or starts_with(channel, $channel || '.'))
    and actual_slots + estimated_slots >= $least_share * expected_slots
order by usage_point_id
