"""What a caller of the billing code would handle differently from other errors."""


class TariffError(ValueError):
    """A tariff or calendar cannot be used as written; names file, key, what was expected."""


class EditError(TariffError):
    """An edit of a tariff that cannot be used as it stands.

    Attributes:
        reason: What is wrong as a code, for whoever says it in another language.
        values: What the sentence names: a charge, a period, hours.
    """

    def __init__(self, reason: str, text: str, **values: object) -> None:
        """Say it in English as well."""
        super().__init__(text)
        self.reason = reason
        self.values = values
