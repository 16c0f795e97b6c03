"""What an orderly-use plan (有序用电方案) rests on: levels, who is spared, what is supposed.

Quotas are asked for in the order of 《有序用电管理办法》 (发改运行〔2011〕832号): shift to other
hours (错峰), avoid the peak (避峰), limit (限电). Outages (拉闸) come after all of them and are not
planned here. The bounds of the levels and the users spared are recalled, not read: they are terms
of every plan.
"""

import json
import tomllib
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from queries.run import QuestionError
from queries.settings import PROJECT

Level = Literal["IV", "III", "II", "I"]
LEVELS: tuple[Level, ...] = ("IV", "III", "II", "I")
"""General, serious, severe, special (一般, 较重, 严重, 特别严重): each includes those before it."""
MEASURES = ("shift", "avoid", "limit")
"""In the order in which they are asked for."""
_FILE = PROJECT / "data" / "orderly_use.toml"


class OrderlyError(QuestionError):
    """A plan cannot be worked out; the message names what is wrong and what is expected."""


class Terms(BaseModel):
    """Of a plan.

    Attributes:
        from_minute: Begin of the hours of shortage [min after midnight, whole hours].
        until_minute: Their end.
        months: Months the plan is for; its reference days lie in them.
        level_shares: Shortage each level is planned for, of the maximum load [0–1], rising.
        spared_classes: Classes of customers that get no quota.
        spared_industries: First digits of industries (GB/T 4754) that get none.
        spared_points: Usage points that get none, whatever they are.
        avoid_share: Of the load above the base load, that can be left off during the peak [0–1].
        least_load_kw: Load in these hours below which a customer gets no quota [kW].
        tolerance_share: Of the limit, by which a load may exceed it and still keep it [0–1].
        reference_days: Days of the highest system load in these hours to work from.
        source, source_en: Where the levels come from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    from_minute: int = Field(default=17 * 60, ge=0, lt=24 * 60, multiple_of=60)
    until_minute: int = Field(default=20 * 60, gt=0, le=24 * 60, multiple_of=60)
    months: tuple[int, ...] = tuple(range(1, 13))
    level_shares: dict[Level, float]
    spared_classes: tuple[str, ...]
    spared_industries: tuple[str, ...]
    spared_points: tuple[str, ...] = ()
    avoid_share: float = Field(ge=0, le=1)
    least_load_kw: float = Field(ge=0)
    tolerance_share: float = Field(ge=0, le=1)
    reference_days: int = Field(ge=1, le=60)
    source: str
    source_en: str

    @model_validator(mode="after")
    def _agrees(self) -> "Terms":
        if self.until_minute <= self.from_minute:
            raise ValueError("until_minute must be after from_minute, on the same day")
        if not self.months or not set(self.months) <= set(range(1, 13)):
            raise ValueError("months must be some of 1 to 12")
        if set(self.level_shares) != set(LEVELS):
            raise ValueError(f"level_shares must name {', '.join(LEVELS)}")
        shares = [self.level_shares[level] for level in LEVELS]
        if sorted(set(shares)) != shares or shares[0] <= 0 or shares[-1] > 1:
            raise ValueError("level_shares must rise from IV to I, above 0 and up to 1")
        return self

    @property
    def hours(self) -> range:
        """Hours of the day that are short."""
        return range(self.from_minute // 60, self.until_minute // 60)


def usual_terms() -> Terms:
    """The terms of ``data/orderly_use.toml``."""
    return _read(_FILE.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(_changed_ns: int) -> Terms:
    file = tomllib.loads(_FILE.read_text("utf-8"))
    spared = file["spared"]
    given = {
        "level_shares": file["level_shares"],
        "spared_classes": spared["customer_classes"],
        "spared_industries": [code for codes in spared["industries"].values() for code in codes],
        **{name: file[name] for name in ("source", "source_en")},
        **file["supposed"],
    }
    return _checked(given)


def read_terms(text: str) -> Terms:
    """Terms from JSON; what it leaves out is as usual. Empty text: the usual ones.

    Raises:
        OrderlyError: no JSON, or a field unknown, out of its bounds or against another.
    """
    try:
        given = json.loads(text or "{}")
    except json.JSONDecodeError as error:
        raise OrderlyError(f"the terms of the plan are no JSON: {error}") from error
    if not isinstance(given, dict):
        raise OrderlyError("the terms of a plan are a JSON object of names and values.")
    return _checked(usual_terms().model_dump() | given)


def _checked(given: dict[str, object]) -> Terms:
    try:
        return Terms.model_validate(given)
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'the plan'}: {one['msg']}"
            for one in error.errors()
        )
        raise OrderlyError(f"the terms of the plan cannot be read: {told}") from error
