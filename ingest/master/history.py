"""Dated history of the reference tables: what was true when, and since when it was known.

The rows of a key that are known now form its **history**: periods ``[valid_from, valid_to)`` that
do not overlap. An incoming row is a **statement** about a period. On any day the statement that
began last speaks; where it ends, an earlier one that still reaches there speaks again. A statement
that begins on the day a known period begins replaces that period. From these two rules follow new
periods, insertions into the past, corrections and early ends, whatever the order of the rows.
"""

from datetime import date, datetime

import polars as pl

from queries.schema import UTC_INSTANT, Table

OPEN_BEGINNING = date(1900, 1, 1)
"""``valid_from`` of what has no known beginning: the first undated row about a new key."""
_OPEN_END = date(9999, 12, 31)

_STAMPS = ("known_from", "known_until", "batch_id")
_PERIOD = ("valid_from", "valid_to")


def as_of(frame: pl.DataFrame, *, day: date, known_at: datetime | None = None) -> pl.DataFrame:
    """Rows of a reference table that were true on ``day`` as known at ``known_at`` (None: now)."""
    known = (
        pl.col("known_until").is_null()
        if known_at is None
        else (pl.col("known_from") <= known_at)
        & (pl.col("known_until").is_null() | (pl.col("known_until") > known_at))
    )
    true = (pl.col("valid_from") <= day) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") > day)
    )
    return frame.filter(known & true)


