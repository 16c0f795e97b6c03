"""The rules of baselines: one table of data for one engine.

They come with ``data/baselines.toml``, which says what every column means and how certain it is.
"""

import tomllib
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from queries.run import QuestionError
from queries.settings import PROJECT

_FILE = PROJECT / "data" / "baselines.toml"


class BaselineError(QuestionError):
    """A baseline cannot be worked out; the message names the rule and what it lacks."""


class Rule(BaseModel):
    """One rule; the file's header says what the columns mean.

    Attributes:
        form: ``days`` is the engine of look-back days; the others have their own.
        is_bound: It bounds what may be claimed (China's maximum and minimum baseline), and is no
            guess of the load: it is never recommended.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    code: str
    name_zh: str
    name_en: str
    form: Literal["days", "same_day", "regression", "matched_control"] = "days"
    look_back_days: int = Field(default=0, ge=0)
    days: int = Field(default=0, ge=0)
    least_days: int = Field(default=1, ge=1)
    day_type: Literal["all", "workday", "three", "weekday"] = "workday"
    exclude: tuple[Literal["event", "holiday"], ...] = ("event",)
    pick: Literal["all", "highest", "similar"] = "all"
    picked: int = Field(default=0, ge=0)
    combine: Literal["mean", "trimmed", "maximum", "minimum"] = "mean"
    trim: tuple[float, float] | None = None
    adjust: Literal["none", "ratio", "additive"] = "none"
    adjust_hours: tuple[float, float] = (0.0, 0.0)
    cap_share: float | None = Field(default=None, ge=0)
    hours_before: float = 0
    hours_after: float = 0
    skipped_hours: float = 0
    matches: int = Field(default=0, ge=0)
    is_bound: bool = False
    certain: Literal["official", "two_implementations", "recalled"]
    note: str = ""

    @model_validator(mode="after")
    def _is_whole(self) -> "Rule":
        is_of_days = self.form in {"days", "matched_control"}
        wrong = [
            is_of_days and not 1 <= self.least_days <= self.days <= self.look_back_days,
            self.pick != "all" and not 1 <= self.picked <= self.days,
            self.combine == "trimmed" and self.trim is None,
            self.trim is not None and not 0 <= self.trim[0] < 1 < self.trim[1],
            self.adjust != "none" and not self.adjust_hours[0] > self.adjust_hours[1] >= 0,
            self.form == "same_day" and self.hours_before + self.hours_after <= 0,
            self.form == "matched_control" and not self.matches,
        ]
        if any(wrong):
            raise ValueError(
                f"rule '{self.code}': least_days ≤ days ≤ look_back_days, picked of days, a trim "
                "around 1, hours of adjustment that end after they begin, and what its form needs"
            )
        return self


def read_rules(text: str) -> dict[str, Rule]:
    """The rules written in ``text`` (TOML), by code.

    Raises:
        BaselineError: it is no TOML, a rule contradicts itself, or two have one code.
    """
    try:
        rules = [Rule.model_validate(row) for row in tomllib.loads(text).get("rule", [])]
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise BaselineError(f"the rules of baselines cannot be read: {error}") from error
    found = {rule.code: rule for rule in rules}
    if len(found) < len(rules):
        raise BaselineError("two rules of baselines have one code. Rename one.")
    return found


def baseline_rules() -> dict[str, Rule]:
    """The rules of ``data/baselines.toml``, by code."""
    return _read(_FILE.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(_changed_ns: int) -> dict[str, Rule]:
    return read_rules(_FILE.read_text("utf-8"))
