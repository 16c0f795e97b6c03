"""Which permitted choice suits each customer, and what it saves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.accounts import Accounts, Agreement
from queries.billing.as_in_force import as_in_force
from queries.billing.choices import (
    LEAST_MONTHS,
    POLICIES,
    Offer,
    basic_charges_of,
    is_two_part,
    offers,
)
from queries.billing.contract_value import contracts_of_quarters
from queries.billing.cube_limits import CubeLimit
from queries.billing.customer_names import with_names
from queries.billing.day_rows import Routed
from queries.billing.exact_arrays import Exacts
from queries.billing.lab import BLOCK, Lab, laboratory, with_maxima, with_use_before
from queries.billing.lab import READS as LAB_READS
from queries.billing.measured import Measured
from queries.billing.pricing import price
from queries.billing.simulate import LEAST_READINGS_SHARE, MONEY, cny
from queries.billing.tariff_model import Tariff
from queries.billing.tariffs import known_tariffs

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "name": pl.String(),
        "customer_class": pl.String(),
        "tariff_code": pl.String(),
        "basic_charge": pl.String(),
        "has_time_of_use": pl.Boolean(),
        "policy": pl.String(),
        "notice": pl.String(),
        "contract_kw": pl.List(pl.Int64()),
        "basic_charges": pl.List(pl.String()),
        "energy_kwh": pl.Float64(),
        "has_other_terms": pl.Boolean(),
        "has_own_contract": pl.Boolean(),
        "now_cny": MONEY,
        "owed_cny": MONEY,
        "saving_cny": MONEY,
        "saving_share": pl.Float64(),
        "is_now": pl.Boolean(),
        "is_best": pl.Boolean(),
    }
)
READS = (*LAB_READS, "customers")
_LEFT_OUT = ("has_other_terms", "has_own_contract")


@dataclass(frozen=True, slots=True)
class _Tried:
    """An offer worked out for the accounts that may take it.

    Attributes:
        fen: What they would owe [fen, (accounts,)].
        contracts_kw: The best contract of every quarter (accounts, quarters); None: no contract.
        kinds: The basic charge of every quarter (quarters, accounts); None where it is one.
    """

    fen: np.ndarray
    contracts_kw: np.ndarray | None = None
    kinds: np.ndarray | None = None


def best_choice(  # noqa: PLR0913 - days, a selection
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    usage_point_id: str | None = None,
    only_best: bool = False,
) -> pl.DataFrame:
    """What every account would owe under each choice it has, the load staying as it is.

    Told with hindsight: the contract and the basic charge that would have been best in each quarter
    of the span. A choice of the basic charge is kept for a quarter at least.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First day, included.
        last_day: Last day, included; bills are those of calendar months, quarters are counted from
            the first of them.
        region_id: Only accounts of this region; None: all in the user's scope.
        usage_point_id: Only this one.
        only_best: Only the best choice of each account.

    Returns:
        A row an account and choice, the cheapest first; accounts that have nothing to choose, no
        tariff, or of which less than nine tenths was read are left out. ``name`` is masked as the
        scope says. ``policy`` is why it may be chosen (a code of ``choices.POLICIES``), ``notice``
        the number of the national notice, if there is one. ``basic_charge`` is ``capacity``,
        ``contract``, ``maximum``, ``by_quarter``, or ``as_now`` where there is none to choose;
        ``basic_charges`` and ``contract_kw`` are those of each quarter. ``tariff_code`` and
        ``basic_charge`` of the row that ``is_now`` say what the account has. ``has_other_terms``
        and ``has_own_contract`` say what is not in its bills, as ``lab.Lab`` has them.
    """
    lab = laboratory(first_day, last_day, lake, region_id=region_id)
    known = known_tariffs()
    takers = _takers(lab, known, usage_point_id)
    frames = []
    for offer, rows in takers.items():
        tried = _tried(lab, offer, np.array(rows), lake)
        frames.append(_frame(lab, offer, np.array(rows), tried))
    if not frames:
        return RETURNS.to_frame()
    # Of equal ones what is had already, then what need not be changed by the quarter.
    found = with_names(pl.concat(frames), lake).sort(
        "usage_point_id",
        "owed_fen",
        ~pl.col("is_now"),
        pl.col("basic_charge") == "by_quarter",
        maintain_order=True,
    )
    now = pl.col("owed_fen").filter(pl.col("is_now")).first().over("usage_point_id")
    found = found.with_columns(
        now.alias("now_fen"),
        (pl.int_range(pl.len()).over("usage_point_id") == 0).alias("is_best"),
    )
    found = found.with_columns(
        cny(found["now_fen"]).alias("now_cny"),
        cny(found["owed_fen"]).alias("owed_cny"),
        cny(found["now_fen"] - found["owed_fen"]).alias("saving_cny"),
        pl.when(pl.col("now_fen") > 0)
        .then(1 - pl.col("owed_fen") / pl.col("now_fen"))
        .alias("saving_share"),
    ).select(RETURNS.names())
    return found.filter(pl.col("is_best")) if only_best else found


def _takers(
    lab: Lab, known: dict[str, Tariff], usage_point_id: str | None
) -> dict[Offer, list[int]]:
    """The accounts that may take each offer."""
    found: dict[Offer, list[int]] = {}
    for row, point in enumerate(lab.points.iter_rows(named=True)):
        is_asked = usage_point_id in {None, point["usage_point_id"]}
        is_complete = point["readings_share"] >= LEAST_READINGS_SHARE
        if not is_asked or point["tariff_code"] is None or not is_complete:
            continue
        agreement = lab.accounts.agreements[lab.accounts.index[row]]
        open_to = offers(
            known[point["tariff_code"]],
            known,
            capacity_kva=float(agreement.capacity_kva),
            has_time_of_use=agreement.has_time_of_use,
        )
        others = [offer for offer in open_to[1:] if not _is_had(offer, open_to[0], agreement)]
        if others:
            for offer in (open_to[0], *others):
                found.setdefault(offer, []).append(row)
    return found


def _is_had(offer: Offer, now: Offer, agreement: Agreement) -> bool:
    """Whether an offer is what the account has; a contract may have another value."""
    is_same = (offer.tariff, offer.has_time_of_use) == (now.tariff, now.has_time_of_use)
    return is_same and offer.basic_charge in {"capacity", "maximum"} & {agreement.choice}


def _tried(lab: Lab, offer: Offer, rows: np.ndarray, lake: DuckDBPyConnection) -> _Tried:
    """What the accounts ``rows`` would owe under an offer; by day rows what no cube can bill."""
    tariff = as_in_force(offer.tariff, lab.bills[0][0], lab.bills[-1][1])
    everyone, _ = with_use_before(lab, tariff, lake)
    tried = _Trial(lab, offer, tariff, everyone)
    cube = lab.cube
    try:
        return _by_load(tried, rows, cube.those(rows))
    except CubeLimit as limit:
        if limit.reason == "no_maxima":
            cube = with_maxima(lab, lake)
    try:
        return _by_load(tried, rows, cube.those(rows))
    except CubeLimit:
        pass
    blocks = []
    for first in range(0, len(rows), BLOCK):
        those = rows[first : first + BLOCK]
        points = lab.points["usage_point_id"][those].to_list()
        blocks.append(_by_load(tried, those, Routed(cube.those(those), lake, points)))
    return _Tried(
        np.concatenate([one.fen for one in blocks]),
        _joined([one.contracts_kw for one in blocks], axis=0),
        _joined([one.kinds for one in blocks], axis=1),
    )


def _joined(parts: Sequence[np.ndarray | None], *, axis: int) -> np.ndarray | None:
    """Parts of all accounts as one; None where there is none."""
    found = [one for one in parts if one is not None]
    return np.concatenate(found, axis=axis) if found else None


@dataclass(frozen=True, slots=True)
class _Trial:
    """An offer to be worked out: its tariff as if in force, everyone with the tiers' use before."""

    lab: Lab
    offer: Offer
    tariff: Tariff
    everyone: Accounts


