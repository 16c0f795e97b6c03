"""The web application: pages and data service in one process, on one port, behind one door.

``python app.py`` serves it at the settings' host and port.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware

from ingest.records.accounts import ensure_demo_accounts
from ingest.records.engine import SYSTEM, upgrade
from pages.charts import trust_charts
from pages.cookie import signing_key
from pages.door import Gate, refuse_public_demo
from pages.sign_in import routes
from pages.warming import begin_warming, let_go
from queries.manifest import LakeError
from queries.questions import answer, find_question
from queries.scope import EVERYTHING
from queries.settings import PROJECT, Settings

settings = Settings()
trust_charts()
refuse_public_demo(settings)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Have the operational database and the signing key ready before the first request.

    What else a first page needs is made ready meanwhile.
    """
    engine = upgrade(settings)
    signing_key(settings)
    if settings.demo:
        ensure_demo_accounts(engine, SYSTEM, customer_ids=_first_customer())
    begin_warming(settings)
    yield
    let_go()


def _first_customer() -> list[str]:
    """Whom the demo's customer is: the first account of the district that pages open with."""
    try:
        found = answer(find_question("home/districts"), settings, EVERYTHING)
        if found.is_empty():
            return []
        inputs = {"area_kind": "customer_id", "region_id": found["district_id"][0]}
        accounts = answer(find_question("load/areas"), settings, EVERYTHING, **inputs)
        return accounts["area_id"].to_list()[:1]
    except LakeError:
        return []


app = st.App(
    PROJECT / "pages" / "shell.py",
    lifespan=lifespan,
    routes=[*routes(settings)],
    middleware=[Middleware(Gate, settings=settings)],
)

if __name__ == "__main__":
    app.run(config={"server.address": settings.host, "server.port": settings.port})