def increment(  # noqa: PLR0913 - two tables, and what must be said about the arrival
    current: pl.DataFrame,
    incoming: pl.DataFrame,
    *,
    table: Table,
    known_at: datetime,
    batch_id: str,
    effective_day: date,
    is_full: bool,
    listed: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The whole table after ``incoming`` has become known; ``current`` if that says nothing new.

    Args:
        current: The table with all its versions, as ``table`` declares it.
        incoming: ``valid_from``, ``valid_to``, the key and any of the table's own columns. A column
            that is left out is not spoken about: the value known on the first day of the row stays.
            A null in a column that is there says that the value is empty.
        table: One of REFERENCE_TABLES.
        known_at: Instant of arrival (aware); not before anything ``current`` knows.
        batch_id: Stamped on every row that is added.
        effective_day: Day of arrival in the zone's standard time. From this day an undated row
            holds when its key is known and says something else; an undated row about a new key
            holds since OPEN_BEGINNING, as does one beside dated rows of the same key.
        is_full: Whether ``incoming`` is a complete dump: keys that are valid on ``effective_day``
            and absent from it end on that day, with all that was planned for them later.
        listed: Keys that the dump names although it has no good row about them: they do not end.

    Returns:
        Old versions closed by ``known_until``, new ones added; sorted by key and ``valid_from``.

    Raises:
        ValueError: ``incoming`` has a null key, a period that ends before it begins or no row in a
            complete dump; or ``known_at`` would rewrite knowledge.
    """
    _check(current, incoming, table=table, known_at=known_at, is_full=is_full)
    key = list(table.key)
    own = [name for name in table.names if name not in {*_STAMPS, *_PERIOD}]
    identity = [*own, "valid_from", "end"]
    history = _segments(current.filter(pl.col("known_until").is_null()).select(*own, *_PERIOD))
    statements = _statements(incoming, history, own=own, key=key, day=effective_day)
    news = statements.join(history, on=identity, how="anti", nulls_equal=True)
    statements = statements.join(news, on=key, how="semi")
    touched = history.join(news, on=key, how="semi")
    gone = _gone(history, incoming, key=key, day=effective_day) if is_full else history.clear()
    gone = gone if listed is None else gone.join(listed, on=key, how="anti")
    was = pl.concat([touched, gone])
    now = pl.concat([_flatten(touched, statements, key=key, own=own), _cut(gone, effective_day)])
    added = now.join(was, on=identity, how="anti", nulls_equal=True)
    closed = was.join(now, on=identity, how="anti", nulls_equal=True).select(*key, "valid_from")
    if added.is_empty() and closed.is_empty():
        return current
    added = added.with_columns(
        valid_to=pl.when(pl.col("end") != _OPEN_END).then("end"),
        known_from=pl.lit(known_at, UTC_INSTANT),
        known_until=pl.lit(None, UTC_INSTANT),
        batch_id=pl.lit(batch_id),
    ).select(table.names)
    return pl.concat([_closed(current, closed, key=key, known_at=known_at), added]).sort(
        *key, "valid_from", "known_from"
    )


def _check(
    current: pl.DataFrame,
    incoming: pl.DataFrame,
    *,
    table: Table,
    known_at: datetime,
    is_full: bool,
) -> None:
    wanted = {*table.key, *_PERIOD}
    allowed = set(table.names) - set(_STAMPS)
    if wanted - set(incoming.columns) or set(incoming.columns) - allowed:
        raise ValueError(
            f"{table.name}: incoming columns are {incoming.columns}; expected {sorted(wanted)} "
            f"and any of {sorted(allowed - wanted)}"
        )
    if is_full and incoming.is_empty():
        raise ValueError(
            f"{table.name}: the complete dump has no rows, so every key would end. "
            "Leave the table out, or send it as an increment."
        )
    bad = incoming.filter(
        pl.any_horizontal(pl.col(*table.key).is_null())
        | (pl.col("valid_to") <= pl.col("valid_from"))
    )
    if bad.height:
        raise ValueError(
            f"{table.name}: {bad.height} incoming rows have no key or end before they begin, "
            f"first {bad.select(*table.key, *_PERIOD).row(0)}; reject them before they are stored"
        )
    latest = current.select(pl.max_horizontal(pl.col("known_from", "known_until").max())).item()
    if latest is not None and known_at < latest:
        raise ValueError(
            f"{table.name}: known_at {known_at} is before {latest}, when the table last changed; "
            "what was known then cannot be changed afterwards. Use the time of arrival."
        )


def _segments(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(end=pl.col("valid_to").fill_null(_OPEN_END)).drop("valid_to")


def _gone(
    history: pl.DataFrame, incoming: pl.DataFrame, *, key: list[str], day: date
) -> pl.DataFrame:
    """The history of the keys that are valid on ``day`` and absent from a complete dump."""
    absent = history.join(incoming, on=key, how="anti")
    valid = absent.filter((pl.col("valid_from") <= day) & (pl.col("end") > day))
    return absent.join(valid, on=key, how="semi")


def _cut(history: pl.DataFrame, day: date) -> pl.DataFrame:
    return history.filter(pl.col("valid_from") < day).with_columns(
        end=pl.min_horizontal("end", pl.lit(day))
    )


def _closed(
    current: pl.DataFrame, closed: pl.DataFrame, *, key: list[str], known_at: datetime
) -> pl.DataFrame:
    """``current`` where what was known of the ``closed`` periods ends at ``known_at``."""
    marked = current.join(closed.with_columns(is_closed=True), on=[*key, "valid_from"], how="left")
    ends = pl.col("is_closed") & pl.col("known_until").is_null()
    return marked.with_columns(
        known_until=pl.when(ends).then(pl.lit(known_at, UTC_INSTANT)).otherwise("known_until")
    ).select(current.columns)


def _statements(
    incoming: pl.DataFrame, history: pl.DataFrame, *, own: list[str], key: list[str], day: date
) -> pl.DataFrame:
    """What ``incoming`` says, with all columns, the first day and the day it ends.

    Of several rows about one key and first day, or of several undated ones, the last counts.
    """
    said = [name for name in own if name in incoming.columns and name not in key]
    rows = incoming.with_columns(
        is_dated=pl.col("valid_from").is_not_null().any().over(key),
        last_asked=pl.col("valid_to").dt.offset_by("-1d").fill_null(_OPEN_END),
    ).with_columns(
        asked=pl.when("is_dated")
        .then(pl.col("valid_from").fill_null(OPEN_BEGINNING))
        .otherwise(pl.min_horizontal("last_asked", pl.lit(day)))
    )
    known = history.rename({name: f"{name}:known" for name in [*own, "end"] if name not in key})
    rows = (
        rows.with_columns(named=pl.when("is_dated").then("asked"))
        .unique([*key, "named"], keep="last", maintain_order=True)
        .sort("asked", maintain_order=True)
        .join_asof(
            known.with_columns(since="valid_from").drop("valid_from").sort("since"),
            left_on="asked",
            right_on="since",
            by=key,
            check_sortedness=False,
        )
        .join(history.select(key).unique().with_columns(is_known=True), on=key, how="left")
    )
    same = pl.all_horizontal(
        pl.lit(True),  # noqa: FBT003 - a table may say nothing beside its key
        *(pl.col(name).eq_missing(pl.col(f"{name}:known")) for name in said),
    )
    unsaid = [name for name in own if name not in key and name not in said]
    return (
        rows.with_columns(
            *(pl.col(f"{name}:known").alias(name) for name in unsaid),
            valid_from=pl.when("is_dated").then("asked").otherwise(_undated_start(same, day)),
            end=pl.col("valid_to").fill_null(_OPEN_END),
        )
        .filter(pl.col("valid_from") < pl.col("end"))
        .select(*own, "valid_from", "end")
    )


def _undated_start(same: pl.Expr, day: date) -> pl.Expr:
    """First day of a row that names none; null where the row says nothing new."""
    end, has_end = pl.col("valid_to"), pl.col("valid_to").is_not_null()
    is_inside = (pl.col("end:known") > pl.col("asked")).fill_null(value=False)
    is_past = has_end & (end <= day)
    says_nothing = is_inside & same & (~has_end | (end == pl.col("end:known")))
    return (
        pl.when(pl.col("is_known").is_null())
        .then(pl.lit(OPEN_BEGINNING))
        .when(says_nothing | (is_past & ~is_inside))
        .then(None)
        .when(is_inside & has_end & (same | is_past))
        .then("since")
        .otherwise(pl.lit(day))
    )


def _flatten(
    history: pl.DataFrame, statements: pl.DataFrame, *, key: list[str], own: list[str]
) -> pl.DataFrame:
    """One row a period after ``statements`` have been laid over ``history``."""
    layers = (
        pl.concat([history.with_columns(is_new=False), statements.with_columns(is_new=True)])
        .with_columns(
            content=pl.struct(own).rank("dense"),
            is_replaced=~pl.col("is_new") & pl.col("is_new").any().over(*key, "valid_from"),
        )
        .with_row_index("layer")
    )
    standing = layers.filter(~pl.col("is_replaced"))
    days = pl.concat(
        [standing.select(*key, day="valid_from"), standing.select(*key, day="end")]
    ).unique()
    pieces = (
        days.sort(*key, "day")
        .with_columns(until=pl.col("day").shift(-1).over(key))
        .filter(pl.col("until").is_not_null())
        .join(standing.select(*key, "valid_from", "end", "layer", "content"), on=key)
        .filter((pl.col("valid_from") <= pl.col("day")) & (pl.col("day") < pl.col("end")))
        .sort(*key, "day", "valid_from")
        .unique([*key, "day"], keep="last", maintain_order=True)
    )
    label = pl.coalesce(-1 - pl.col("kept").cast(pl.Int64), pl.col("layer").cast(pl.Int64))
    breaks = (pl.col("until").shift() != pl.col("day")) | (
        pl.col("label").shift() != pl.col("label")
    )
    return (
        pieces.join(_kept(layers, pieces, key=key), on=[*key, "day"], how="left")
        .with_columns(label=label)
        .sort(*key, "day")
        .with_columns(run=breaks.fill_null(value=True).cum_sum().over(key))
        .group_by(*key, "run", maintain_order=True)
        .agg(pl.first("layer"), valid_from=pl.first("day"), end=pl.last("until"))
        .join(layers.select(*own, "layer"), on=[*key, "layer"], maintain_order="left")
        .select(*own, "valid_from", "end")
    )


def _kept(layers: pl.DataFrame, pieces: pl.DataFrame, *, key: list[str]) -> pl.DataFrame:
    """The pieces of known periods whose content stays the same on every day: they stay one row."""
    old = layers.filter(~pl.col("is_new")).select(
        *key, kept="layer", start="valid_from", stop="end", known="content"
    )
    inside = pieces.select(*key, "day", "until", "content").join(old, on=key)
    inside = inside.filter((pl.col("day") < pl.col("stop")) & (pl.col("until") > pl.col("start")))
    covered = (
        (pl.min_horizontal("until", "stop") - pl.max_horizontal("day", "start")).sum().over("kept")
    )
    is_same = (pl.col("content") == pl.col("known")).all().over("kept")
    return (
        inside.filter(is_same & (covered == pl.col("stop") - pl.col("start")))
        .filter(pl.col("day") >= pl.col("start"))
        .select(*key, "day", "kept")
    )
