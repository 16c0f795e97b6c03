-- Mean days of the area's usage points, by a class of days put together from months and classes.
--   $months, $day_classes, $kinds   which month (YYYY-MM) and class of day belong to which kind
--   $channel                        import, export …, with its numbered registers
--   kind                            one of $kinds
--   days                            days of the kind that have a profile
--   t0000 … t2345                   energy of these days together [Wh]; null: never read
with kinds as (
    select
        unnest($months::varchar[]) as month,
        unnest($day_classes::varchar[]) as day_class,
        unnest($kinds::integer[]) as kind
)

select
    cubes.usage_point_id,
    places.customer_class,
    kinds.kind,
    -- registers of a channel are added, their days are the same days
    (sum(cubes.days) / count(distinct cubes.channel))::double as days,
    sum(columns('(t\d{4})'))::bigint as '\1'
from area_load_cubes as cubes
inner join kinds using (month, day_class)
left join places on places.usage_point_id = cubes.usage_point_id
where cubes.statistic = 'sum'
    and cubes.month in (select unnest($months::varchar[]))
    and (cubes.channel = $channel or starts_with(cubes.channel, $channel || '.'))
group by cubes.usage_point_id, places.customer_class, kinds.kind
order by cubes.usage_point_id, kinds.kind
