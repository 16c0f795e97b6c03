-- Findings that touch some days, with the place of their subject.
--   $first_day, $last_day   service dates, both included
--   $rule                   only this one; null: all
--   $region_id              null: also what no register places
--   $usage_point_id         only what is said of it, of its meters and of its area; null: all
--   magnitude               of the worst day, in the unit of the rule
with subjects as (
    select
        'usage_point' as what,
        usage_point_id as subject_id,
        usage_point_id,
        transformer_id,
        feeder_id,
        region_id
    from region_places
    union all
    select
        'meter',
        meters.meter_id,
        arg_max(region_places.usage_point_id, meters.valid_from),
        any_value(region_places.transformer_id),
        any_value(region_places.feeder_id),
        any_value(region_places.region_id)
    from meters
    inner join region_places using (usage_point_id)
    group by meters.meter_id
    union all
    select
        'transformer',
        transformer_id,
        null,
        transformer_id,
        any_value(feeder_id),
        any_value(region_id)
    from region_places
    where transformer_id is not null
    group by transformer_id
),

about as (
    select
        'usage_point' as what,
        $usage_point_id::varchar as subject_id
    union
    select
        'meter',
        meter_id
    from meters
    where usage_point_id = $usage_point_id
    union
    select
        'transformer',
        transformer_id
    from region_places
    where usage_point_id = $usage_point_id
)

select
    findings.rule,
    findings.what,
    findings.subject_id,
    findings.found_in,
    findings.value,
    findings.expected,
    findings.first_day,
    findings.last_day,
    (findings.last_day - findings.first_day + 1)::bigint as days,
    findings.magnitude,
    findings.evidence,
    subjects.usage_point_id,
    subjects.transformer_id,
    subjects.feeder_id,
    subjects.region_id
from findings
left join subjects
    on subjects.what = findings.what
    and subjects.subject_id = findings.subject_id
where findings.first_day <= $last_day
    and findings.last_day >= $first_day
    and ($rule::varchar is null or findings.rule = $rule)
    and ($region_id::varchar is null or subjects.subject_id is not null)
    and (
        $usage_point_id::varchar is null
        or (findings.what, findings.subject_id) in (select (what, subject_id) from about)
    )
order by findings.rule, days desc, findings.magnitude desc nulls last, findings.subject_id,
    findings.first_day, findings.found_in
