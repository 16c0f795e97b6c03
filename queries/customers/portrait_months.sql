-- Energy, base and peak of every month of a usage point.
--   $usage_point_id
select
    month,
    energy_kwh,
    energy_kwh / nullif(known_days, 0) as daily_kwh,
    known_days,
    (1 + last_day - first_day)::bigint as days,
    base_kw,
    peak_kw
from portrait_months
where usage_point_id = $usage_point_id
order by month
