-- One transformer area: what it is called, where it hangs, who is on it.
--   $transformer_id     the area
--   $day                service date: who is connected then
--   customers           accounts; null on a usage point is none
--   phase_a_points …    single-phase usage points by registered phase
--   solar_points        that fed anything back in the 31 days up to then
with points as (
    select
        usage_points.usage_point_id,
        any_value(usage_points.customer_id) as customer_id,
        any_value(usage_points.phase) as phase
    from usage_points
    where usage_points.transformer_id = $transformer_id
        and usage_points.metering_purpose is distinct from 'check'
        and coalesce(usage_points.status, 'operating') <> 'closed'
        and usage_points.valid_from <= $day
        and (usage_points.valid_to is null or usage_points.valid_to > $day)
    group by usage_points.usage_point_id
),

solar as (
    select distinct usage_point_id
    from daily_totals
    where service_date between $day::date - 30 and $day
        and service_month between strftime($day::date - 30, '%Y-%m')
            and strftime($day::date, '%Y-%m')
        and (channel = 'export' or starts_with(channel, 'export.'))
        and energy_wh > 0
),

counted as (
    select
        count(distinct points.customer_id) as customers,
        count(*) as usage_points,
        count(*) filter (where points.phase = 'A') as phase_a_points,
        count(*) filter (where points.phase = 'B') as phase_b_points,
        count(*) filter (where points.phase = 'C') as phase_c_points,
        count(*) filter (where length(points.phase) = 3) as three_phase_points,
        count(solar.usage_point_id) as solar_points
    from points
    left join solar using (usage_point_id)
),

transformer as (
    select
        transformer_id,
        arg_max(name, valid_from) as name,
        arg_max(name_en, valid_from) as name_en,
        arg_max(feeder_id, valid_from) as feeder_id,
        arg_max(rated_capacity_kva, valid_from) as rated_capacity_kva,
        arg_max(transformer_meter_id, valid_from) as meter_id
    from transformers
    where transformer_id = $transformer_id
    group by transformer_id
)

select
    transformer.transformer_id,
    transformer.name,
    transformer.name_en,
    transformer.feeder_id,
    any_value(feeders.name) as feeder_name,
    any_value(feeders.name_en) as feeder_name_en,
    transformer.rated_capacity_kva,
    transformer.meter_id,
    any_value(counted.customers) as customers,
    any_value(counted.usage_points) as usage_points,
    any_value(counted.phase_a_points) as phase_a_points,
    any_value(counted.phase_b_points) as phase_b_points,
    any_value(counted.phase_c_points) as phase_c_points,
    any_value(counted.three_phase_points) as three_phase_points,
    any_value(counted.solar_points) as solar_points
from transformer
cross join counted
left join feeders using (feeder_id)
group by
    transformer.transformer_id,
    transformer.name,
    transformer.name_en,
    transformer.feeder_id,
    transformer.rated_capacity_kva,
    transformer.meter_id
order by transformer.transformer_id
