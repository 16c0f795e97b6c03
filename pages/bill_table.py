"""The lines of a bill as one table that unfolds: group, lines, sums. It prints as it stands."""

from collections.abc import Mapping, Sequence
from html import escape

import polars as pl

from pages.bill_words import exact, line_name, money, price_unit, unit_name
from pages.text import t

_STYLE = """<style>
.bill { font-variant-numeric: tabular-nums; font-size: 0.94rem; line-height: 1.35; }
.bill .row { display: grid; grid-template-columns: minmax(9rem, 1fr) 11.5rem 12.5rem 10rem;
  column-gap: 1rem; padding: 0.28rem 0.5rem; align-items: baseline; }
.bill .row > :not(:first-child) { text-align: right; }
.bill .names { opacity: 0.65; font-size: 0.85rem;
  border-bottom: 1px solid color-mix(in srgb, currentColor 30%, transparent); }
.bill .group { font-weight: 600; margin-top: 0.35rem;
  background: color-mix(in srgb, currentColor 5%, transparent); border-radius: 0.3rem; }
.bill summary { cursor: pointer; list-style: none; border-radius: 0.3rem; }
.bill summary::-webkit-details-marker { display: none; }
.bill summary > :first-child::before { content: "▸"; display: inline-block; width: 1.1rem;
  opacity: 0.55; }
.bill details[open] > summary > :first-child::before { content: "▾"; }
.bill summary:hover, .bill summary:focus-visible {
  background: color-mix(in srgb, currentColor 7%, transparent); }
.bill .how { margin: 0.1rem 0.5rem 0.5rem 1.6rem; padding-left: 0.8rem; font-size: 0.88rem;
  border-left: 2px solid color-mix(in srgb, currentColor 25%, transparent); opacity: 0.9; }
.bill .total { font-weight: 700; font-size: 1.02rem; margin-top: 0.4rem;
  border-top: 2px solid currentColor; }
@media (max-width: 640px) { .bill .row { grid-template-columns: 1fr 1fr; } }
@media print { .bill details { break-inside: avoid; }
  .bill details::details-content { content-visibility: visible; block-size: auto; } }
</style>"""


def bill_table(
    lines: pl.DataFrame, how: Mapping[int, Sequence[str]], *, is_open: bool = False
) -> str:
    """HTML of one part of a bill.

    Args:
        lines: Of one part, from ``bill_groups.grouped``.
        how: Sentences by line.
        is_open: Whether every line is unfolded.
    """
    names = ("bill.line", "bill.quantity", "bill.unit_price", "bill.amount")
    parts = [_STYLE, '<div class="bill">', _row("names", *(t(name) for name in names))]
    for (group,), of_group in lines.group_by("group", maintain_order=True):
        rows = list(of_group.iter_rows(named=True))
        parts.append(_row("group", t(f"bill_group.{group}"), "", "", money(rows[0]["group_cny"])))
        parts += [_line(row, how.get(row["line"], ()), is_open=is_open) for row in rows]
    total = lines["part_cny"].first()
    parts += [_row("total", t("bill.total"), "", "", money(total)), "</div>"]  # type: ignore[arg-type]
    return "".join(parts)


def _line(row: dict, how: Sequence[str], *, is_open: bool) -> str:
    price = exact(row["unit_price"], price_unit(row["unit"]))
    quantity = f"{exact(row['quantity'])} {unit_name(row['unit'])}"
    summary = _cells(line_name(row), quantity, price, money(row["amount_cny"]))
    said = "".join(f"<div>{escape(one)}</div>" for one in how)
    opened = " open" if is_open else ""
    return (
        f'<details{opened}><summary class="row">{summary}</summary>'
        f'<div class="how">{said}</div></details>'
    )


def _row(kind: str, *cells: str) -> str:
    return f'<div class="row {kind}">{_cells(*cells)}</div>'


def _cells(*cells: str) -> str:
    return "".join(f"<span>{escape(cell)}</span>" for cell in cells)
