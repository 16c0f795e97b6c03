"""Invented names, Chinese and English. None is meant to be a place that exists."""

from typing import NamedTuple

import numpy as np

DISTRICT = "峰川区"
DISTRICT_EN = "Fengchuan District"

_FIRST = "松柳杏槐榆桦枫梅竹莲荷兰菊桃梨枣杉柏桐云霞晴雁鹿麦稻苇萤墨琴棋书锦翠碧丹银月晨"
_FIRST_EN = (
    "Song Liu Xing Huai Yu Hua Feng Mei Zhu Lian He Lan Ju Tao Li Zao Shan Bai Tong Yun Xia Qing "
    "Yan Lu Mai Dao Wei Ying Mo Qin Qi Shu Jin Cui Bi Dan Yin Yue Chen"
)
_SECOND = "岭湾林溪坡泉桥塘坪沟洲滩浦台丘岗渡坞石田亭井"
_SECOND_EN = (
    "ling wan lin xi po quan qiao tang ping gou zhou tan pu tai qiu gang du wu shi tian ting jing"
)
# Pairs that name well-known cities, counties or sights.
_REAL = {
    "柏林",
    "榆林",
    "云林",
    "柳林",
    "兰溪",
    "竹溪",
    "松溪",
    "云溪",
    "鹿泉",
    "荷塘",
    "兰亭",
    "银滩",
}
_SETTLEMENTS = {
    "urban": (("里", "li"), ("苑", "yuan")),
    "suburban": (("新村", " New Village"), ("庄", "zhuang")),
    "rural": (("村", " Village"), ("屯", "tun")),
    "street": (("街", " Street"), ("巷", " Lane")),
    "industrial": (("工业园", " Industrial Park"), ("产业园", " Works Park")),
}


class Name(NamedTuple):
    """A name in both languages."""

    zh: str
    en: str


class Stem(NamedTuple):
    """What a name is made of; ``number`` is empty, or tells it from others with the same words."""

    zh: str
    en: str
    number: str


def stems(own: np.random.Generator, count: int) -> list[Stem]:
    """``count`` stems in a drawn order; when all words are used, they come again with a number."""
    pairs = [
        (first + second, first_en + second_en)
        for first, first_en in zip(_FIRST, _FIRST_EN.split(), strict=True)
        for second, second_en in zip(_SECOND, _SECOND_EN.split(), strict=True)
        if first + second not in _REAL
    ]
    order = own.permutation(len(pairs)).tolist()
    found = []
    for index in range(count):
        turn, at = divmod(index, len(pairs))
        zh, en = pairs[order[at]]
        found.append(Stem(zh, en, str(turn + 1) if turn else ""))
    return found


def substation_name(stem: Stem) -> Name:
    """Such as 松岭变, Songling Substation."""
    return Name(f"{stem.zh}{stem.number}变", f"{stem.en} Substation {stem.number}".rstrip())


def feeder_name(stem: Stem) -> Name:
    """Such as 柳湾线, Liuwan Line."""
    return Name(f"{stem.zh}{stem.number}线", f"{stem.en} Line {stem.number}".rstrip())


def road_name(stem: Stem) -> str:
    """The road along which a feeder of this stem runs, such as 柳湾路."""
    return f"{stem.zh}{stem.number}路"


def settlement_name(stem: Stem, kind: str, variety: int) -> Name:
    """Where people of an area of this kind live or work, such as 杏林里, Xinglinli."""
    zh, en = _SETTLEMENTS[kind][variety]
    return Name(f"{stem.zh}{stem.number}{zh}", f"{stem.en}{en} {stem.number}".rstrip())


def area_name(settlement: Name) -> Name:
    """Such as 杏林里台区, Xinglinli Area."""
    return Name(f"{settlement.zh}台区", f"{settlement.en} Area")


def region_name(substation: Name) -> Name:
    """The supply station that looks after a substation, such as 松岭供电所（仿真）."""
    return Name(
        f"{substation.zh.removesuffix('变')}供电所（仿真）",
        f"{substation.en.replace('Substation', 'Supply Station')} (simulated)",
    )
