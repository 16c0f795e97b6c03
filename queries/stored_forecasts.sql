-- Stored forecasts of a series: one issue of it, or one day ahead of every day of a period.
--   $series_id               whose; of every day there is one forecast, by the model that served it
--   $issued_at              the issue; null: the last one (unless days are given)
--   $first_day, $last_day   service dates, both included: the day-ahead forecasts of these; or nulls
--   t0000 … t2345           load by the quarter in which the interval starts [kW]
with chosen as (
    select *
    from forecasts
    where series_id = $series_id
        and case
            when $first_day::date is null
                then issued_at = coalesce(
                    $issued_at::timestamptz,
                    (
                        select max(latest.issued_at)
                        from forecasts as latest
                        where latest.series_id = $series_id
                    )
                )
            else service_date between $first_day and $last_day and lead_days = 1
        end
)

select
    service_date,
    model,
    issued_at,
    lead_days,
    interval_minutes,
    quantile,
    received_at,
    temperature_kind,
    columns('t\d{4}')
from chosen
order by service_date, quantile
