-- Findings that touch some days about one area, its usage points and their meters.
--   $transformer_id            the area
--   $first_day, $last_day      service dates, both included
--   usage_point_id             null: about the area itself
with members as (
    select distinct usage_point_id
    from usage_points
    where transformer_id = $transformer_id
        and valid_from <= $last_day
        and (valid_to is null or valid_to > $last_day)
),

subjects as (
    select
        'usage_point' as what,
        usage_point_id as subject_id,
        usage_point_id
    from members
    union all
    select
        'meter',
        meters.meter_id,
        any_value(meters.usage_point_id)
    from meters
    inner join members using (usage_point_id)
    group by meters.meter_id
    union all
    select
        'transformer',
        $transformer_id,
        null
)

select
    subjects.usage_point_id,
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
order by findings.first_day, findings.rule, findings.subject_id
