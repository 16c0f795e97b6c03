"""An offer: what it is, to whom it may go, and what it is worth to both sides."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from queries.billing.choices import POLICIES

Kind = Literal["tariff_choice", "policy_benefit", "retail_package", "package"]
KINDS: tuple[Kind, ...] = ("tariff_choice", "policy_benefit", "retail_package", "package")
"""What published rules let a customer choose; what a policy grants; what a retailer sells; a
permitted choice together with a rebate, made for some customers."""
NEEDS_CONSENT = {
    "tariff_choice": False,
    "policy_benefit": False,
    "retail_package": True,
    "package": True,
}
"""Telling a customer of its rights needs none of its consent, selling to it does
(个人信息保护法, articles 13 and 24); a refusal counts for all kinds."""


class OfferError(ValueError):
    """An offer that cannot be as written; the message says why.

    Attributes:
        reason: ``words``, ``share``, ``change``, ``cost``, ``policy``, ``limit``, ``kind`` or
            ``content``.
    """

    def __init__(self, reason: str, text: str) -> None:
        """Say it in English as well."""
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Value:
    """What an offer is supposed to do and cost, until it has been measured.

    Attributes:
        uptake_share: Who takes it, of those it is sent to [0–1].
        unasked_share: Who would do the same without it [0–1]: no credit for them.
        change_share: Change of a taker's energy, below zero a saving.
        contact_cny: Cost of sending it to one customer.
        taker_cny: Cost of one that takes it: equipment, discount, work.
        supply_cny_per_kwh: What a kWh costs the utility to buy and to carry: avoided where saved.
        peak_cut_share: Of a taker's load in the district's highest hours, that it takes off [0–1].
        peak_cny_per_kw: What a kW less in these hours is worth to the utility [CNY/kW a year].
    """

    uptake_share: float = 0.1
    unasked_share: float = 0.0
    change_share: float = 0.0
    contact_cny: float = 1.0
    taker_cny: float = 0.0
    supply_cny_per_kwh: float = 0.42
    peak_cut_share: float = 0.0
    peak_cny_per_kw: float = 0.0

    def __post_init__(self) -> None:
        shares = self.uptake_share, self.unasked_share, self.peak_cut_share
        if not all(0 <= one <= 1 for one in shares):
            raise OfferError("share", f"shares of takers and peaks are from 0 to 1, not {shares}.")
        if not -1 <= self.change_share <= 1:
            raise OfferError(
                "change", f"a change of energy of {self.change_share} is none from -1 to 1."
            )
        costs = self.contact_cny, self.taker_cny, self.supply_cny_per_kwh, self.peak_cny_per_kw
        if min(costs) < 0:
            raise OfferError("cost", "costs of an offer are not below zero.")


@dataclass(frozen=True, slots=True)
class Choice:
    """The permitted choice an offer proposes; what it saves is billed, customer by customer.

    Attributes:
        policy: One of ``choices.POLICIES``.
        tariff_code: Of a package; None: whichever of the policy suits.
        basic_charge: ``contract`` and the like; None: whichever suits.
    """

    policy: str
    tariff_code: str | None = None
    basic_charge: str | None = None

    def __post_init__(self) -> None:
        if self.policy not in POLICIES or self.policy == "now":
            raise OfferError("policy", f"'{self.policy}' is no policy of {', '.join(POLICIES)}.")


@dataclass(frozen=True, slots=True)
class Rebate:
    """What a taker is given back in a year.

    Attributes:
        yearly_cny: Once a year, whatever it does otherwise [CNY].
        cny_per_kwh: For every kWh it uses, likewise [CNY/kWh].
        cny_per_cut_kw: For every kW it takes off in the district's highest hours: nothing for who
            changes nothing [CNY/kW a year].
    """

    yearly_cny: float = 0.0
    cny_per_kwh: float = 0.0
    cny_per_cut_kw: float = 0.0

    def __post_init__(self) -> None:
        if min(self.yearly_cny, self.cny_per_kwh, self.cny_per_cut_kw) < 0:
            raise OfferError("cost", "a rebate is not below zero.")


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a customer may be written to: at most ``contacts`` in ``days``, of any offer."""

    contacts: int = 2
    days: int = 90

    def __post_init__(self) -> None:
        if self.contacts < 1 or self.days < 1:
            raise OfferError(
                "limit", f"a limit of {self.contacts} contacts in {self.days} days is none."
            )


@dataclass(frozen=True, slots=True)
class Content:
    """What stands of an offer in records.

    Attributes:
        text_zh, text_en: What it says to the customer.
        name_en: What it is called in English; empty: as in records.
        basis: The rule, policy or retailer behind it.
        rules: As ``offer_rules.read_rules`` reads them.
        choice: The choice it proposes; None: none of the tariff.
        value: What is supposed.
        rebate: What a taker is given back.
        limits: How often customers may be written to.
    """

    text_zh: str
    text_en: str
    name_en: str = ""
    basis: str = ""
    rules: tuple[Mapping[str, Any], ...] = ()
    choice: Choice | None = None
    value: Value = field(default_factory=Value)
    rebate: Rebate = field(default_factory=Rebate)
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not self.text_zh.strip() or not self.text_en.strip():
            raise OfferError("words", "an offer says something in Chinese and in English.")

    def as_data(self) -> dict[str, Any]:
        """As JSON keeps it."""
        found = asdict(self)
        return found | {"rules": [dict(one) for one in self.rules]}


def read_content(given: Mapping[str, Any]) -> Content:
    """An offer's content from records.

    Raises:
        OfferError: something is missing, unknown or out of range.
    """
    if unknown := set(given) - {one.name for one in fields(Content)}:
        raise OfferError("content", f"an offer does not know {sorted(unknown)}.")
    try:
        choice = given.get("choice")
        return Content(
            text_zh=given["text_zh"],
            text_en=given["text_en"],
            name_en=given.get("name_en", ""),
            basis=given.get("basis", ""),
            rules=tuple(given.get("rules", ())),
            choice=Choice(**choice) if choice else None,
            value=Value(**given.get("value", {})),
            rebate=Rebate(**given.get("rebate", {})),
            limits=Limits(**given.get("limits", {})),
        )
    except (KeyError, TypeError) as error:
        raise OfferError("content", f"an offer lacks or does not know {error}.") from error
