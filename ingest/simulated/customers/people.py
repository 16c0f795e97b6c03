"""Invented names and numbers of customers. Nobody is meant."""

import numpy as np

_FAMILY = (
    "王李张刘陈杨赵黄周吴徐孙马胡朱郭何罗高林郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡"
    "余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯"
    "龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂华玉兰英健红文斌波辉鑫宇浩凯亮建国志"
    "新春梅雪晨阳思远嘉怡子涵雨泽佳宁立成海燕振东晓光淑珍凤琴永福德胜长林云峰"
)


def person(own: np.random.Generator) -> str:
    """A personal name of two or three characters."""
    family = _FAMILY[int(own.integers(len(_FAMILY)))]
    given = "".join(
        _GIVEN[int(own.integers(len(_GIVEN)))] for _ in range(2 if own.random() < 0.8 else 1)
    )
    return family + given


def telephone(serial: int, turn: int) -> str:
    """A number of eleven digits that no network assigns: none begins with 000."""
    return f"000{serial % 10_000_000:07d}{turn}"
