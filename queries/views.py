"""The SQL of the views that every question reads: scoped, current or as of an instant."""

from datetime import datetime, timedelta

from queries.schema import SLOTS, TABLES, Table

_SLOT_PATTERN = r"t\d{4}"


def quoted(text: str) -> str:
    """``text`` as a SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def source(table: Table, file_list: tuple[str, ...]) -> str:
    """A select over exactly these Parquet files, with the table's columns and types."""
    names = ", ".join(table.names)
    paths = ", ".join(quoted(file) for file in file_list)
    types = ", ".join(f"{quoted(c)}: 'varchar'" for c in table.partition_by)
    hive = f", hive_partitioning = true, hive_types = {{{types}}}" if types else ""
    return f"select {names} from read_parquet([{paths}]{hive})"


def known(relation: str, known_at: datetime | None) -> str:
    """Rows of a reference table as known now, or at ``known_at``."""
    if known_at is None:
        return f"select * from {relation} where known_until is null"
    moment = quoted(known_at.isoformat())
    return (
        f"select * from {relation} where known_from <= {moment}::timestamptz "
        f"and (known_until is null or known_until > {moment}::timestamptz)"
    )


PLACES = """
select
    usage_points.usage_point_id,
    arg_max_null(usage_points.customer_id, usage_points.valid_from) as customer_id,
    arg_max_null(usage_points.customer_class, usage_points.valid_from) as customer_class,
    arg_max_null(usage_points.price_code, usage_points.valid_from) as price_code,
    arg_max_null(usage_points.transformer_id, usage_points.valid_from) as transformer_id,
    arg_max_null(
        coalesce(usage_points.feeder_id, transformers.feeder_id), usage_points.valid_from
    ) as feeder_id,
    arg_max_null(feeders.substation_id, usage_points.valid_from) as substation_id,
    arg_max_null(
        coalesce(usage_points.region_id, substations.region_id), usage_points.valid_from
    ) as region_id,
    arg_max_null(usage_points.status, usage_points.valid_from) as status,
    arg_max_null(usage_points.metering_purpose, usage_points.valid_from)
        is not distinct from 'check' as is_check,
    min(usage_points.valid_from) as valid_from,
    case
        when bool_and(usage_points.status is not distinct from 'closed')
            then min(usage_points.valid_from)
        when bool_and(
            usage_points.valid_to is not null or usage_points.status is not distinct from 'closed'
        )
            then max(usage_points.valid_to) filter (
                where usage_points.status is distinct from 'closed'
            )
    end as valid_to
from {usage_points} as usage_points
left join (
    select transformer_id, any_value(feeder_id) as feeder_id
    from {transformers} where valid_to is null group by transformer_id
) as transformers using (transformer_id)
left join (
    select feeder_id, any_value(substation_id) as substation_id
    from {feeders} where valid_to is null group by feeder_id
) as feeders on feeders.feeder_id = coalesce(usage_points.feeder_id, transformers.feeder_id)
left join (
    select substation_id, any_value(region_id) as region_id
    from {substations} where valid_to is null group by substation_id
) as substations using (substation_id)
group by usage_points.usage_point_id
"""
"""One row a usage point: where it hangs on the grid today, whether it only checks (考核: it is no
customer's), and from when to when it is in use (not closed)."""


def readings(standard_offset: timedelta, zone_name: str) -> str:
    """The long form of ``energy_profiles``: one row a reading, missing ones included.

    Filter on service_date and usage_point_id: these reach the files, interval_start does not.
    """
    minutes = int(standard_offset.total_seconds() // 60)
    instant = f"timezone('UTC', service_date + to_minutes(slot_minute - {minutes}))"
    return f"""
select
    usage_point_id,
    channel,
    service_date,
    interval_minutes,
    slot_minute::smallint as slot_minute,
    {instant} as interval_start,
    timezone({quoted(zone_name)}, {instant}) as local_start,
    energy_wh,
    case
        when energy_wh is null then 'N'
        else coalesce(substr(quality, (slot_minute // 15 + 1)::bigint, 1), 'A')
    end as quality
from (
    select
        usage_point_id,
        channel,
        service_date,
        interval_minutes,
        quality,
        substr(slot, 2, 2)::integer * 60 + substr(slot, 4, 2)::integer as slot_minute,
        energy_wh
    from energy_profiles
    unpivot include nulls (energy_wh for slot in (columns('{_SLOT_PATTERN}')))
)
where energy_wh is not null or slot_minute % interval_minutes = 0
"""


def profiles_as_of(known_at: datetime, profiles: str, alternate: str, superseded: str) -> str:
    """``energy_profiles`` as the lake knew it at ``known_at``.

    Days unchanged since are read as they stand. For the others every slot is what was current
    then: the present value if it was there already, else the superseded one that was.
    """
    moment = f"{quoted(known_at.isoformat())}::timestamptz"
    key = "usage_point_id, channel, service_date"
    columns = ", ".join(TABLES["energy_profiles"].names)
    masked = ",\n".join(
        f"case when list_last(list_filter(slot_history, lambda run: run.slot <= {i})).received_at "
        f"<= {moment} then {slot} end as {slot}"
        for i, slot in enumerate(SLOTS)
    )
    letters = " || ".join(
        f"coalesce(max(case when {slot} is not null "
        f"then coalesce(substr(quality, {i + 1}, 1), 'A') end), 'N')"
        for i, slot in enumerate(SLOTS)
    )
    slots = ", ".join(f"max({slot}) as {slot}" for slot in SLOTS)
    plain = ", ".join(SLOTS)
    common = f"{key}, service_month, interval_minutes, quality, issued_at, batch_id"
    present = " + ".join(f"({slot} is not null)::integer" for slot in SLOTS)
    return f"""
with stored as (
    select * from {profiles} union all by name select * from {alternate}
),
changed as (
    select distinct {key} from stored where received_at > {moment}
),
pieces as (
    select {common}, received_at, {plain}
    from stored semi join changed using ({key})
    where received_at <= {moment}
    union all by name
    select {common}, {moment} as received_at, {masked}
    from stored semi join changed using ({key})
    where received_at > {moment} and slot_history is not null
    union all by name
    select {common}, known_from as received_at, {plain}
    from {superseded}
    where known_from <= {moment} and known_until > {moment}
),
rebuilt as (
    select {key}, service_month, interval_minutes, {slots}, {letters} as letters,
        max(issued_at) as issued_at, max(batch_id) as batch_id, max(received_at) as received_at
    from pieces
    group by {key}, service_month, interval_minutes
),
best as (
    select *,
        ({present}) * interval_minutes as present_minutes,
        (length(letters) - length(replace(letters, 'A', ''))) * interval_minutes as actual_minutes
    from rebuilt
    qualify row_number() over (
        partition by {key} order by actual_minutes desc, present_minutes desc, interval_minutes
    ) = 1
)
select {columns} from {profiles} as current anti join changed using ({key})
union all by name
select {key}, service_month, interval_minutes, {plain},
    case when letters similar to '[AN]*' then null else letters end as quality,
    issued_at,
    null::struct(slot smallint, issued_at timestamptz, received_at timestamptz)[] as slot_history,
    batch_id, received_at
from best
where present_minutes > 0
"""
