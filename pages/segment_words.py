"""Names of segments: what their members have in common, in a planner's words."""

from pages.text import t
from queries.customers.segment_model import Leaf, SegmentModel


def segment_name(model: SegmentModel, leaf: Leaf) -> str:
    """``晚间用电偏多、偏冬季``: true of every member, as it says where the cuts lie."""
    words = [_level(model, axis, level) for axis, level in leaf]
    return t("segment.between_words").join(words) or t("segment.everyone")


def segment_rule(model: SegmentModel, leaf: Leaf) -> str:
    """``晚间/白天 ≥ 1.60``: the cuts that make the segment."""
    parts = []
    for axis, low, high in model.bounds(leaf):
        name = t(f"segment_axis.{axis}")
        if low is None and high is not None:
            parts.append(t("segment.below", axis=name, value=f"{high:.2f}"))
        elif high is None and low is not None:
            parts.append(t("segment.above", axis=name, value=f"{low:.2f}"))
        elif low is not None:
            parts.append(t("segment.between", axis=name, low=f"{low:.2f}", high=f"{high:.2f}"))
    return t("segment.and").join(parts)


def segment_names(model: SegmentModel) -> list[str]:
    """The name of every segment, in the model's order."""
    return [segment_name(model, leaf) for leaf in model.leaves]


def _level(model: SegmentModel, axis: str, level: int) -> str:
    stand = model.stands(axis, level)
    if axis == "summer_winter_ratio":
        return t(f"segment_season.{stand}")
    return t(f"segment_stand.{stand}", use=t(f"segment_use.{axis}"))
