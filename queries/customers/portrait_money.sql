-- The newest figures of money of every account, or those of one month.
--   $month         YYYY-MM; null: the newest
--   $customer_id   null: every account in the scope
--   $has_region    only accounts with a usage point among region_places
select
    customer_id,
    month,
    district_id,
    customer_class,
    last_day,
    usage_points,
    tariff_code,
    is_assumed,
    has_other_terms,
    has_own_contract,
    bill_months,
    energy_kwh,
    bill_cny,
    price_cny_per_kwh,
    basic_charge_cny,
    power_factor_cny,
    fed_in_cny,
    readings_share,
    bill_why,
    choice_policy,
    choice_tariff_code,
    choice_basic_charge,
    choice_has_time_of_use,
    choice_saving_cny,
    package_saving_cny,
    choice_why,
    next_year_cny,
    next_year_low_cny,
    next_year_high_cny,
    growth_share,
    next_year_basis,
    next_year_why,
    late_probability_share,
    expected_late_cny,
    bills_before,
    late_why,
    on_time_share,
    overdue_cny
from portrait_money
where ($month is null or month = $month)
    and ($customer_id is null or customer_id = $customer_id)
    and (not $has_region or customer_id in (select customer_id from region_places))
qualify row_number() over (partition by customer_id order by month desc) = 1
order by customer_id
