-- What the collectors brought since an instant.
--   $since           aware instant
--   received_at      of the last arrival; null: none
--   readings         new or corrected
select
    max(batches.received_at) as received_at,
    coalesce(sum(batches.new_readings + batches.corrected_readings), 0)::bigint as readings,
    count(*) as batches
from batches
where batches.received_at >= $since
    and contains(batches.format, 'arrivals')
order by all
