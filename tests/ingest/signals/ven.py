"""openleadr's own VEN, on loopback, against our VTN."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from openleadr import OpenADRClient

from ingest.signals.openadr import Vtn


class Ven:
    """It answers as it was told and keeps the events it got."""

    def __init__(self, vtn: Vtn, ven_id: str, opt: str = "optIn", **more: Any):
        scheme = "https" if more else "http"
        self.opt, self.events = opt, []
        self.client = OpenADRClient(
            ven_name=ven_id,
            ven_id=ven_id,
            vtn_url=f"{scheme}://127.0.0.1:{vtn.port}/OpenADR2/Simple/2.0b",
            show_fingerprint=False,
            **more,
        )
        self.client.add_handler("on_event", self._on_event)
        self.client.add_handler("on_update_event", self._on_event)

    async def _on_event(self, event: dict) -> str:
        self.events.append(event)
        return self.opt

    async def poll(self) -> tuple[str, dict]:
        """What the VTN says to one poll, unanswered."""
        kind, content = await self.client.poll()
        return str(kind), content

    async def answer(self, content: dict) -> None:
        """Answer what a poll brought."""
        await self.client._on_event(content)  # noqa: SLF001 - as its own poll does

    async def close(self) -> None:
        session = self.client.client_session
        if session is not None and not session.closed:
            await self.client.stop()


@asynccontextmanager
async def running(vtn: Vtn) -> AsyncIterator[Vtn]:
    await vtn.start()
    try:
        yield vtn
    finally:
        await vtn.stop()


@asynccontextmanager
async def polling(*vens: Ven) -> AsyncIterator[None]:
    """VENs that register, and poll by themselves."""
    for ven in vens:
        await ven.client.run()
    try:
        yield
    finally:
        for ven in vens:
            await ven.close()
