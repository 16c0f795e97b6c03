-- Sums of the hours of a usage point's whole days, month by month.
--   $usage_point_id
select
    month,
    workdays,
    rest_days,
    workday_kwh,
    rest_day_kwh
from portrait_months
where usage_point_id = $usage_point_id
order by month
