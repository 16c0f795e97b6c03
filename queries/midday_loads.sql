-- What every usage point of the area took around noon of every day, what it never falls below in
-- the dark, and what it fed back.
--   $first_day, $last_day   service dates, both included
--   $first_hour, $hours     the hours around noon: standard hour at which they begin, and how many
--   day                     number of the day, 0 on $first_day
--   noon_kw                 mean import of these hours
--   floor_kw                lowest hour of import from 20 to 5 o'clock
--   export_kwh              fed back on the day; null: no register of it was read
with days as (
    select
        usage_point_id,
        service_date,
        channel = 'import' as is_only,
        (
            h00 * (0 between $first_hour and $first_hour + $hours - 1)::integer
            + h01 * (1 between $first_hour and $first_hour + $hours - 1)::integer
            + h02 * (2 between $first_hour and $first_hour + $hours - 1)::integer
            + h03 * (3 between $first_hour and $first_hour + $hours - 1)::integer
            + h04 * (4 between $first_hour and $first_hour + $hours - 1)::integer
            + h05 * (5 between $first_hour and $first_hour + $hours - 1)::integer
            + h06 * (6 between $first_hour and $first_hour + $hours - 1)::integer
            + h07 * (7 between $first_hour and $first_hour + $hours - 1)::integer
            + h08 * (8 between $first_hour and $first_hour + $hours - 1)::integer
            + h09 * (9 between $first_hour and $first_hour + $hours - 1)::integer
            + h10 * (10 between $first_hour and $first_hour + $hours - 1)::integer
            + h11 * (11 between $first_hour and $first_hour + $hours - 1)::integer
            + h12 * (12 between $first_hour and $first_hour + $hours - 1)::integer
            + h13 * (13 between $first_hour and $first_hour + $hours - 1)::integer
            + h14 * (14 between $first_hour and $first_hour + $hours - 1)::integer
            + h15 * (15 between $first_hour and $first_hour + $hours - 1)::integer
            + h16 * (16 between $first_hour and $first_hour + $hours - 1)::integer
            + h17 * (17 between $first_hour and $first_hour + $hours - 1)::integer
            + h18 * (18 between $first_hour and $first_hour + $hours - 1)::integer
            + h19 * (19 between $first_hour and $first_hour + $hours - 1)::integer
            + h20 * (20 between $first_hour and $first_hour + $hours - 1)::integer
            + h21 * (21 between $first_hour and $first_hour + $hours - 1)::integer
            + h22 * (22 between $first_hour and $first_hour + $hours - 1)::integer
            + h23 * (23 between $first_hour and $first_hour + $hours - 1)::integer
        ) / (1000.0 * $hours) as noon_kw,
        least(h20, h21, h22, h23, h00, h01, h02, h03, h04) / 1000.0 as floor_kw
    from area_daily_features
    where service_date between $first_day and $last_day
        and (channel = 'import' or starts_with(channel, 'import.'))
        and hours_read = 24
),

numbered as (
    select distinct usage_point_id from days where not is_only
),

imported as (
    select
        usage_point_id,
        service_date,
        noon_kw,
        floor_kw
    from days
    where usage_point_id not in (select numbered.usage_point_id from numbered)
    union all
    -- registers of a channel are added: few usage points have several
    select
        days.usage_point_id,
        days.service_date,
        sum(days.noon_kw) as noon_kw,
        sum(days.floor_kw) as floor_kw
    from days
    where days.usage_point_id in (select numbered.usage_point_id from numbered)
    group by days.usage_point_id, days.service_date
),

exported as (
    select
        usage_point_id,
        service_date,
        sum(
            h00 + h01 + h02 + h03 + h04 + h05 + h06 + h07 + h08 + h09 + h10 + h11
            + h12 + h13 + h14 + h15 + h16 + h17 + h18 + h19 + h20 + h21 + h22 + h23
        ) / 1000.0 as export_kwh
    from area_daily_features
    where service_date between $first_day and $last_day
        and (channel = 'export' or starts_with(channel, 'export.'))
        and hours_read = 24
    group by usage_point_id, service_date
)

select
    imported.usage_point_id,
    places.customer_class,
    places.region_id,
    (imported.service_date - $first_day::date)::integer as day,
    imported.noon_kw::float as noon_kw,
    imported.floor_kw::float as floor_kw,
    exported.export_kwh::float as export_kwh
from imported
left join exported
    on exported.usage_point_id = imported.usage_point_id
    and exported.service_date = imported.service_date
left join places on places.usage_point_id = imported.usage_point_id
order by imported.usage_point_id, day
