"""One transformer area in words: why to go where, and whom to move to which phase."""

import re
from typing import Any
from zoneinfo import ZoneInfo

from pages import units
from pages.finding_words import seen as finding_seen
from pages.grid_words import voltage
from pages.text import t


def place(row: dict[str, Any]) -> str:
    """Where a visit goes: customer, number and address; the transformer itself without one."""
    if row["usage_point_id"] is None:
        return t("area_view.at_transformer")
    if row["customer_id"] is None:
        return t("area_view.own_meter", point=row["usage_point_id"])
    return f"{who(row)} {_plain(row['address'] or '')}".rstrip()


def who(row: dict[str, Any]) -> str:
    """A customer by name, masked or not, and the number of the usage point."""
    return t(
        "area_view.who",
        name=_plain(row["name"] or row["customer_id"] or ""),
        point=row["usage_point_id"],
    )


def _plain(text: str) -> str:
    # A masked name is 李**, which Markdown would take for bold.
    return re.sub(r"([*_\[\]`~])", r"\\\1", text)


def reason(row: dict[str, Any], zone: ZoneInfo) -> str:
    """Why to go there, one sentence."""
    kind, amount = row["reason"], row["amount"]
    if kind == "finding":
        return finding_seen(row, zone)
    if amount is None:
        return t("visit_reason.never_read")
    is_share = kind in {"loss", "gain"}
    return t(
        f"visit_reason.{kind}",
        days=f"{amount:,.0f}",
        hours=units.hours(amount),
        share=units.share(amount) if is_share else "",
        voltage=voltage(row["worst_v"]),
        since=units.day(row["since"]),
    )


def move(row: dict[str, Any], before: dict[str, Any]) -> str:
    """One move of the proposal, and what it does."""
    return t(
        "area_view.move",
        who=who(row),
        source=row["from_phase"],
        target=row["to_phase"],
        load=units.power(row["mean_kw"]),
        before=units.share(before["imbalance_share"]),
        after=units.share(row["imbalance_share"]),
    )
