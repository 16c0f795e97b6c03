"""Validation, estimation, editing: what is doubtful becomes a finding, what is missing an estimate.

Nothing here changes an actual value. Findings are rows; a finding that no longer holds when its
days are judged again disappears.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import polars as pl

from ingest.batch import Batch
from ingest.lake import Writer, append, publish, replace_all_of, scan_table, upsert, writing
from ingest.merge import Arrival
from ingest.store import Stored, derive, store
from ingest.validation.estimations import METHODS, method_rows, news, profiles
from ingest.validation.flags import FOUND, outside, pieces, runs
from ingest.validation.gap_days import GapDays, gap_days
from ingest.validation.gaps import Estimate, Ladder
from ingest.validation.gaps import estimate as estimate_gaps
from ingest.validation.judge import STOPPED, judged
from ingest.validation.rules import Rules, read_rules
from ingest.validation.window import windows
from queries.manifest import read_manifest
from queries.schema import BATCHES, ESTIMATIONS, FINDINGS, UTC_INSTANT
from queries.settings import Settings

_FILLED_AT_ONCE = 5_000
_FORMAT = "estimated"

Progress = Callable[[date], None]
"""Called with the last day judged so far."""


def validate(  # noqa: PLR0913 - whose lake, which days, and how it is watched
    settings: Settings,
    first_day: date,
    last_day: date,
    *,
    rules: Rules | None = None,
    progress: Progress | None = None,
    now: datetime | None = None,
) -> pl.DataFrame:
    """Judge some days of the whole fleet and keep what is found in ``findings``.

    What findings said of these days before goes, what they said of other days stays: judging the
    same days again changes nothing unless the readings have. A few days before them are judged
    too, as many as a rule may need to see its sign often enough. The state of the lake is read at
    the start; what arrives meanwhile is judged next time.

    Args:
        settings: Where the lake is.
        first_day: Service date, included.
        last_day: Likewise.
        rules: Thresholds; None: ``vee.toml``.
        progress: Called as days are done.
        now: When this is known; None: now.

    Returns:
        FOUND: the findings that touch these days, with the days before and after that they join.
    """
    rules = rules or read_rules(settings)
    since = first_day - timedelta(days=_margin_days(rules))
    seen = signs(settings, since, last_day, rules=rules, progress=progress)
    arrival = Arrival(f"vee-{uuid4().hex}", now or datetime.now(UTC))
    with writing(settings) as writer:
        kept = _replace(writer, seen, rules, (since, last_day), arrival)
        publish(writer)
    touching = (pl.col("last_day") >= first_day) & (pl.col("first_day") <= last_day)
    return kept.filter(touching).sort("rule", "subject_id", "first_day")


def find(settings: Settings, first_day: date, last_day: date, *, rules: Rules) -> pl.DataFrame:
    """FOUND: what the rules see on some days of the lake as it is now; nothing is written."""
    return runs(rules.rules, signs(settings, first_day, last_day, rules=rules)).sort(
        "rule", "subject_id", "first_day"
    )


def has_found(settings: Settings, rules: Rules) -> bool:
    """Whether any of the rules has found anything in this lake so far."""
    manifest = read_manifest(settings.lake_uri)
    reader = Writer(settings.lake_uri, manifest, dict(manifest.versions))
    said = scan_table(reader, FINDINGS).filter(pl.col("rule").is_in(list(rules.rules)))
    return not said.head(1).collect().is_empty()


def _margin_days(rules: Rules) -> int:
    """Days before those asked for with which a sign of theirs may be a finding [days].

    A rule that wants three days in a row is not to miss them because it is asked day by day.
    """
    return max((rule.min_days - 1) * (rule.bridge_days + 1) for rule in rules.rules.values())


def signs(
    settings: Settings,
    first_day: date,
    last_day: date,
    *,
    rules: Rules,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """FOUND, one row a rule, subject and day: what the rules see day by day."""
    manifest = read_manifest(settings.lake_uri)
    reader = Writer(settings.lake_uri, manifest, dict(manifest.versions))
    standing = _standing(reader, rules, first_day)
    parts = [FOUND.to_frame()]
    for window in windows(reader, settings, rules, first_day, last_day):
        for name, rows in judged(window, rules, standing):
            parts.append(pieces(name, rows))
            if name == STOPPED and not rows.is_empty():
                until = rows.group_by("subject_id").agg(pl.col("day").max().alias("last_day"))
                standing = pl.concat([standing, until.select(pl.lit(name).alias("rule"), pl.all())])
        if progress:
            progress(window.last_day)
    return pl.concat(parts)


def _standing(reader: Writer, rules: Rules, first_day: date) -> pl.DataFrame:
    """Findings that reached into the history before ``first_day``."""
    since = first_day - timedelta(days=rules.lookback_days)
    return (
        scan_table(reader, FINDINGS)
        .filter(pl.col("first_day") < first_day, pl.col("last_day") >= since)
        .select(
            "rule",
            "subject_id",
            pl.min_horizontal("last_day", pl.lit(first_day - timedelta(days=1))).alias("last_day"),
        )
        .collect()
    )


def _replace(
    writer: Writer,
    seen: pl.DataFrame,
    rules: Rules,
    days: tuple[date, date],
    arrival: Arrival,
) -> pl.DataFrame:
    """Put what was seen in the place of what the same rules said of these days; what stands now."""
    reach = timedelta(days=max(rule.bridge_days for rule in rules.rules.values()) + 1)
    said = (
        scan_table(writer, FINDINGS)
        .filter(pl.col("rule").is_in(list(rules.rules)) & pl.col("first_day").is_not_null())
        .filter((pl.col("last_day") >= days[0] - reach) & (pl.col("first_day") <= days[1] + reach))
        .select(FOUND.names())
        .collect()
    )
    after = runs(rules.rules, pl.concat([outside(said, *days), seen]))
    key = list(FINDINGS.key)
    same = after.join(said, on=FOUND.names(), how="semi", nulls_equal=True)
    news = after.join(same, on=key, how="anti").select(
        *FOUND.names(),
        pl.lit(arrival.batch_id).alias("batch_id"),
        pl.lit(arrival.received_at).cast(UTC_INSTANT).alias("received_at"),
    )
    gone = said.join(after, on=key, how="anti").select(key)
    subjects = pl.concat([gone, news.select(key)])
    if not subjects.is_empty():
        replace_all_of(writer, FINDINGS, news.select(FINDINGS.names), subjects)
    return after


@dataclass(slots=True)
class Estimated:
    """What an estimation did.

    Attributes:
        slots: Missing readings that have a value now.
        corrected: Earlier estimates that changed.
        methods: METHODS, a row a piece of a gap.
    """

    slots: int
    corrected: int
    methods: pl.DataFrame


def estimate(  # noqa: PLR0913 - whose lake, which days, and how they are filled
    settings: Settings,
    first_day: date,
    last_day: date,
    *,
    rules: Rules | None = None,
    again: bool = False,
    now: datetime | None = None,
) -> Estimated:
    """Fill the gaps of some days of the whole fleet, every slot marked E, its method recorded.

    No value that was read is touched, and one that comes later takes the estimate's place. Asked
    twice, the second time changes nothing.

    Args:
        settings: Where the lake is.
        first_day: Service date, included.
        last_day: Likewise. A register difference that reaches over these days is filled whole.
        rules: Settings of the estimators; None: ``vee.toml``.
        again: Also the slots estimated here before, with what is known by now.
        now: When this is known; None: now.

    Returns:
        What was filled. A gap that neither like days nor registers speak of stays missing.
    """
    rules = rules or read_rules(settings)
    ladder = _ladder(rules)
    stored, methods = Stored(), [METHODS.to_frame()]
    with writing(settings) as writer:
        arrival = Arrival(f"vee-{uuid4().hex}", _moment(writer, now))
        found = gap_days(writer, settings, rules, first_day, last_day, again=again)
        for block in _blocks(found, ladder):
            batch = Batch(profiles=profiles(block, arrival.received_at))
            store(writer, batch, arrival, stored)
            rows = [row for gaps, filled in block for row in method_rows(gaps, filled)]
            methods.append(pl.DataFrame(rows, schema=METHODS))
        said = pl.concat(methods)
        if not said.is_empty():
            _note(writer, said, stored, arrival)
            derive(writer, settings, stored)
            publish(writer)
    return Estimated(stored.new, stored.corrected, said)


def _ladder(rules: Rules) -> Ladder:
    given = rules.estimation
    return Ladder(
        interpolation_minutes=given["interpolation_minutes"],
        like_days=int(given["like_days"]),
        reach_days=int(given["like_day_reach_days"]),
        least_like_days=int(given["least_like_days"]),
        count_wh=given["count_kwh"] * 1000,
    )


def _blocks(
    found: Iterator[GapDays], ladder: Ladder
) -> Iterator[list[tuple[GapDays, list[Estimate]]]]:
    """Meters with their estimates, so many at once as fit in memory."""
    waiting: list[tuple[GapDays, list[Estimate]]] = []
    for gaps in found:
        filled = news(gaps, estimate_gaps(gaps.days, gaps.differences, ladder))
        if filled:
            waiting.append((gaps, filled))
        if len(waiting) >= _FILLED_AT_ONCE:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _moment(writer: Writer, now: datetime | None) -> datetime:
    """From when on the lake knows; never before what it knew already."""
    latest = scan_table(writer, BATCHES).select(pl.col("received_at").max()).collect().item()
    moment = now or datetime.now(UTC)
    return max(moment, latest + timedelta(microseconds=1)) if latest else moment


def _note(writer: Writer, said: pl.DataFrame, stored: Stored, arrival: Arrival) -> None:
    stamp = (
        pl.lit(arrival.batch_id).alias("batch_id"),
        pl.lit(arrival.received_at).cast(UTC_INSTANT).alias("received_at"),
    )
    upsert(writer, ESTIMATIONS, said.with_columns(stamp).select(ESTIMATIONS.names))
    row = {
        "batch_id": arrival.batch_id,
        "source": "vee",
        "format": _FORMAT,
        "new_readings": stored.new,
        "corrected_readings": stored.corrected,
        "unchanged_readings": stored.unchanged,
        "quarantined": 0,
        "received_at": arrival.received_at,
    }
    append(writer, BATCHES, pl.DataFrame([row], schema=BATCHES.schema))
