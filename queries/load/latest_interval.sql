-- How many points were read in every quarter of an hour of one day.
--   $day              service date
--   $region_id        null: also points that no register knows
--   n0000 … n2345     points with a reading in the interval that starts there
select
    interval_minutes,
    count(columns('^t(\d{4})$')) as 'n\1'
from energy_profiles
where (channel = 'import' or starts_with(channel, 'import.'))
    and service_date = $day
    -- the month is what reaches the files
    and service_month = strftime($day::date, '%Y-%m')
    and (
        $region_id::varchar is null
        or usage_point_id in (select usage_point_id from region_places)
    )
group by interval_minutes
order by interval_minutes
