"""Change of peak load by the ratio of peak to off-peak price (Arcturus 2.0).

Faruqui, Sergici & Warner, "Arcturus 2.0: A meta-analysis of time-varying rates for electricity",
The Electricity Journal 30(10), 2017.
"""

import math
from dataclasses import dataclass
from typing import Literal

from queries.demand.response_models import ResponseError, ResponseModel, response_models

Evidence = Literal["no_signal", "outside", "within"]
"""Whether pilots had such a price: none gives nothing to answer to, ``outside`` was not tried."""


@dataclass(frozen=True, slots=True)
class PeakChange:
    """What happens to the load in peak hours.

    Attributes:
        change_share: (new − old) / old, negative is less; None where the evidence does not reach.
        evidence: Why.
    """

    change_share: float | None
    evidence: Evidence


def arcturus_change(
    price_ratio: float,
    *,
    has_technology: bool = False,
    is_opt_out: bool = False,
    model: ResponseModel | None = None,
) -> PeakChange:
    """Change of the load in peak hours at a peak to off-peak price ratio.

    ``constant + log_ratio·ln R + log_ratio_technology·ln R·tech (+ opt_out)``. At R ≤ 1 there is
    no signal and the change is 0; between 1 and where the evidence begins (R = 2) there is no
    answer, since the formula does not go to 0 there.

    Args:
        price_ratio: R, peak price / off-peak price.
        has_technology: Customers have a device that answers for them.
        is_opt_out: Everybody is in who does not leave, with the coefficients of that variant.
        model: Coefficients of form ``arcturus``; None: the published ones.

    Raises:
        ResponseError: the ratio is not a positive number, or the model is of another form.

    >>> arcturus_change(4.0).change_share
    -0.1011...
    """
    if not (math.isfinite(price_ratio) and price_ratio > 0):
        raise ResponseError(f"price ratio {price_ratio} must be a positive number: peak/off-peak.")
    used = model or response_models()["arcturus_opt_out" if is_opt_out else "arcturus"]
    if used.form != "arcturus":
        raise ResponseError(f"model '{used.code}' is of form '{used.form}', not 'arcturus'.")
    if price_ratio <= 1:
        return PeakChange(0.0, "no_signal")
    if price_ratio < used.lowest_ratio:
        return PeakChange(None, "outside")
    by_name = used.coefficients
    change = by_name["constant"] + by_name["log_ratio"] * math.log(price_ratio)
    if has_technology:
        change += by_name["log_ratio_technology"] * math.log(price_ratio)
    if is_opt_out:
        change += by_name.get("opt_out", 0.0)
    return PeakChange(change, "within")
