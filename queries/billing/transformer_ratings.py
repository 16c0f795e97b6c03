"""Name plates of customers' transformers where nothing but the size is known.

Losses of the S11 series by GB/T 6451-2008, 10 kV, recalled (85 %), no-load currents likewise
(70 %): a bill made with them says so. An agreement's own name plate or loss table goes before.
"""

from decimal import Decimal

from queries.billing.transformer_loss import TransformerRating

SOURCE = "S11, GB/T 6451-2008, recalled"

_S11 = (
    # kVA, no-load loss [W], load loss [W], no-load current [%], impedance [%]
    (30, 100, 630, "2.1", "4.0"),
    (50, 130, 910, "2.0", "4.0"),
    (63, 150, 1090, "1.9", "4.0"),
    (80, 180, 1310, "1.8", "4.0"),
    (100, 200, 1580, "1.6", "4.0"),
    (125, 240, 1890, "1.5", "4.0"),
    (160, 280, 2310, "1.4", "4.0"),
    (200, 340, 2730, "1.3", "4.0"),
    (250, 400, 3200, "1.2", "4.0"),
    (315, 480, 3830, "1.1", "4.0"),
    (400, 570, 4520, "1.0", "4.0"),
    (500, 680, 5410, "1.0", "4.0"),
    (630, 810, 6200, "0.9", "4.5"),
    (800, 980, 7500, "0.8", "4.5"),
    (1000, 1150, 10300, "0.7", "4.5"),
    (1250, 1360, 12000, "0.6", "4.5"),
    (1600, 1640, 14500, "0.6", "4.5"),
)


def usual_rating(capacity_kva: Decimal) -> TransformerRating:
    """The smallest transformer of the series that carries ``capacity_kva``, or the largest.

    >>> usual_rating(Decimal(990)).no_load_loss_kw
    Decimal('1.150')
    """
    if capacity_kva <= 0:
        raise ValueError(
            f"operating capacity {capacity_kva} kVA; expected above zero for the loss of a "
            "transformer. Enter operating_capacity_kva of the usage point."
        )
    row = next((one for one in _S11 if one[0] >= capacity_kva), _S11[-1])
    size, no_load_w, load_w, current, impedance = row
    return TransformerRating(
        rated_kva=Decimal(size),
        no_load_loss_kw=Decimal(no_load_w).scaleb(-3),
        load_loss_kw=Decimal(load_w).scaleb(-3),
        no_load_current_share=Decimal(current).scaleb(-2),
        impedance_share=Decimal(impedance).scaleb(-2),
    )
