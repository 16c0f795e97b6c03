-- Differences between the register (档案) and what is read, one row a rule and subject.
--   $day           the register as it is true on this day, and readings up to it
--   $silent_days   a meter is silent when it lags the latest day read by more than this
--   value          what was found; expected: what should have stood there
--   first_day      null where the register does not say since when
with read_intervals as (
    select
        usage_point_id,
        interval_minutes,
        min(service_date) as first_day,
        max(service_date) as last_day,
        max(service_date) filter (where actual_slots > 0) as last_actual_day
    from daily_totals
    where service_date <= $day
    group by usage_point_id, interval_minutes
),
reads as (
    select
        usage_point_id,
        arg_max(interval_minutes, last_day) as interval_minutes,
        arg_max(first_day, last_day) as interval_since,
        min(first_day) as first_day,
        max(last_day) as last_day,
        max(last_actual_day) as last_actual_day
    from read_intervals
    group by usage_point_id
),
register as (
    select
        usage_point_id,
        bool_or(valid_from <= $day and (valid_to is null or valid_to > $day)) as is_valid,
        max(coalesce(valid_to, date '9999-12-31')) as ends_on,
        arg_max(region_id, valid_from) as region_id
    from usage_points
    group by usage_point_id
),
-- A region that is collected later, or long ago, says nothing of the meters of another.
fronts as (
    select
        coalesce(register.region_id, '') as region_id,
        max(reads.last_actual_day) as last_day
    from reads
    left join register using (usage_point_id)
    group by 1
),
valid_transformers as (
    select *
    from transformers
    where valid_from <= $day and (valid_to is null or valid_to > $day)
),
valid_feeders as (
    select feeder_id
    from feeders
    where valid_from <= $day and (valid_to is null or valid_to > $day)
),
valid_agreements as (
    select
        usage_point_id,
        max(tariff_code) as tariff_code
    from agreements
    where valid_from <= $day and (valid_to is null or valid_to > $day)
    group by usage_point_id
),
valid_points as (
    select
        *,
        usage_point_id in (
            select transformer_meter_id
            from valid_transformers
            where transformer_meter_id is not null
        ) or metering_purpose is not distinct from 'check' as is_check_meter
    from usage_points
    where
        valid_from <= $day
        and (valid_to is null or valid_to > $day)
        and coalesce(status, 'operating') <> 'closed'
),
valid_meters as (
    select
        meters.*,
        reads.interval_minutes as read_interval_minutes,
        reads.interval_since,
        reads.last_day,
        case when reads.last_actual_day >= meters.valid_from then reads.last_actual_day end
            as last_actual_day,
        coalesce(fronts.last_day, $day) as front_day
    from meters
    left join reads using (usage_point_id)
    left join register using (usage_point_id)
    left join fronts on fronts.region_id = coalesce(register.region_id, '')
    where meters.valid_from <= $day and (meters.valid_to is null or meters.valid_to > $day)
),
named_feeders as (
    select feeder_id from valid_points
    union all
    select feeder_id from valid_transformers
),
differences as (
    select
        'usage_point_not_in_register' as rule,
        'usage_point' as what,
        reads.usage_point_id as subject_id,
        'daily_totals' as value,
        'usage_points' as expected,
        reads.first_day,
        reads.last_day
    from reads
    anti join register using (usage_point_id)
    union all
    select
        'usage_point_read_after_its_end',
        'usage_point',
        reads.usage_point_id,
        reads.last_day::varchar,
        register.ends_on::varchar,
        register.ends_on,
        reads.last_day
    from reads
    inner join register using (usage_point_id)
    where not register.is_valid and reads.last_day >= register.ends_on
    union all
    select
        'usage_point_without_meter',
        'usage_point',
        valid_points.usage_point_id,
        null,
        'meters.meter_id',
        valid_points.valid_from,
        null
    from valid_points
    anti join valid_meters using (usage_point_id)
    where coalesce(valid_points.status, 'operating') = 'operating'
    union all
    select
        'meter_at_unknown_usage_point',
        'meter',
        valid_meters.meter_id,
        valid_meters.usage_point_id,
        'usage_points.usage_point_id',
        valid_meters.valid_from,
        null
    from valid_meters
    left join register using (usage_point_id)
    where register.is_valid is distinct from true
    union all
    select
        'meter_never_reported',
        'meter',
        valid_meters.meter_id,
        valid_meters.usage_point_id,
        'daily_totals',
        valid_meters.valid_from,
        valid_meters.front_day
    from valid_meters
    where
        valid_meters.last_actual_day is null
        and valid_meters.valid_from < valid_meters.front_day - $silent_days::integer
    union all
    select
        'meter_stopped_reporting',
        'meter',
        valid_meters.meter_id,
        valid_meters.last_actual_day::varchar,
        valid_meters.front_day::varchar,
        valid_meters.last_actual_day + 1,
        valid_meters.front_day
    from valid_meters
    where valid_meters.last_actual_day < valid_meters.front_day - $silent_days::integer
    union all
    select
        'usage_point_without_transformer',
        'usage_point',
        usage_point_id,
        voltage_kv::varchar,
        'usage_points.transformer_id',
        valid_from,
        null
    from valid_points
    where transformer_id is null and coalesce(voltage_kv, 0) < 1 and not is_check_meter
    union all
    select
        'transformer_unknown',
        'transformer',
        valid_points.transformer_id,
        count(*)::varchar,
        'transformers.transformer_id',
        min(valid_points.valid_from),
        null
    from valid_points
    anti join valid_transformers using (transformer_id)
    where valid_points.transformer_id is not null
    group by valid_points.transformer_id
    union all
    select
        'feeder_unknown',
        'feeder',
        named_feeders.feeder_id,
        count(*)::varchar,
        'feeders.feeder_id',
        null,
        null
    from named_feeders
    anti join valid_feeders using (feeder_id)
    where named_feeders.feeder_id is not null
    group by named_feeders.feeder_id
    union all
    select
        'usage_point_without_price',
        'usage_point',
        valid_points.usage_point_id,
        null,
        'usage_points.price_code, agreements.tariff_code',
        valid_points.valid_from,
        null
    from valid_points
    left join valid_agreements using (usage_point_id)
    where
        valid_points.price_code is null
        and valid_agreements.tariff_code is null
        and not valid_points.is_check_meter
    union all
    select
        'usage_point_without_agreement',
        'usage_point',
        valid_points.usage_point_id,
        null,
        'agreements.agreement_id',
        valid_points.valid_from,
        null
    from valid_points
    anti join valid_agreements using (usage_point_id)
    where
        not valid_points.is_check_meter
        and exists (select usage_point_id from valid_agreements)
    union all
    select
        'interval_differs',
        'meter',
        meter_id,
        read_interval_minutes::varchar,
        interval_minutes::varchar,
        greatest(interval_since, valid_from),
        last_day
    from valid_meters
    where last_day >= valid_from and lcm(interval_minutes, 15) <> read_interval_minutes
    union all
    select
        'meter_without_ratio',
        'meter',
        meter_id,
        concat_ws(' × ', coalesce(current_ratio::varchar, '?'), coalesce(voltage_ratio::varchar, '?')),
        'meters.current_ratio, meters.voltage_ratio',
        valid_from,
        null
    from valid_meters
    where current_ratio is null or voltage_ratio is null
)
select
    rule,
    what,
    subject_id,
    value,
    expected,
    case when first_day > date '1900-01-01' then first_day end as first_day,
    last_day
from differences
order by rule, subject_id, value
