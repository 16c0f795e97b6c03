-- Load of every day by region and industry: the energy of its quarters of an hour.
--   region_id, division   as in outlook_history.sql
--   $first_day            service date from which on
--   interval_minutes      of the profiles summed up; a longer interval fills its first quarter
--   t0000 …               energy of the quarters [Wh]
with points as (
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
)

select
    points.region_id,
    points.division,
    profiles.service_date,
    profiles.interval_minutes,
    sum(columns('(t\d{4})'))::bigint as '\1'
from area_energy_profiles as profiles
inner join points using (usage_point_id)
where profiles.service_date >= $first_day
    and (profiles.channel = 'import' or starts_with(profiles.channel, 'import.'))
group by points.region_id, points.division, profiles.service_date, profiles.interval_minutes
order by points.region_id, points.division, profiles.service_date, profiles.interval_minutes
