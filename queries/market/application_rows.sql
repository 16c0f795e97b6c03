-- Contract applications (业扩报装), each with where it lies and whose it is.
--   customer_class   of the usage point, else as applied for
--   industry_code    GB/T 4754, as applied for, else of the account; null: a home, or nothing says
--   capacity_kva     as applied for, else what the register has of the usage point
--   region_id …      of the usage point, else as applied for, else around the transformer
with transformer_feeders as (
    select
        transformer_id,
        any_value(feeder_id) as feeder_id
    from transformers
    where valid_to is null
    group by transformer_id
),
feeder_substations as (
    select
        feeder_id,
        any_value(substation_id) as substation_id
    from feeders
    where valid_to is null
    group by feeder_id
),
substation_regions as (
    select
        substation_id,
        any_value(region_id) as region_id
    from substations
    where valid_to is null
    group by substation_id
),
divisions as (
    select
        customer_id,
        arg_max(industry_code, valid_from) as industry_code
    from customers
    group by customer_id
),
capacities as (
    select
        usage_point_id,
        arg_max(
            coalesce(contracted_capacity_kva, operating_capacity_kva), valid_from
        ) as capacity_kva
    from usage_points
    group by usage_point_id
),
located as (
    select
        applications.application_id,
        applications.kind,
        applications.status,
        applications.applied_on,
        applications.energised_on,
        coalesce(places.customer_class, applications.customer_class) as customer_class,
        coalesce(applications.industry_code, divisions.industry_code) as industry_code,
        coalesce(applications.capacity_kva, capacities.capacity_kva) as capacity_kva,
        coalesce(places.transformer_id, applications.transformer_id) as transformer_id,
        places.feeder_id as point_feeder_id,
        coalesce(places.region_id, applications.region_id) as named_region_id
    from contract_applications as applications
    left join places using (usage_point_id)
    left join divisions on divisions.customer_id = applications.customer_id
    left join capacities on capacities.usage_point_id = applications.usage_point_id
)
select
    located.application_id,
    located.kind,
    located.status,
    located.applied_on,
    located.energised_on,
    located.customer_class,
    located.industry_code,
    located.capacity_kva,
    located.transformer_id,
    coalesce(located.point_feeder_id, transformer_feeders.feeder_id) as feeder_id,
    feeder_substations.substation_id,
    coalesce(located.named_region_id, substation_regions.region_id) as region_id
from located
left join transformer_feeders using (transformer_id)
left join feeder_substations
    on feeder_substations.feeder_id
        = coalesce(located.point_feeder_id, transformer_feeders.feeder_id)
left join substation_regions using (substation_id)
order by located.applied_on, located.application_id
