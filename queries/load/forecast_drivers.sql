-- The parts of every day of a series' last forecast.
--   $series_id
--   $drivers       in the order in which they are told
--   load_kw        mean of the day; the parts add up to forecast_kw
--   effect_share   of the usual day
with latest as (
    select *
    from forecast_drivers
    where series_id = $series_id
        and issued_at = (
            select max(issues.issued_at) from forecast_drivers as issues
            where issues.series_id = $series_id
        )
)

select
    service_date,
    driver,
    load_kw,
    sum(load_kw) over (partition by service_date) as forecast_kw,
    load_kw / nullif(sum(load_kw) filter (where driver = 'usual') over (partition by service_date), 0)
        as effect_share
from latest
order by service_date, list_position($drivers, driver)
