-- Mean temperature of every day of standard time, as observed.
--   $offset_minutes   of the zone's standard time from UTC
--   temperature_c     of days with an observation at four hours or more
select
    region_id,
    (valid_at at time zone 'UTC' + to_minutes($offset_minutes::bigint))::date as service_date,
    avg(temperature_c)::double as temperature_c
from weather
where issued_at is null and temperature_c is not null
group by region_id, (valid_at at time zone 'UTC' + to_minutes($offset_minutes::bigint))::date
having count(*) >= 4
order by region_id, service_date
