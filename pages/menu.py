"""The menu: every page once, with who may open it."""

from dataclasses import dataclass
from pathlib import Path

from queries.scope import ROLES

AREAS = ("home", "load", "billing", "customers", "demand", "market", "governance")
"""The folders of the pages, in the order of the menu."""

STAFF = frozenset(ROLES) - {"customer"}
EVERYONE = frozenset(ROLES)
TARIFF_MAKERS = STAFF - {"service_desk"}
"""Who designs tariffs, and bills by them."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the menu: ``pages/<area>/<name>.py``.

    Attributes:
        icon: A symbol of Streamlit's own icon font, such as ``show_chart``.
        roles: Who finds the page in the menu. What it shows is cut by the scope, not by this.
        shows_readings: It shows something of the chosen district, which may be simulated.
        asks_of_staff: Its question is asked of others: a customer asks it of itself.
    """

    area: str
    name: str
    icon: str
    roles: frozenset[str] = STAFF
    shows_readings: bool = True
    asks_of_staff: bool = False

    @property
    def key(self) -> str:
        """Key of its name in the menu, in pages/text."""
        return f"{self.area}.{self.name}"

    def question_key(self, role: str) -> str:
        """Key of its title: the question it answers to who has this role."""
        is_own = role == "customer" and self.asks_of_staff
        return f"{self.key}_own" if is_own else f"{self.key}_question"

    @property
    def url_path(self) -> str:
        """Address of the page below ``/``; empty for the first page, which is ``/`` itself."""
        if self == PAGES[0]:
            return ""
        return f"{self.area}-{self.name}".replace("_", "-")

    @property
    def file(self) -> Path:
        """The page's script."""
        return Path(__file__).parent / self.area / f"{self.name}.py"


PAGES: tuple[Page, ...] = (
    Page("home", "start", "home", EVERYONE),
    Page("load", "curve", "show_chart", EVERYONE),
    Page("load", "realtime", "monitor_heart"),
    Page("load", "forecast", "online_prediction"),
    Page("load", "model_lab", "science"),
    Page("load", "transformer_area", "electrical_services"),
    Page("load", "grid_map", "map"),
    Page("load", "trends", "trending_up"),
    Page("load", "behaviour", "groups"),
    Page("load", "saving_potential", "energy_savings_leaf"),
    Page("billing", "bill", "receipt_long", EVERYONE, asks_of_staff=True),
    Page("billing", "time_of_use", "schedule", EVERYONE, shows_readings=False),
    Page("billing", "tariff_simulation", "balance", TARIFF_MAKERS),
    Page("billing", "best_choice", "recommend", EVERYONE, asks_of_staff=True),
    Page("customers", "service", "support_agent"),
    Page("customers", "my_use", "person", EVERYONE),
    Page("customers", "portrait", "account_box", EVERYONE, asks_of_staff=True),
    Page("customers", "segments", "category"),
    Page("customers", "advice", "tips_and_updates", EVERYONE, asks_of_staff=True),
    Page("customers", "offers", "campaign"),
    Page("demand", "periods", "hourglass_top", TARIFF_MAKERS),
    Page("demand", "what_if", "tune", TARIFF_MAKERS),
    Page("demand", "price_response", "trending_down", TARIFF_MAKERS),
    Page("demand", "optimal_prices", "target", TARIFF_MAKERS),
    Page("demand", "events", "campaign"),
    Page("demand", "baselines", "gavel"),
    Page("demand", "packages", "redeem", TARIFF_MAKERS),
    Page("demand", "orderly_use", "checklist"),
    Page("market", "regions", "travel_explore"),
    Page("market", "industries", "factory"),
    Page("market", "outlook", "insights"),
    Page("market", "potential", "rocket_launch"),
    Page("market", "risk", "crisis_alert"),
    Page("governance", "collection", "sensors"),
    Page("governance", "data_quality", "fact_check"),
)
"""Every page, in the order of the menu; the first one is where everybody begins."""


def pages_for(role: str) -> dict[str, list[Page]]:
    """The pages a role finds in the menu, by area; areas without any are left out."""
    open_to = [page for page in PAGES if role in page.roles]
    found = {area: [page for page in open_to if page.area == area] for area in AREAS}
    return {area: pages for area, pages in found.items() if pages}
