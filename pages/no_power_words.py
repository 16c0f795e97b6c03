"""Why no power, in words: the first answer, and the evidence for and against each cause."""

import polars as pl

from pages import units
from pages.bill_words import money
from pages.self_service_place import local_of
from pages.text import t

ICONS = {
    "sure": ":material/error:",
    "likely": ":material/priority_high:",
    "possible": ":material/help:",
    "unknown": ":material/question_mark:",
    "excluded": ":material/check:",
}


def first_answer(causes: pl.DataFrame) -> str:
    """The most certain cause with its verdict and evidence; or that nothing is known."""
    row = causes.row(0, named=True)
    if row["verdict"] in {"unknown", "excluded"}:
        return t("no_power.nothing")
    verdict = t(f"no_power.verdict_{row['verdict']}")
    return f"**{verdict}{cause_name(row)}**  \n{evidence(row)}"


def cause_name(row: dict) -> str:
    """What a cause is called."""
    return t(f"no_power.cause_{row['cause']}")


def evidence(row: dict) -> str:
    """What bears on one cause, in a sentence."""
    cause = row["cause"]
    values = {
        "area": row["area_id"] or "–",
        "neighbours": row["neighbours"] or 0,
        "off": row["neighbours_off"] or 0,
        "heard": row["neighbours_heard"] or 0,
        "areas": row["areas"] or 0,
        "areas_off": row["areas_off"] or 0,
        "since": units.moment(local_of(row["since"])),
        "until": units.moment(local_of(row["until"])),
        "overdue": money(row["overdue_cny"]),
        "days": row["overdue_days"] or 0,
        "voltage": units.share(row["voltage_share"]),
        "energy": _wh(row["energy_wh"]),
        "usual": _wh(row["usual_wh"]),
    }
    kind = cause
    if cause == "planned" and row["since"] is None:
        kind = "planned_none"
    if cause in {"feeder", "transformer"} and not row["neighbours"]:
        kind = "nobody"
    if cause == "behind_meter" and row["voltage_share"] is None:
        kind = "behind_meter_unmeasured"
    if cause == "meter_offline" and row["verdict"] == "excluded":
        kind = "meter_heard"
    if cause == "arrears" and not row["overdue_cny"]:
        kind = "arrears_none"
    if cause == "service_line" and row["since"] is None:
        kind = "service_line_none"
    return t(f"no_power.evidence_{kind}", **values)


def _wh(value: float | None) -> str:
    return "–" if value is None else f"{value / 1000:.2f} kWh"