def _by_load(trial: _Trial, rows: np.ndarray, load: Measured) -> _Tried:
    """What the accounts ``rows``, whose load is ``load``, would owe under an offer."""
    lab, offer, tariff = trial.lab, trial.offer, trial.tariff
    agreements = [_under(offer, one) for one in _agreements(lab, rows)]
    if offer.basic_charge == "as_now":
        used = {
            counter: Exacts(kwh.units[rows], kwh.per)
            for counter, kwh in trial.everyone.used_before.items()
        }
        accounts = replace(Accounts.of(agreements), used_before=used)
        return _Tried(_fen(tariff, load, lab.bills, accounts))
    quarters = [
        lab.bills[first : first + LEAST_MONTHS] for first in range(0, len(lab.bills), LEAST_MONTHS)
    ]
    signed = contracts_of_quarters(tariff, load, lab.bills, agreements)
    contracts = np.zeros((load.count, len(quarters)), np.int64)
    contracts = contracts if signed is None else signed.contracts_kw
    kinds = basic_charges_of(tariff)
    by_kind: dict[str, np.ndarray] = {}
    for kind in kinds:
        if offer.basic_charge not in {kind, "by_quarter"}:
            continue
        by_kind[kind] = np.stack(
            [
                _fen(
                    tariff,
                    load,
                    bills,
                    Accounts.of(_chosen(agreements, kind, contracts[:, number])),
                )
                for number, bills in enumerate(quarters)
            ]
        )
    if offer.basic_charge != "by_quarter":
        has_contract = offer.basic_charge == "contract"
        return _Tried(by_kind[offer.basic_charge].sum(axis=0), contracts if has_contract else None)
    costs = np.stack([by_kind[kind] for kind in kinds])
    best = costs.argmin(axis=0)
    return _Tried(costs.min(axis=0).sum(axis=0), contracts, np.array(kinds)[best])


