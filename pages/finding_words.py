"""A finding in words: what was seen, what was expected, and why it matters.

The evidence of a finding is JSON with numbers and instants; every rule has its sentences in
``pages/text``, which name what of the evidence they say.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

from ingest.validation.rules import Rules
from pages import units
from pages.inputs import in_words
from pages.text import catalogue, language, t
from queries.schema import SLOT_MINUTES

_UNSAID: Mapping[str, frozenset[str]] = {
    "clock_drift": frozenset({"detail"}),  # the meter's own code of what happened
    "future_time": frozenset({"batch_id"}),
    "duplicate_differs": frozenset({"batch_id", "batch_id_now"}),
    "frozen_register": frozenset({"outcomes"}),  # forward, else it would be none
    # It is about currents: that the phase itself has voltage is said.
    "current_loss": frozenset({"others_low_v", "others_high_v"}),
    "reverse_current": frozenset({"others_low_v", "others_high_v"}),
}
"""Evidence that no sentence says, by rule: it stands in the raw evidence for who follows it up."""

_TELLING: Mapping[str, frozenset[str]] = {
    "stopped": frozenset({"basis"}),
    "offline": frozenset({"what", "arrived_at"}),
    "area_offline": frozenset({"arrived_at"}),
}
"""Evidence that chooses the sentence, by rule."""

_MADE_OF: Mapping[str, tuple[str, ...]] = {
    "drift": ("drift_seconds",),
    "rate": ("rate_seconds_per_day",),
    "change": ("change_seconds",),
    "ahead": ("ahead_seconds",),
    "covered": ("first_day", "last_day"),
    "through": ("what", "behind"),
    "others_v": ("others_low_v", "others_high_v"),
}
"""Words that are no evidence by themselves, and what they are made of."""

_DECIMALS = {
    "_seconds": 1,
    "_per_day": 2,
    "_v": 1,
    "_vah": 0,
    "_a": 2,
    "_kw": 2,
    "over_days": 1,
}
"""Digits after the point by how a name ends; three of anything else."""
_WH_PER_KWH = 1000
_NOTHING = "–"
_REACTIVE = "reactive"


def rule_name(known: Rules, name: str) -> str:
    """The rule in the reader's language; a rule that is no longer known by its code."""
    if name not in known.rules:
        return name
    return known[name].en if language() == "en" else known[name].zh


def seen(finding: Mapping[str, Any], zone: ZoneInfo) -> str:
    """What the readings show, one sentence; of the worst day where there are several.

    Args:
        finding: A row of ``findings``.
        zone: Whose clocks the instants go by.
    """
    return _said("finding_seen", finding, zone)


def expected(finding: Mapping[str, Any], zone: ZoneInfo) -> str:
    """What ought to stand there."""
    return _said("finding_expected", finding, zone)


def why(rule: str) -> str:
    """Why it matters, and what to do about it."""
    key = f"finding_why.{rule}"
    return t(key) if key in catalogue(language()) else ""


def says(rule: str, variant: str) -> frozenset[str]:
    """Names of evidence that the sentences about a variant of a rule say."""
    keys = (_key(kind, rule, variant) for kind in ("finding_seen", "finding_expected"))
    names = [name for key in keys if key for name in _names(key)]
    energies = [name.removesuffix("_kwh") + "_wh" for name in names if name.endswith("_kwh")]
    return frozenset([*names, *energies, *(of for name in names for of in _MADE_OF.get(name, ()))])


def unsaid(rule: str) -> frozenset[str]:
    """Names of evidence that no sentence of a rule says: left out, or only choosing among them."""
    return _UNSAID.get(rule, frozenset()) | _TELLING.get(rule, frozenset())


def variant_of(finding: Mapping[str, Any], evidence: Mapping[str, Any]) -> str:
    """Which of a rule's sentences fits; empty where it has but one."""
    rule = finding["rule"]
    if rule == "clock_drift" and "drift_seconds" not in evidence:
        return "reported"
    if rule == "stopped" and evidence.get("basis") != "current":
        return "reported" if evidence.get("least_before_wh") is None else "history"
    if rule in {"offline", "area_offline"} and evidence.get("arrived_at") is None:
        return "missing"
    return ""


def evidence_of(finding: Mapping[str, Any]) -> dict[str, Any]:
    """The evidence of a finding, empty where it has none."""
    return json.loads(finding["evidence"] or "{}")


def _said(kind: str, finding: Mapping[str, Any], zone: ZoneInfo) -> str:
    evidence = evidence_of(finding)
    key = _key(kind, finding["rule"], variant_of(finding, evidence))
    if key is None:  # a rule of another version, or of master data: as it was written
        return finding["value" if kind == "finding_seen" else "expected"] or _NOTHING
    wanted = _names(key)
    words = {n: _word(n, value, zone) for n, value in evidence.items() if n in wanted}
    words |= _energies(evidence) | _around(finding) | _compounds(evidence)
    # Older findings carry less evidence: what is not there is a dash.
    text = t(key, **{name: words.get(name, _NOTHING) for name in wanted})
    return text[:1].upper() + text[1:]


