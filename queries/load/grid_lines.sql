-- What belongs together on the map: transformers to their substation, nodes to their parent.
--   $feeder_id          only of this feeder, with its low-voltage networks; null: feeders alone
--   kind                feeder: which substation a transformer hangs on, not the way of the line;
--                       low_voltage: a line of the low-voltage network, from pole to pole
--   longitude …         one end; to_longitude … the other
with transformer_rows as (
    select
        transformer_id,
        arg_max(feeder_id, valid_from) as feeder_id,
        arg_max(longitude, valid_from) as longitude,
        arg_max(latitude, valid_from) as latitude
    from transformers
    where transformer_id in (select transformer_id from region_places)
        and ($feeder_id::varchar is null or feeder_id = $feeder_id)
    group by transformer_id
),

feeder_rows as (
    select
        feeder_id,
        arg_max(substation_id, valid_from) as substation_id
    from feeders
    group by feeder_id
),

substation_rows as (
    select
        substation_id,
        arg_max(name, valid_from) as name,
        arg_max(name_en, valid_from) as name_en,
        arg_max(longitude, valid_from) as longitude,
        arg_max(latitude, valid_from) as latitude
    from substations
    group by substation_id
),

nodes as (
    select
        network_node_id,
        arg_max(transformer_id, valid_from) as transformer_id,
        arg_max_null(parent_network_node_id, valid_from) as parent_network_node_id,
        arg_max(longitude, valid_from) as longitude,
        arg_max(latitude, valid_from) as latitude
    from network_nodes
    where $feeder_id::varchar is not null
    group by network_node_id
),

lines as (
    select
        'feeder' as kind,
        transformer_rows.transformer_id as line_id,
        transformer_rows.feeder_id,
        substation_rows.substation_id,
        substation_rows.name,
        substation_rows.name_en,
        substation_rows.longitude,
        substation_rows.latitude,
        transformer_rows.longitude as to_longitude,
        transformer_rows.latitude as to_latitude
    from transformer_rows
    inner join feeder_rows using (feeder_id)
    inner join substation_rows using (substation_id)
    union all
    select
        'low_voltage',
        nodes.network_node_id,
        transformer_rows.feeder_id,
        null,
        null,
        null,
        coalesce(parents.longitude, transformer_rows.longitude),
        coalesce(parents.latitude, transformer_rows.latitude),
        nodes.longitude,
        nodes.latitude
    from nodes
    inner join transformer_rows using (transformer_id)
    left join nodes as parents
        on parents.network_node_id = nodes.parent_network_node_id
)

select
    kind,
    line_id,
    feeder_id,
    substation_id,
    name,
    name_en,
    longitude,
    latitude,
    to_longitude,
    to_latitude
from lines
where longitude is not null
    and latitude is not null
    and to_longitude is not null
    and to_latitude is not null
order by kind, feeder_id, line_id
