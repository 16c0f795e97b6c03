-- The months of which there are portraits of the chosen usage points.
select
    month,
    count(*) as usage_points
from area_portraits
group by month
order by month
