"""Validation, estimation, editing: what is doubtful becomes a finding, what is missing an estimate.

Nothing here changes an actual value. Findings are rows; a finding that no longer holds when its
days are judged again disappears.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import polars as pl

from ingest.lake import Writer, publish, replace_all_of, scan_table, writing
from ingest.merge import Arrival
from ingest.validation.flags import FLAGS, FOUND, joined, outside, runs
from ingest.validation.judge import judged
from ingest.validation.rules import Rules, read_rules
from ingest.validation.window import windows
from queries.manifest import read_manifest
from queries.schema import FINDINGS, UTC_INSTANT
from queries.settings import Settings

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
    same days again changes nothing unless the readings have. The state of the lake is read at the
    start; what arrives meanwhile is judged next time.

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
    found = find(settings, first_day, last_day, rules=rules, progress=progress)
    arrival = Arrival(f"vee-{uuid4().hex}", now or datetime.now(UTC))
    with writing(settings) as writer:
        kept = _replace(writer, found, rules, (first_day, last_day), arrival)
        publish(writer)
    return kept


def find(
    settings: Settings,
    first_day: date,
    last_day: date,
    *,
    rules: Rules,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """FOUND: what the rules see on some days of the lake as it is now; nothing is written."""
    manifest = read_manifest(settings.lake_uri)
    reader = Writer(settings.lake_uri, manifest, dict(manifest.versions))
    standing = _standing(reader, rules, first_day)
    flagged: dict[str, list[pl.DataFrame]] = {name: [FLAGS.to_frame()] for name in rules.rules}
    for window in windows(reader, settings, rules, first_day, last_day):
        for name, rows in judged(window, rules, standing):
            flagged[name].append(rows)
            if name == "stopped" and not rows.is_empty():
                until = rows.group_by("subject_id").agg(pl.col("day").max().alias("last_day"))
                standing = pl.concat([standing, until.select(pl.lit(name).alias("rule"), pl.all())])
        if progress:
            progress(window.last_day)
    parts = [runs(rules[name], pl.concat(rows)) for name, rows in flagged.items()]
    return pl.concat([FOUND.to_frame(), *parts]).sort("rule", "subject_id", "first_day")


def _standing(reader: Writer, rules: Rules, first_day: date) -> pl.DataFrame:
    """Findings that reached into the history before ``first_day``."""
    since = first_day - timedelta(days=rules.lookback_days)
    return (
        scan_table(reader, FINDINGS)
        .filter(pl.col("last_day").is_between(since, first_day - timedelta(days=1)))
        .select("rule", "subject_id", "last_day")
        .collect()
    )


def _replace(
    writer: Writer,
    found: pl.DataFrame,
    rules: Rules,
    days: tuple[date, date],
    arrival: Arrival,
) -> pl.DataFrame:
    """Put ``found`` in the place of what the same rules said of these days; returns what stands."""
    bridges = {name: rule.bridge_days for name, rule in rules.rules.items()}
    reach = timedelta(days=max(bridges.values()) + 1)
    held = (
        scan_table(writer, FINDINGS)
        .filter(pl.col("rule").is_in(list(rules.rules)) & pl.col("first_day").is_not_null())
        .filter((pl.col("last_day") >= days[0] - reach) & (pl.col("first_day") <= days[1] + reach))
        .collect()
    )
    said = held.select(FOUND.names())
    after = joined(pl.concat([outside(said, *days), found]), bridges)
    key = list(FINDINGS.key)
    compared = [pl.col(name) for name in FOUND]
    same = after.join(said, on=FOUND.names(), how="semi", nulls_equal=True)
    news = after.join(same, on=key, how="anti").select(
        *compared,
        pl.lit(arrival.batch_id).alias("batch_id"),
        pl.lit(arrival.received_at).cast(UTC_INSTANT).alias("received_at"),
    )
    gone = said.join(after, on=key, how="anti").select(key)
    subjects = pl.concat([gone, news.select(key)])
    if not subjects.is_empty():
        replace_all_of(writer, FINDINGS, news.select(FINDINGS.names), subjects)
    touching = (pl.col("last_day") >= days[0]) & (pl.col("first_day") <= days[1])
    return after.filter(touching).sort("rule", "subject_id", "first_day")
