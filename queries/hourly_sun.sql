-- Observed irradiance of every hour by region.
--   $first_day, $last_day   service dates, both included
--   $offset_minutes         standard time − UTC
--   hour                    0–23, standard time
--   irradiance_w_per_m2     mean of the hour's observations
with observed as (
    select
        region_id,
        (valid_at at time zone 'UTC' + to_minutes($offset_minutes::integer)) as standard_time,
        irradiance_w_per_m2
    from weather
    where issued_at is null
        and irradiance_w_per_m2 is not null
        and valid_at >= $first_day::date - 2
        and valid_at < $last_day::date + 2
)

select
    region_id,
    standard_time::date as service_date,
    extract(hour from standard_time)::integer as hour,
    avg(irradiance_w_per_m2)::double as irradiance_w_per_m2
from observed
where standard_time::date between $first_day and $last_day
group by region_id, standard_time::date, extract(hour from standard_time)
order by region_id, service_date, hour
