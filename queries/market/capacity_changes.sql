-- What the register says of the capacity of an area's usage points, and of its changes.
--   region_id       where it lies; null: in none
--   group_id        as in table point_groups; null: in none
--   capacity_kva    contracted, else operating capacity; null: no register says
--   status          operating, suspended, closed
--   valid_from      first day on which the row is true
--   valid_to        first day on which it no longer is; null: open
select
    usage_points.usage_point_id,
    region_places.region_id,
    point_groups.group_id,
    coalesce(
        usage_points.contracted_capacity_kva, usage_points.operating_capacity_kva
    ) as capacity_kva,
    coalesce(usage_points.status, 'operating') as status,
    usage_points.valid_from,
    usage_points.valid_to
from usage_points
inner join area_points using (usage_point_id)
left join region_places using (usage_point_id)
left join point_groups using (usage_point_id)
order by usage_points.usage_point_id, usage_points.valid_from
