-- Load of the area by day and hour, from the features of days.
--   $first_day, $last_day   service dates, both included
--   h00 … h23               energy of everybody who was read in that hour [Wh]
select
    features.service_date,
    sum(columns('(h\d{2})'))::bigint as '\1'
from area_daily_features as features
where features.service_date between $first_day and $last_day
    and features.service_month between strftime($first_day::date, '%Y-%m')
        and strftime($last_day::date, '%Y-%m')
    and (features.channel = 'import' or starts_with(features.channel, 'import.'))
group by features.service_date
order by features.service_date
