-- Energy of the area on a mean day, by month, class of day and quarter of an hour.
--   $first_month, $last_month   YYYY-MM, both included
--   $channel                    import, export …, with its numbered registers
--   class_days                  days of the class in the month
--   t0000 … t2345               sum of the means of all usage points over the days each was read
--                               [Wh]; null: nobody was read
select
    month,
    day_class,
    max(days)::bigint as class_days,
    sum(columns('(t\d{4})') / days)::double as '\1'
from area_load_cubes
where statistic = 'sum'
    and month between $first_month and $last_month
    and (channel = $channel or starts_with(channel, $channel || '.'))
    and days > 0
group by month, day_class
order by month, day_class
