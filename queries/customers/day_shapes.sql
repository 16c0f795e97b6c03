-- Whole days of use in the area, at most so many: those whose hash is lowest.
--   $first_day, $last_day, $first_month, $last_month   the period, and the months it lies in
--   $most_days                                         how many days at most
--   hours          energy of the 24 hours [Wh]
select
    usage_point_id,
    service_date,
    isodow(service_date) >= 6 as is_weekend,
    [h00, h01, h02, h03, h04, h05, h06, h07, h08, h09, h10, h11, h12, h13, h14, h15, h16, h17, h18,
        h19, h20, h21, h22, h23] as hours
from area_daily_features
where channel = 'import'
    and service_month between $first_month and $last_month
    and service_date between $first_day and $last_day
    and shape_code is not null
qualify row_number() over (order by hash(usage_point_id, service_date)) <= $most_days
order by usage_point_id, service_date
