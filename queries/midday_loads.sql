-- What every usage point of the area took around noon of every day, what it never falls below in
-- the dark, and what it fed back.
--   $first_day, $last_day   service dates, both included
--   $first_hour, $hours     the hours around noon: standard hour at which they begin, and how many
--   day                     number of the day, 0 on $first_day
--   noon_kw                 mean import of these hours
--   floor_kw                lowest hour of import from 20 to 5 o'clock
--   export_kwh              fed back on the day; null: no register of it was read
with imported as (
    select
        usage_point_id,
        service_date,
        -- registers of a channel are added
        sum(list_sum(list_slice(hours, $first_hour + 1, $first_hour + $hours))) / (1000.0 * $hours)
            as noon_kw,
        sum(list_min(list_concat(hours[21:24], hours[1:5]))) / 1000.0 as floor_kw
    from (
        select
            usage_point_id,
            channel,
            service_date,
            [
                h00, h01, h02, h03, h04, h05, h06, h07, h08, h09, h10, h11,
                h12, h13, h14, h15, h16, h17, h18, h19, h20, h21, h22, h23
            ] as hours
        from area_daily_features
        where service_date between $first_day and $last_day
            and (channel = 'import' or starts_with(channel, 'import.'))
            and hours_read = 24
    )
    group by usage_point_id, service_date
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
