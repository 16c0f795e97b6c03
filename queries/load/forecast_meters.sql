-- The last stored forecasts of the meters in `area_meter_forecasts`, added up by day and figure.
--   lead_days      1: the first day foretold
--   usage_points   how many meters
--   t0000 …        mean load of the hours [W]
with latest as (
    select *
    from area_meter_forecasts
    where issue_date = (select max(issue_date) from area_meter_forecasts)
)

select
    service_date,
    max(issued_at) as issued_at,
    lead_days::bigint as lead_days,
    figure,
    count(*) as usage_points,
    sum(columns('(t\d{2}00)'))::bigint as '\1'
from latest
group by service_date, lead_days, figure
order by service_date, figure
