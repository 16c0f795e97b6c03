-- The usage points of the area with readings, by the region and the industry they count with.
--   region_id      innermost region of the usage point; '-' where the register says none
--   division       first two digits of the industry code (GB/T 4754), 'households' of residential
--                  points whatever their code, '-' where nothing is said
select
    known.usage_point_id,
    coalesce(any_value(places.region_id), '-') as region_id,
    case
        when any_value(places.customer_class) = 'residential' then 'households'
        else coalesce(any_value(customers.division), '-')
    end as division
from (select distinct usage_point_id from area_daily_totals) as known
left join places using (usage_point_id)
left join (
    select
        customer_id,
        substr(arg_max(industry_code, valid_from), 1, 2) as division
    from customers
    group by customer_id
) as customers using (customer_id)
group by known.usage_point_id
order by known.usage_point_id