def _agreements(lab: Lab, rows: np.ndarray) -> list[Agreement]:
    return [lab.accounts.agreements[n] for n in lab.accounts.index[rows].tolist()]


def _under(offer: Offer, agreement: Agreement) -> Agreement:
    """The agreement under an offer; the surcharge on the agency's price ends with the agency."""
    times = Decimal(1) if offer.policy == "retail" else agreement.purchase_times
    return replace(agreement, has_time_of_use=offer.has_time_of_use, purchase_times=times)


def _chosen(
    agreements: Sequence[Agreement], kind: str, contracts_kw: np.ndarray
) -> list[Agreement]:
    return [
        replace(one, choice=kind, contract_kw=Decimal(int(kw)))
        for one, kw in zip(agreements, contracts_kw, strict=True)
    ]


def _fen(tariff: Tariff, load: Measured, bills: Sequence, accounts: Accounts) -> np.ndarray:
    priced = price(tariff, load, bills, accounts=accounts)
    return priced.totals().sum(axis=1).astype(np.int64)


def _frame(lab: Lab, offer: Offer, rows: np.ndarray, tried: _Tried) -> pl.DataFrame:
    columns = ["usage_point_id", "customer_id", "customer_class", "energy_kwh", *_LEFT_OUT]
    contracts = [None] * len(rows) if tried.contracts_kw is None else tried.contracts_kw.tolist()
    choices: list[str] = [offer.basic_charge] * len(rows)
    if offer.policy == "now" and is_two_part(offer.tariff):
        choices = [one.choice for one in _agreements(lab, rows)]
    kinds = [None] * len(rows) if tried.kinds is None else tried.kinds.T.tolist()
    return (
        lab.points[rows]
        .select(columns)
        .with_columns(
            pl.lit(offer.tariff.code).alias("tariff_code"),
            pl.Series("basic_charge", choices, dtype=pl.String),
            pl.lit(offer.has_time_of_use).alias("has_time_of_use"),
            pl.lit(offer.policy).alias("policy"),
            pl.lit(POLICIES[offer.policy] or None, pl.String).alias("notice"),
            pl.Series("contract_kw", contracts, dtype=pl.List(pl.Int64)),
            pl.Series("basic_charges", kinds, dtype=pl.List(pl.String)),
            pl.Series("owed_fen", tried.fen, dtype=pl.Int64),
            is_now=pl.lit(offer.policy == "now"),
        )
    )
