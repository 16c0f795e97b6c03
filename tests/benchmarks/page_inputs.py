"""What a reader changes on each page, and how a browser does it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from playwright.sync_api import Page

from pages.text import t_in

Action = Callable[[Page], None]


@dataclass(frozen=True, slots=True)
class Change:
    """One input of a page, and the values it is set to, one after the other.

    Attributes:
        name: What the figures are called.
        actions: Each sets it to another value.
    """

    name: str
    actions: Sequence[Action]


@dataclass(frozen=True, slots=True)
class Visit:
    """A page, and what is changed there.

    Attributes:
        address: Of the page.
        changes: One after the other.
        role: As whom it is opened.
    """

    address: str
    changes: Sequence[Change]
    role: str = "planner"


def visits(days: Sequence[str], customers: Sequence[str]) -> list[Visit]:
    """Every page that is measured, in the order of the menu.

    Args:
        days: Some before the last one, as they are typed.
        customers: Account numbers that a service desk looks for.
    """
    return [*_load(days), *_customers(days, customers), *_demand(), *_market(days)]


def _choose(label: str, *numbers: int) -> list[Action]:
    """Options of the select box called ``label`` (a key of the texts), counted from 0."""

    def chosen(number: int) -> Action:
        def act(page: Page) -> None:
            page.get_by_role("combobox", name=t_in("en", label), exact=True).click()
            page.locator(f"[role=option][data-key='{number}']").click()

        return act

    return [chosen(number) for number in numbers]


def _press(*texts: str, **values: object) -> list[Action]:
    """Segments, buttons or switches with these words (keys of the texts)."""

    def pressed(text: str) -> Action:
        words = t_in("en", text, **values)
        return lambda page: (
            page.get_by_test_id("stMain").get_by_text(words, exact=True).first.click()
        )

    return [pressed(text) for text in texts]


def _speak(*names: str) -> list[Action]:
    def spoken(name: str) -> Action:
        sidebar = "stSidebar"
        return lambda page: page.get_by_test_id(sidebar).get_by_text(name, exact=True).click()

    return [spoken(name) for name in names]


def _date(test_id: str, *texts: str) -> list[Action]:
    """Dates typed into the only field of its kind, digit by digit."""

    def typed(text: str) -> Action:
        def act(page: Page) -> None:
            field = page.get_by_test_id(test_id).first.locator("[role=spinbutton]").first
            field.click()
            page.keyboard.type(text, delay=15)
            page.keyboard.press("Enter")
            page.keyboard.press("Escape")  # the calendar, should it have opened

        return act

    return [typed(text) for text in texts]


def _write(label: str, *texts: str) -> list[Action]:
    """Texts written into the line called ``label`` (a key of the texts)."""

    def written(text: str) -> Action:
        def act(page: Page) -> None:
            line = page.get_by_role("textbox", name=t_in("en", label), exact=True)
            line.fill(text)
            line.press("Enter")

        return act

    return [written(text) for text in texts]


def _slide(*keys: str) -> list[Action]:
    """The first slider, by keys such as ``ArrowRight``."""

    def slid(key: str) -> Action:
        return lambda page: page.get_by_role("slider").first.press(key)

    return [slid(key) for key in keys]


def _slide_in(tab: str, *keys: str) -> list[Action]:
    """The first slider of a tab (a key of the texts)."""

    def slid(key: str) -> Action:
        def act(page: Page) -> None:
            page.get_by_role("tab", name=t_in("en", tab), exact=True).click()
            page.get_by_role("slider").first.press(key)

        return act

    return [slid(key) for key in keys]


_AREA = [
    Change("kind of area", _choose("input.kind", 1, 3, 4, 5)),
    Change("area", _choose("input.area", 1, 2, 3)),
    Change("back to everything", _choose("input.kind", 0)),
]
_LANGUAGE = [Change("language", _speak("中文", "English"))]
_YEAR = [Change("year", _choose("behaviour.year", 1))]
_GROUPING = [Change("grouping", _choose("groups.by", 2, 3))]


def _load(days: Sequence[str]) -> list[Visit]:
    return [
        Visit(
            "load-curve",
            [*_AREA, Change("period", _press("period.week", "period.year")), *_LANGUAGE],
        ),
        Visit("load-trends", [*_AREA, *_GROUPING, *_LANGUAGE]),
        Visit(
            "load-transformer-area",
            [
                Change("area", _choose("area_kind.transformer", 1, 2, 3)),
                Change("period", _choose("area_view.span", 1, 2, 0)),
                Change("day", _date("stDateInput", *days)),
                *_LANGUAGE,
            ],
        ),
        Visit(
            "load-realtime",
            [
                Change("moment", _press("grid.moment_other")),
                Change("day", _date("stDateTimeInput", *days)),
                Change("kind of place", _choose("collection.by", 1, 2)),
                *_LANGUAGE,
            ],
        ),
        Visit(
            "load-behaviour",
            [
                *_AREA,
                *_GROUPING,
                *_YEAR,
                Change("class", _choose("area_kind.customer_class", 1, 2)),
                *_LANGUAGE,
            ],
        ),
        Visit("load-saving-potential", [*_AREA, *_GROUPING, *_YEAR, *_LANGUAGE]),
        Visit(
            "load-grid-map",
            [
                Change("colour", _choose("map.color", 1, 2, 0)),
                Change("period", _choose("map.span", 1, 2)),
                Change("feeder", _choose("area_kind.feeder", 1, 2, 3)),
                *_LANGUAGE,
            ],
        ),
        Visit("load-forecast", [Change("load", _choose("forecast.series", 1, 2, 3)), *_LANGUAGE]),
    ]


def _customers(days: Sequence[str], customers: Sequence[str]) -> list[Visit]:
    sections = [
        f"self_service.section_{name}" for name in ("assistant", "payments", "report", "data")
    ]
    return [
        Visit(
            "customers-portrait",
            [Change("customer", _choose("portrait.search", 1, 2, 3)), *_LANGUAGE],
        ),
        Visit(
            "customers-segments",
            [
                Change(
                    "customers parted",
                    _press("segment.population_business", "segment.population_everyone"),
                ),
                Change("section", _press("segment.drawn", "segment.unlike", "segment.found")),
                *_LANGUAGE,
            ],
        ),
        Visit(
            "customers-advice",
            [
                Change("customer", _choose("area_kind.usage_point_id", 1, 2, 3)),
                *_LANGUAGE,
            ],
        ),
        Visit("customers-offers", [Change("offer", _choose("offer.which", 1, 2, 3)), *_LANGUAGE]),
        Visit(
            "customers-service",
            [
                Change("caller", _write("service.search", *customers)),
                Change("day", _date("stDateInput", *days)),
                *_LANGUAGE,
            ],
        ),
        Visit(
            "customers-my-use",
            [
                Change(
                    "span", _press(*(f"self_service.span_{s}" for s in ("day", "week", "year")))
                ),
                Change("neighbours", _press("self_service.by_hour")),
                Change("section", _press(*sections, "self_service.section_use")),
                *_LANGUAGE,
            ],
            role="customer",
        ),
    ]


def _demand() -> list[Visit]:
    hours = _slide("ArrowLeft", "ArrowRight", "ArrowLeft")
    return [
        Visit(
            "demand-what-if",
            [
                Change("dear hours", _press("what_if.dear")),
                Change("hours", hours),
                # another tab runs no script: it is opened with the slider in it
                Change("vehicles", _slide_in("what_if.vehicles", "ArrowRight", "ArrowRight")),
                Change("roofs", _slide_in("what_if.roofs", "ArrowRight", "ArrowRight")),
                *_LANGUAGE,
            ],
        ),
        Visit(
            "demand-periods",
            [
                Change("season", _press("season.winter", "season.summer")),
                Change("kind of day", _choose("column.day_kind", 1)),
                *_LANGUAGE,
            ],
        ),
        Visit(
            "demand-price-response",
            [Change("ratio", _slide("ArrowRight", "ArrowRight")), *_LANGUAGE],
        ),
        Visit(
            "demand-optimal-prices",
            [Change("dial", _slide("ArrowRight", "ArrowRight")), *_LANGUAGE],
        ),
        Visit(
            "demand-events",
            [
                Change("view", _press("event_plan.view_live", "event_plan.view_settle")),
                Change("view", _press("event_plan.view_programme", "event_plan.view_plan")),
                Change("plan", _press("event_plan.plan")),
                *_LANGUAGE,
            ],
        ),
        Visit(
            "demand-baselines",
            [
                Change("hours", hours),
                Change("kind of day", _choose("column.day_kind", 1)),
                Change("settled", _choose("demand_baselines.basis", 1)),
                *_LANGUAGE,
            ],
        ),
        Visit(
            "demand-packages",
            [Change("choice", _choose("offer_edit.policy", 1, 2)), *_LANGUAGE],
        ),
        Visit(
            "demand-orderly-use",
            [
                Change("level", _press("orderly.level_III", "orderly.level_II")),
                Change("hours", hours),
                Change("season", _choose("orderly.months", 1)),
                *_LANGUAGE,
            ],
        ),
    ]


def _market(days: Sequence[str]) -> list[Visit]:
    pair = [
        Change("pair", [*_choose("market_view.first", 1, 2), *_choose("market_view.second", 1)]),
        Change("season", _choose("column.season", 1, 2)),
    ]
    hour = [
        Change("hour", _slide("ArrowRight", "ArrowRight", "Home")),
        Change("area at an hour", _choose("input.kind", 3, 4)),
        Change("one day", [*_choose("market_view.which", 1), *_date("stDateInput", *days)]),
    ]

    def section(name: str) -> Change:
        return Change(f"section {name}", _press(f"market_section.{name}"))

    return [
        Visit(
            "market-regions",
            [
                Change("fineness", _choose("market_view.fineness", 1, 2, 3)),
                section("pair"),
                *pair,
                section("hour"),
                *hour,
                section("applications"),
                *_LANGUAGE,
            ],
        ),
        Visit(
            "market-industries",
            [
                section("pair"),
                *pair,
                section("hour"),
                *hour,
                section("applications"),
                section("leads"),
                *_LANGUAGE,
            ],
        ),
        Visit(
            "market-outlook",
            [
                Change("scenario", _choose("outlook.scenario", 1, 2)),
                Change("grouping", _choose("outlook.by", 1, 2)),
                Change("tab", _press("outlook_section.grid", "outlook_section.assumptions")),
                Change("tab", _press("outlook_section.grid")),
                Change("kind of place", _choose("outlook.kind", 1)),
                *_LANGUAGE,
            ],
        ),
        Visit(
            "market-potential",
            [
                # first: a district has one region alone
                Change("area", _choose("potential.area", 1, 2)),
                Change("business", _choose("potential.business", 1, 2, 3)),
                Change("kind of area", _choose("potential.kind", 1, 2)),
                *_LANGUAGE,
            ],
        ),
        Visit("market-risk", [Change("grouping", _choose("groups.by", 1, 2)), *_LANGUAGE]),
    ]
