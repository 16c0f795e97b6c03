-- Energy of the days up to the latest one with readings.
--   $first_day, $latest_day   both included
--   energy_kwh      import; null on a day without any reading
with import_days as (
    select
        service_date,
        sum(energy_wh) as energy_wh
    from area_daily_totals
    where (channel = 'import' or starts_with(channel, 'import.'))
        and service_date between $first_day and $latest_day
    group by service_date
),

days as (
    select unnest(generate_series($first_day::date, $latest_day::date, interval 1 day))::date
        as service_date
)

select
    days.service_date,
    (import_days.energy_wh / 1000)::double as energy_kwh
from days
left join import_days using (service_date)
order by days.service_date
