"""Which models of price response there are, with parameters, source and reach of the evidence.

They come with ``data/price_response.toml``, which says where every value is from.
"""

import tomllib
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from queries.run import QuestionError
from queries.settings import PROJECT

_FILE = PROJECT / "data" / "price_response.toml"
_NEEDED = {
    "arcturus": {"constant", "log_ratio", "log_ratio_technology"},
    "constant_elasticity": {
        "elasticity_low",
        "elasticity_high",
        "technology_low",
        "technology_high",
    },
    "ces": {"substitution", "daily"},
    "none": set(),
}
_OPTIONAL = {"arcturus": {"opt_out"}}


class ResponseError(QuestionError):
    """A response cannot be worked out; the message names the value and what is expected."""


class ResponseModel(BaseModel):
    """One way customers may answer to prices.

    Attributes:
        form: Which formula: ``arcturus``, ``constant_elasticity``, ``ces``, or ``none``.
        customer_classes: Whom the evidence is of; for others it is used outside the evidence.
        coefficients: By the name the formula's function gives them.
        lowest_ratio: Peak to off-peak price where the evidence begins.
        pilots: How many the coefficients rest on; None: not said.
        agreed: How sure the figures are, as the file says.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    code: str
    name_zh: str
    name_en: str
    form: Literal["arcturus", "constant_elasticity", "ces", "none"]
    customer_classes: tuple[str, ...]
    coefficients: dict[str, float]
    lowest_ratio: float
    pilots: int | None = None
    source: str
    agreed: Literal["two_implementations", "recalled", "none"]


def read_response_models(text: str) -> dict[str, ResponseModel]:
    """The models written in ``text`` (TOML), by code.

    Raises:
        ResponseError: it is no TOML, a model lacks a coefficient or has one its formula does not
            know, or two models have one code.
    """
    try:
        rows = tomllib.loads(text).get("model", [])
        models = [ResponseModel.model_validate(row) for row in rows]
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ResponseError(f"the response models cannot be read: {error}") from error
    found: dict[str, ResponseModel] = {}
    for model in models:
        needed, known = _NEEDED[model.form], _OPTIONAL.get(model.form, set())
        has = set(model.coefficients)
        if missing := sorted(needed - has):
            raise ResponseError(f"model '{model.code}' lacks {', '.join(missing)}. Add them.")
        if unknown := sorted(has - needed - known):
            raise ResponseError(
                f"model '{model.code}' has {', '.join(unknown)}, which '{model.form}' does not "
                f"know. It takes {', '.join(sorted(needed | known)) or 'nothing'}."
            )
        if model.code in found:
            raise ResponseError(f"two models are called '{model.code}'. Rename one.")
        found[model.code] = model
    return found


def pilot_model(substitution: float, customer_classes: tuple[str, ...]) -> ResponseModel:
    """The model of a pilot of one's own: its elasticity of substitution, the day's energy kept.

    A pilot speaks for the classes it was held with, and for any price: how far is its owner's to
    say.
    """
    return ResponseModel(
        code="pilot",
        name_zh="本单位试点",
        name_en="A pilot of one's own",
        form="ces",
        customer_classes=customer_classes,
        coefficients={"substitution": substitution, "daily": 0.0},
        lowest_ratio=1.0,
        source="demand/pilot_response",
        agreed="none",
    )


def response_models() -> dict[str, ResponseModel]:
    """The models of ``data/price_response.toml``, by code."""
    return _read(_FILE.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(_changed_ns: int) -> dict[str, ResponseModel]:
    return read_response_models(_FILE.read_text("utf-8"))
