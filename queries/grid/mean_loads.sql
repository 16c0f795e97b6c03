-- Mean load of areas over some days: the sum of the means of the points that stand for each.
--   $areas, $points            pairs: an area and a usage point that counts for it
--   $first_day, $last_day      service dates, both included
--   $least_share               of the intervals due: a point with fewer is not known
--   mean_kw                    imported − fed back; null: a point is not known
with members as (
    select
        unnest($areas::varchar[]) as area_id,
        unnest($points::varchar[]) as usage_point_id
),

totals as (
    select
        usage_point_id,
        sum(case when starts_with(channel, 'import') then energy_wh else -energy_wh end) as net_wh,
        sum((actual_slots + estimated_slots) * interval_minutes / 60.0)
            filter (where channel = 'import') as hours
    from daily_totals
    where service_date between $first_day and $last_day
        -- the months are what reaches the files
        and service_month between strftime($first_day::date, '%Y-%m')
            and strftime($last_day::date, '%Y-%m')
        and (starts_with(channel, 'import') or starts_with(channel, 'export'))
    group by usage_point_id
)

select
    members.area_id,
    case
        when bool_and(
            totals.hours >= $least_share * 24 * ($last_day::date - $first_day::date + 1)
        )
            then sum(totals.net_wh / totals.hours / 1000)
    end::double as mean_kw
from members
inner join totals using (usage_point_id)
group by members.area_id
order by members.area_id
