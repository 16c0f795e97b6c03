-- Import of chosen usage points by day, registers of the same kind added up.
--   $points                 usage points
--   $first_day, $last_day   service dates, both included
--   $intervals              lengths of an interval that count [min]
--   day                     number of the day, 0 on $first_day
--   t0000 … t2345           energy by quarter in which the interval starts [Wh]; null: a register is missing
with chosen as (
    select *
    from energy_profiles
    where usage_point_id in (select unnest($points))
        and service_date between $first_day and $last_day
        and service_month between strftime($first_day::date, '%Y-%m')
            and strftime($last_day::date, '%Y-%m')
        and (channel = 'import' or starts_with(channel, 'import.'))
        and interval_minutes in (select unnest($intervals))
)

select
    usage_point_id,
    (service_date - $first_day::date)::integer as day,
    max(interval_minutes) as interval_minutes,
    case
        when count(columns('(t\d{4})')) = count(*)
            then sum(columns('(t\d{4})'))::bigint
    end as '\1'
from chosen
group by usage_point_id, service_date
order by usage_point_id, day
