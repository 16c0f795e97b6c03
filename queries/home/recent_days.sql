-- Energy of the days up to the latest one with readings.
--   $days           how many
--   energy_kwh      import; null on a day without any reading
with import_days as (
    select
        service_date,
        sum(energy_wh) as energy_wh
    from area_daily_totals
    where channel = 'import' or starts_with(channel, 'import.')
    group by service_date
),

latest as (select max(service_date) as day from import_days),

days as (
    select unnest(generate_series(latest.day - $days::integer + 1, latest.day, interval 1 day))::date
        as service_date
    from latest
)

select
    days.service_date,
    (import_days.energy_wh / 1000)::double as energy_kwh
from days
left join import_days using (service_date)
order by days.service_date
