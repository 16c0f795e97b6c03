-- Energy of the last year by transformer area, feeder and industry: who hangs on what.
--   $first_day, $last_day   service dates, both included
--   transformer_id          null: supplied at medium voltage
--   division                as in outlook_history.sql
--   squares_kwh2            sum of squares of the usage points' energy
with points as (
    select
        area_places.usage_point_id,
        area_places.transformer_id,
        area_places.feeder_id,
        case
            when area_places.customer_class = 'residential' then 'households'
            else coalesce(customers.division, '-')
        end as division
    from area_places
    left join (
        select
            customer_id,
            substr(arg_max(industry_code, valid_from), 1, 2) as division
        from customers
        group by customer_id
    ) as customers using (customer_id)
),

point_years as (
    select
        daily.usage_point_id,
        sum(daily.energy_wh) / 1000.0 as energy_kwh
    from daily_totals as daily
    inner join points using (usage_point_id)
    where daily.service_date between $first_day and $last_day
        and (daily.channel = 'import' or starts_with(daily.channel, 'import.'))
    group by daily.usage_point_id
)

select
    points.transformer_id,
    points.feeder_id,
    points.division,
    count(*)::bigint as usage_points,
    sum(point_years.energy_kwh)::double as energy_kwh,
    sum(power(point_years.energy_kwh, 2))::double as squares_kwh2
from point_years
inner join points using (usage_point_id)
group by points.transformer_id, points.feeder_id, points.division
order by points.transformer_id, points.feeder_id, points.division
