-- Quartiles of the features of a class in a district.
--   $district_id, $customer_class, $month
select
    feature,
    low_quartile,
    median,
    high_quartile,
    usage_points
from portrait_peers
where region_id = $district_id
    and customer_class = $customer_class
    and month = $month
order by feature
