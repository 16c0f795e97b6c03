-- Published value added of regions, and of industries in them.
--   $first_day, $last_day   periods within these days whole
--   series                  gross_domestic_product, or value_added_ and a section of GB/T 4754
--   value, value_unit       as published
select
    region_id,
    series,
    period_start,
    period_end,
    value,
    value_unit
from economy
where period_start >= $first_day
    and period_end <= $last_day
    and (series = 'gross_domestic_product' or starts_with(series, 'value_added_'))
order by region_id, series, period_start
