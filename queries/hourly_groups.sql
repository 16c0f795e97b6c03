-- Energy of groups of the area's usage points by day and quarter of an hour.
--   $first_day, $last_day   service dates, both included
--   $channel                import, export …, with its numbered registers
--   $group_by               all, customer_class, region, feeder, transformer
--   group_id                null: points in none
--   t0000 … t2345           energy by quarter in which the interval starts [Wh]; null: nobody read it
with grouped as (
    select
        usage_point_id,
        case $group_by
            when 'all' then 'all'
            when 'customer_class' then customer_class
            when 'region' then region_id
            when 'feeder' then feeder_id
            else transformer_id
        end as group_id
    from region_places
)

select
    grouped.group_id,
    (profiles.service_date - $first_day::date)::integer as day,
    sum(columns('(t\d{4})'))::bigint as '\1'
from area_energy_profiles as profiles
left join grouped using (usage_point_id)
where profiles.service_date between $first_day and $last_day
    and (profiles.channel = $channel or starts_with(profiles.channel, $channel || '.'))
group by grouped.group_id, profiles.service_date
order by grouped.group_id, day
