-- Energy taken by region, industry and month: what was read, and what it is with its gaps filled.
--   region_id, division   as in queries/segment_points.sql
--   energy_kwh     each point's mean power over what was read, times its days in use in the month
--   squares_kwh2   sum of squares of what was read of every point
--   read_kwh       sum of what was read
--   read_minutes, due_minutes   what was read of it, and of how much
with point_months as (
    select
        daily.usage_point_id,
        date_trunc('month', daily.service_date)::date as month,
        sum(daily.energy_wh) as energy_wh,
        sum((daily.actual_slots + daily.estimated_slots) * daily.interval_minutes) as read_minutes
    from area_daily_totals as daily
    where daily.channel = 'import' or starts_with(daily.channel, 'import.')
    group by daily.usage_point_id, date_trunc('month', daily.service_date)
),

point_spans as (
    select
        usage_point_id,
        min(service_date) as first_day,
        max(service_date) as last_day,
        count(distinct channel) as registers
    from area_daily_totals
    where channel = 'import' or starts_with(channel, 'import.')
    group by usage_point_id
),

filled as (
    select
        points.region_id,
        points.division,
        point_months.month,
        point_months.energy_wh,
        point_months.read_minutes,
        (
            least(point_spans.last_day, last_day(point_months.month))
            - greatest(point_spans.first_day, point_months.month) + 1
        ) * 1440 * point_spans.registers as due_minutes
    from point_months
    inner join segment_points as points using (usage_point_id)
    inner join point_spans using (usage_point_id)
)

select
    region_id,
    division,
    month,
    count(*)::bigint as usage_points,
    sum(
        case
            when read_minutes > 0 then energy_wh * greatest(1, due_minutes / read_minutes)
            else 0
        end
    ) / 1000.0 as energy_kwh,
    sum(power(energy_wh / 1000.0, 2)) as squares_kwh2,
    sum(energy_wh)::double / 1000.0 as read_kwh,
    sum(read_minutes)::bigint as read_minutes,
    sum(due_minutes)::bigint as due_minutes
from filled
group by region_id, division, month
order by region_id, division, month
