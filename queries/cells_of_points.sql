-- Energy of the area's usage points by month and class of day, one row a register.
--   $first_month, $last_month   YYYY-MM, both included
--   $channel                    import, export …, with its numbered registers
--   days                        of the class that have a profile
--   t0000 … t2345               energy of these days together [Wh]; null: never read
select
    usage_point_id,
    month,
    day_class,
    days::bigint as days,
    columns('(t\d{4})')::bigint as '\1'
from area_load_cubes
where statistic = 'sum'
    and month between $first_month and $last_month
    and (channel = $channel or starts_with(channel, $channel || '.'))
    and days > 0
order by month, day_class
