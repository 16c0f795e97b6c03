-- The pieces of advice that are kept for the usage points of a region, the largest saving first.
--   $kind       only this kind; null: all
--   $advised    the status of what is advised
--   is_best     of its usage point's pieces, whatever kinds are asked for, the one that saves most
with newest as (
    select
        advices.usage_point_id,
        advices.customer_id,
        advices.customer_class,
        advices.kind,
        advices.saving_kwh,
        advices.before_cny,
        advices.saving_cny,
        advices.cost_cny,
        advices.payback_years,
        advices.confidence,
        advices.first_day,
        advices.last_day,
        advices.status
    from advices
    inner join region_places using (usage_point_id)
    qualify advices.month = max(advices.month) over (partition by advices.usage_point_id)
),
ranked as (
    select
        *,
        row_number() over (
            partition by usage_point_id
            order by saving_cny desc, kind
        ) = 1 as is_best
    from newest
    where status = $advised
)
select
    usage_point_id,
    customer_id,
    customer_class,
    kind,
    saving_kwh,
    before_cny,
    saving_cny,
    case
        when before_cny > 0 then saving_cny::double / before_cny::double
    end as saving_share,
    cost_cny,
    payback_years,
    confidence,
    is_best,
    first_day,
    last_day
from ranked
where $kind is null or kind = $kind
order by
    saving_cny desc,
    usage_point_id,
    kind