def _key(kind: str, rule: str, variant: str) -> str | None:
    known = catalogue(language())
    for key in (f"{kind}.{rule}_{variant}", f"{kind}.{rule}"):
        if key in known:
            return key
    return None


def _names(key: str) -> tuple[str, ...]:
    return _fields(catalogue(language())[key])


@cache
def _fields(text: str) -> tuple[str, ...]:
    return tuple(name for _, name, _, _ in Formatter().parse(text) if name)


def _energies(evidence: Mapping[str, Any]) -> dict[str, str]:
    """What the evidence holds in watt-hours, in kilowatt-hours."""
    return {
        name.removesuffix("_wh") + "_kwh": _number("_kwh", value / _WH_PER_KWH)
        for name, value in evidence.items()
        if name.endswith("_wh") and value is not None
    }


def _around(finding: Mapping[str, Any]) -> dict[str, str]:
    """What the row says beside its evidence."""
    table, _, channel = finding["found_in"].partition(".")
    spans_days = finding["first_day"] != finding["last_day"]
    return {
        "worst": t("finding_word.worst") if spans_days else "",
        "first": t("finding_word.first") if spans_days else "",
        "channel": in_words("finding_channel", channel),
        "unit": "kvarh" if channel.startswith(_REACTIVE) else "kWh",
        "source": in_words("finding_source", table),
    }


def _compounds(evidence: Mapping[str, Any]) -> dict[str, str]:
    """Words that several values make together, or that need a sign put in words."""
    words = {}
    for name in ("drift", "rate", "change"):
        if (seconds := evidence.get(_MADE_OF[name][0])) is not None:
            sign = "fast" if seconds > 0 else "slow"
            words[name] = t(f"finding_word.{sign}", time=_duration(abs(seconds)))
    if (ahead := evidence.get("ahead_seconds")) is not None:
        words["ahead"] = _duration(ahead)
    if all(evidence.get(name) for name in _MADE_OF["covered"]):
        first, last = (date.fromisoformat(evidence[name]) for name in _MADE_OF["covered"])
        words["covered"] = units.days(first, last)
    low, high = (evidence.get(name) for name in _MADE_OF["others_v"])
    if low is not None and high is not None:
        ends = _number("_v", low), _number("_v", high)
        words["others_v"] = "–".join(dict.fromkeys(ends))
    what, behind = (evidence.get(name) for name in _MADE_OF["through"])
    words["through"] = ""
    if what and behind:
        device = t(f"finding_what.{what}").lower()
        words["through"] = t("finding_word.through", what=device, behind=behind)
    return words


def _word(name: str, value: object, zone: ZoneInfo) -> str:
    if name == "ended_at":
        key = "ended" if value else "not_ended"
        return t(f"finding_word.{key}", at=_instant(str(value), zone) if value else _NOTHING)
    if isinstance(value, bool):
        return t(f"finding_word.{name}_{str(value).lower()}")
    if isinstance(value, str):
        return _text(name, value, zone)
    if isinstance(value, int | float):
        return _measure(name, value)
    return _NOTHING


def _measure(name: str, value: float) -> str:
    if name in {"slot", "maximum_slot"}:
        hours, minutes = divmod(int(value) * SLOT_MINUTES, 60)
        return f"{hours:02d}:{minutes:02d}"
    return units.share(value) if name.endswith("_share") else _number(name, value)


def _text(name: str, value: str, zone: ZoneInfo) -> str:
    if name.endswith(("_at", "_time", "known_from", "known_until")):
        return _instant(value, zone)
    if name == "phase":
        return value.upper()
    if name == "kind":
        return t(f"device_kind.{value}").lower()
    if name == "outcomes":
        return t("finding_word.and").join(t(f"finding_outcome.{one}") for one in value.split("+"))
    return value


def _number(name: str, value: float) -> str:
    """Without zeros that say nothing: ``12.5``, ``1,234.567``."""
    decimals = next((n for end, n in _DECIMALS.items() if name.endswith(end)), 3)
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _instant(text: str, zone: ZoneInfo) -> str:
    """By local clocks, with seconds where there are any."""
    local = datetime.fromisoformat(text).astimezone(zone)
    return f"{units.day(local.date())} {local:%H:%M}{f':{local:%S}' if local.second else ''}"


def _duration(seconds: float) -> str:
    """``96 s``, ``12.5 min`` or ``6 h``: the largest unit of which there are two."""
    for name, size in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return t(f"finding_word.{name}", count=_number("_seconds", seconds / size))
    return t("finding_word.seconds", count=_number("_per_day", seconds))
