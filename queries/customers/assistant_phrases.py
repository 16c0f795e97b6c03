"""How customers ask the eight questions they ask most, in Chinese and English.

``KEYWORDS`` are words of which each of a group must stand in the text; ``PHRASES`` are whole
questions with whose letters a text is compared. They were written from the kinds of calls a service
desk gets; none is a recording of anybody.
"""

INTENTS = (
    "bill_higher",
    "this_month",
    "when_most",
    "which_tariff",
    "no_power",
    "payments",
    "neighbours",
    "saving",
)

KEYWORDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "bill_higher": (
        (
            r"电费|账单|多交|费用|bill|pay|charge",
            r"高|贵|涨|多了|变多|更多|high|more|increase|rose|up\b",
        ),
        (r"为什么|怎么|why", r"上个?月|上期|last month|than before"),
    ),
    "this_month": (
        (
            r"这个?月|本月|当月|this month",
            r"多少|用了|预计|会是|how much|so far|will|estimate|expect",
        ),
        (r"到现在|目前为止|so far", r"用|use"),
    ),
    "when_most": (
        (
            r"什么时候|几点|哪个时段|哪天|when|what time|which hour",
            r"用电?最?多|高峰|most|peak|highest",
        ),
    ),
    "which_tariff": (
        (
            r"电价|套餐|分时|峰谷|阶梯|tariff|plan|rate\b|time.of.use",
            r"适合|划算|选|哪|换|改|便宜|best|suit|right|which|cheap|switch|should",
        ),
    ),
    "no_power": (
        (
            (
                r"停电|没电|断电|没有电|跳闸|来电|恢复供电|power ?cut|outage|blackout|"
                r"\bno (power|electricity)|without (power|electricity)|lost (power|electricity)|"
                r"electricity (is |went )?(out|off|gone)|power (is |went )?(out|off|gone)|"
                r"lights (are )?out"
            ),
        ),
    ),
    "payments": (
        (
            r"欠费|欠多少|欠了|交了没|缴费|交费|到账|付款|缴清|\bowe\b|arrears|overdue|balance|payment|\bpaid\b",
        ),
    ),
    "neighbours": (
        (r"邻居|别人|别家|其他人|同类|类似|平均|neighbou?r|others|similar|average|compare",),
    ),
    "saving": (
        (
            (
                r"省电|节电|省钱|节能|少交|少用|降低电费|"
                r"save|saving|reduce|lower my|cut my (bill|use)|use less"
            ),
        ),
    ),
}

PHRASES: dict[str, tuple[str, ...]] = {
    "bill_higher": (
        "为什么我的电费比上个月高",
        "这个月电费怎么这么多",
        "电费怎么涨了这么多",
        "账单为什么变高了",
        "为什么多交了电费",
        "why is my bill higher than last month",
        "why did my electricity bill go up",
        "my bill is so high this time",
        "why am I paying more than before",
    ),
    "this_month": (
        "这个月用了多少电",
        "本月电费会是多少",
        "这个月预计要交多少",
        "到现在用了多少度电",
        "how much have I used this month",
        "what will my bill be this month",
        "estimate of this month's bill",
        "my use so far",
    ),
    "when_most": (
        "我什么时候用电最多",
        "我一天中几点用电最多",
        "我的用电高峰在哪个时段",
        "when do I use the most electricity",
        "what time of day is my peak use",
        "at which hours is my consumption highest",
    ),
    "which_tariff": (
        "哪种电价适合我",
        "我适合开通峰谷电价吗",
        "换个套餐划算吗",
        "要不要选分时电价",
        "which tariff suits me",
        "is time of use right for me",
        "what is the best plan for my home",
        "should I switch tariff",
    ),
    "no_power": (
        "为什么没电",
        "家里停电了",
        "怎么突然断电了",
        "什么时候来电",
        "why do I have no power",
        "I have no electricity",
        "is there an outage in my area",
        "when will the power be back",
        "my electricity is out",
    ),
    "payments": (
        "我交的电费到账了吗",
        "我还欠多少电费",
        "我有没有欠费",
        "缴费记录",
        "have my payments arrived",
        "what do I owe",
        "is my account overdue",
        "did you get my payment",
    ),
    "neighbours": (
        "我比邻居用得多吗",
        "和类似的家庭比我用电多不多",
        "同类用户平均用多少电",
        "how do I compare with my neighbours",
        "do I use more than similar homes",
        "what do others like me use",
    ),
    "saving": (
        "怎么省电",
        "有什么省电的窍门",
        "如何节约电费",
        "有什么节电建议",
        "怎样才能少交电费",
        "how can I save electricity",
        "how do I lower my bill",
        "tips to use less energy",
    ),
}
