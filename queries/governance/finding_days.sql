-- Subjects under a finding by day, rule and region.
--   $first_day, $last_day   service dates, both included
--   $region_id              null: also what no register places
--   began                   those whose finding began that day
with subjects as (
    select
        'usage_point' as what,
        usage_point_id as subject_id,
        region_id
    from region_places
    union all
    select
        'meter',
        meters.meter_id,
        any_value(region_places.region_id)
    from meters
    inner join region_places using (usage_point_id)
    group by meters.meter_id
    union all
    select
        'transformer',
        transformer_id,
        any_value(region_id)
    from region_places
    where transformer_id is not null
    group by transformer_id
),

placed as (
    select
        findings.rule,
        findings.what,
        findings.subject_id,
        findings.first_day,
        subjects.region_id,
        unnest(
            generate_series(
                greatest(findings.first_day, $first_day::date),
                least(findings.last_day, $last_day::date),
                interval 1 day
            )
        )::date as service_date
    from findings
    left join subjects
        on subjects.what = findings.what
        and subjects.subject_id = findings.subject_id
    where findings.first_day <= $last_day
        and findings.last_day >= $first_day
        and ($region_id::varchar is null or subjects.subject_id is not null)
)

select
    service_date,
    rule,
    region_id,
    count(distinct (what, subject_id))::bigint as subjects,
    (count(distinct (what, subject_id)) filter (where first_day = service_date))::bigint as began
from placed
group by service_date, rule, region_id
order by service_date, rule, region_id nulls last
