"""What a caller of the billing code would handle differently from other errors."""


class TariffError(ValueError):
    """A tariff or calendar cannot be used as written; names file, key, what was expected."""
