-- Economic series by region, as published.
--   period_start, period_end   first and last day of the period
select
    region_id,
    series,
    period_start,
    period_end,
    value
from economy
order by region_id, series, period_start
