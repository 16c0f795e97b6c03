-- Findings of one usage point, its meters and its transformer area, in order of time.
--   $usage_point_id         one usage point
--   $first_day, $last_day   service dates, both included
with subjects as (
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
    from places
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
    findings.magnitude,
    findings.evidence
from findings
inner join subjects
    on subjects.what = findings.what
    and subjects.subject_id = findings.subject_id
where findings.first_day <= $last_day
    and findings.last_day >= $first_day
order by findings.first_day, findings.rule, findings.found_in, findings.subject_id
