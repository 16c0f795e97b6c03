-- The latest day of the area with imported energy.
--   latest_day   null: nothing was read yet
select max(service_date) as latest_day
from area_daily_totals
where channel = 'import' or starts_with(channel, 'import.')
order by latest_day
