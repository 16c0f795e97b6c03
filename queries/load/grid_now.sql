-- What the regions are called now.
--   area_id   the region
select
    region_id as area_id,
    arg_max(name, valid_from) as name,
    arg_max(name_en, valid_from) as name_en
from regions
group by region_id
order by region_id
