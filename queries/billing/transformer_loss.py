"""Loss of transformers billed to customers metered on the low side (高供低计 变损).

Each term is a line of the bill; with the metered energy they make the billed energy (计费电量) and
enter the power factor. Rated data and loss tables are the agreement's or the tariff's: none is kept
here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from queries.billing.money import Exact, exact, rounded

DECIMALS = 2
"""Decimals of a loss [kWh, kvarh] unless the tariff says otherwise (a choice)."""


@dataclass(frozen=True, slots=True)
class TransformerRating:
    """Name-plate data (铭牌) of one transformer.

    Attributes:
        rated_kva: S_N, above zero.
        no_load_loss_kw: P_0 (空载损耗), e.g. 1.15 for S11 of 1,000 kVA (GB/T 6451-2008).
        load_loss_kw: P_k (负载损耗) at rated current, e.g. 10.3 for the same.
        no_load_current_share: I_0 [0–1, of the rated current].
        impedance_share: U_k [0–1, of the rated voltage], e.g. 0.045 for the same.
    """

    rated_kva: Decimal
    no_load_loss_kw: Decimal
    load_loss_kw: Decimal
    no_load_current_share: Decimal
    impedance_share: Decimal


@dataclass(frozen=True, slots=True)
class TransformerLoss:
    """Loss of a month, term by term.

    Attributes:
        no_load_kwh: Of the iron (铁损).
        load_kwh: Of the windings (铜损).
        no_load_kvarh: To magnetise the iron.
        load_kvarh: Of the windings' stray field.
    """

    no_load_kwh: Decimal
    load_kwh: Decimal
    no_load_kvarh: Decimal
    load_kvarh: Decimal

    @property
    def active_kwh(self) -> Decimal:
        """The sum of the active terms."""
        return self.no_load_kwh + self.load_kwh

    @property
    def reactive_kvarh(self) -> Decimal:
        """The sum of the reactive terms."""
        return self.no_load_kvarh + self.load_kvarh


@dataclass(frozen=True, slots=True)
class LossBand:
    """A row of a loss table (变损表): it holds for the whole month's energy.

    Attributes:
        upper_kwh: Largest monthly energy of the band, included; None: no limit.
        active_share: Loss / metered active energy [0–1].
        reactive_share: Reactive loss / metered **active** energy [kvarh per kWh].
    """

    upper_kwh: Decimal | None
    active_share: Decimal
    reactive_share: Decimal


def loss_by_rating(  # noqa: PLR0913 - name plate, two energies, two times, shape
    rating: TransformerRating,
    *,
    active_kwh: Exact,
    reactive_kvarh: Exact,
    energised_hours: Exact,
    loaded_hours: Exact | None = None,
    shape_factor: Exact = 1,
    decimals: int = DECIMALS,
) -> TransformerLoss:
    """Loss by rated data and the month's mean loading.

    With t the energised and τ the loaded hours, β = √(W_P² + W_Q²) / (S_N · τ) the mean loading
    (负载率), k the shape factor, Q_0 = I_0 · S_N and Q_k = U_k · S_N::

        no_load_kwh   = P_0 · t        load_kwh   = k² · P_k · β² · τ
        no_load_kvarh = Q_0 · t        load_kvarh = k² · Q_k · β² · τ

    The equivalent circuit at rated voltage, as textbooks of transformers have it; β² holds no root,
    so all is exact. Practice writes 1/τ as K/t with K by shifts worked (recalled). Q_0 and Q_k are
    the usual approximations √(S² − P²) ≈ S.

    Args:
        rating: One transformer; several in parallel are asked about with their shares of energy.
        active_kwh: W_P as metered on the low side.
        reactive_kvarh: W_Q likewise, both directions (``power_factor.counted_reactive_kvarh``).
        energised_hours: t, e.g. 720; less where the transformer was suspended.
        loaded_hours: τ, e.g. 240 where one shift is worked; None: t. Fewer hours for the same
            energy are a higher current and more loss.
        shape_factor: k ≥ 1, effective over mean current in the loaded hours; 1: constant load,
            which makes the load loss a lower bound.
        decimals: Each term is rounded half up to so many; the sums add the rounded terms.
    """
    energised = exact(energised_hours)
    loaded = energised if loaded_hours is None else exact(loaded_hours)
    rated = exact(rating.rated_kva)
    if rated <= 0 or not 0 <= loaded <= energised or exact(shape_factor) < 1:
        raise ValueError(
            f"transformer of {rating.rated_kva} kVA, {energised_hours} h energised, {loaded} h "
            f"loaded, shape {shape_factor}; expected a rating above zero, no more hours loaded "
            "than energised, a shape of at least 1. Correct the agreement's figures."
        )
    apparent_squared = exact(active_kwh) ** 2 + exact(reactive_kvarh) ** 2
    if apparent_squared and not loaded:
        raise ValueError(
            f"{active_kwh} kWh and {reactive_kvarh} kvarh in 0 loaded hours. "
            "Give the hours in which the transformer delivered them."
        )
    full_load_hours = (
        exact(shape_factor) ** 2 * apparent_squared / (rated**2 * loaded) if loaded else Fraction(0)
    )
    magnetising_kvar = exact(rating.no_load_current_share) * rated
    stray_kvar = exact(rating.impedance_share) * rated
    return TransformerLoss(
        no_load_kwh=rounded(exact(rating.no_load_loss_kw) * energised, decimals),
        load_kwh=rounded(exact(rating.load_loss_kw) * full_load_hours, decimals),
        no_load_kvarh=rounded(magnetising_kvar * energised, decimals),
        load_kvarh=rounded(stray_kvar * full_load_hours, decimals),
    )


def loss_by_table(
    active_kwh: Decimal, bands: Sequence[LossBand], *, decimals: int = DECIMALS
) -> TransformerLoss:
    """Loss as a share of the metered energy, by the band the month's energy falls in.

    A table gives no terms of iron and windings: the whole loss is in ``load_kwh`` and
    ``load_kvarh``. One band without a limit is a fixed share.

    Args:
        active_kwh: Of the month, as metered on the low side.
        bands: In order of rising limits, the last without one.
        decimals: As for ``loss_by_rating``.
    """
    limits = [band.upper_kwh for band in bands[:-1] if band.upper_kwh is not None]
    is_whole = bool(bands) and bands[-1].upper_kwh is None and len(limits) == len(bands) - 1
    if not is_whole or limits != sorted(set(limits)):
        raise ValueError(
            f"loss table with limits {[str(band.upper_kwh) for band in bands]}; expected limits "
            "that rise and a last band without one. Correct the table."
        )
    band = next(b for b in bands if b.upper_kwh is None or active_kwh <= b.upper_kwh)
    zero = rounded(0, decimals)
    return TransformerLoss(
        no_load_kwh=zero,
        load_kwh=rounded(exact(active_kwh) * exact(band.active_share), decimals),
        no_load_kvarh=zero,
        load_kvarh=rounded(exact(active_kwh) * exact(band.reactive_share), decimals),
    )
