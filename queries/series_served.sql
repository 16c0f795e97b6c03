-- The model that served each series last, a day ahead, and since when it has without a break.
--   $before_day      only days before it count; null: all
--   served_day       the last of these days
--   model_before     the model it took the place of; null: there was none
with day_ahead as (
    select distinct
        series_id,
        service_date,
        model
    from forecasts
    where lead_days = 1
        and quantile = 0.5
        and ($before_day::date is null or service_date < $before_day)
),

marked as (
    select
        series_id,
        service_date,
        model,
        lag(model) over days as model_before,
        max(service_date) over (partition by series_id) as served_day
    from day_ahead
    window days as (partition by series_id order by service_date)
)

select
    series_id,
    model,
    served_day,
    service_date as served_since,
    model_before
from marked
where model_before is distinct from model
qualify service_date = max(service_date) over (partition by series_id)
order by series_id
