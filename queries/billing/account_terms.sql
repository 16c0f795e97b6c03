-- Agreements and usage points laid over one another: a row for every stretch on which both hold.
--   $first_day, $last_day            days asked about, both included
--   $customer_id, $usage_point_id    only these; null: all that is in the user's scope
--   valid_from, valid_to             the stretch, cut to those days; valid_to is the day after it
--   opened_on                        first day of the customer at the usage point
--   closed_on                        last day there, if it is over; null: still open
with tenancies as (
    select
        usage_point_id,
        customer_id,
        min(valid_from) as opened_on,
        nullif(max(coalesce(valid_to, 'infinity'::date)), 'infinity'::date) as ended_on
    from usage_points
    group by usage_point_id, customer_id
),

stretches as (
    select
        points.*,
        agreements.agreement_id,
        agreements.tariff_code,
        agreements.purchase_type,
        agreements.has_time_of_use,
        agreements.basic_charge,
        agreements.settlement_basis,
        agreements.power_factor_hundredths,
        agreements.agency_price_times,
        agreements.household_persons,
        agreements.free_kwh_per_month,
        agreements.is_metered_low_side,
        agreements.line_loss_share,
        agreements.deducted_from_usage_point_id,
        agreements.split_tariff_code,
        agreements.split_share,
        agreements.split_kwh_per_month,
        greatest(points.valid_from, agreements.valid_from, $first_day::date) as stretch_from,
        least(
            coalesce(points.valid_to, $last_day::date + 1),
            coalesce(agreements.valid_to, $last_day::date + 1),
            $last_day::date + 1
        ) as stretch_to
    from usage_points as points
    inner join agreements using (usage_point_id)
    where ($customer_id::varchar is null or points.customer_id = $customer_id)
        and ($usage_point_id::varchar is null or points.usage_point_id = $usage_point_id)
        and coalesce(points.metering_purpose, 'settlement') = 'settlement'
)

select
    stretches.usage_point_id,
    stretches.customer_id,
    stretches.agreement_id,
    stretches.customer_class,
    stretches.region_id,
    customers.industry_code,
    stretches.tariff_code as price_class,
    stretches.purchase_type,
    coalesce(stretches.has_time_of_use, false) as has_time_of_use,
    stretches.basic_charge,
    stretches.settlement_basis,
    stretches.power_factor_hundredths,
    stretches.agency_price_times,
    stretches.household_persons,
    stretches.free_kwh_per_month,
    coalesce(stretches.is_metered_low_side, false) as is_metered_low_side,
    stretches.line_loss_share,
    stretches.deducted_from_usage_point_id,
    stretches.split_tariff_code,
    stretches.split_share,
    stretches.split_kwh_per_month,
    stretches.voltage_kv,
    stretches.contracted_capacity_kva,
    case when stretches.status = 'suspended' then 0 else stretches.operating_capacity_kva end
        as operating_capacity_kva,
    stretches.contracted_demand_kw,
    tenancies.opened_on,
    (tenancies.ended_on - 1)::date as closed_on,
    stretches.stretch_from::date as valid_from,
    stretches.stretch_to::date as valid_to
from stretches
inner join tenancies
    on tenancies.usage_point_id = stretches.usage_point_id
    and tenancies.customer_id is not distinct from stretches.customer_id
left join customers
    on customers.customer_id = stretches.customer_id
    and stretches.stretch_from >= customers.valid_from
    and (customers.valid_to is null or stretches.stretch_from < customers.valid_to)
where stretches.stretch_from < stretches.stretch_to
order by stretches.usage_point_id, stretches.stretch_from, stretches.agreement_id
