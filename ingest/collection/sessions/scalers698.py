"""Asks the meters behind a terminal of DL/T 698.45 for scaler and unit of what they register."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from ingest.collection.exchange import ExchangeError
from ingest.collection.scalers import ScalerBook, Scalers
from ingest.collection.sessions.collected import backoff_seconds
from ingest.collection.sessions.questions698 import CLOCK
from ingest.collection.sessions.terminal_link import Setting
from ingest.collection.sessions.wire698 import Told, Wire698, refused
from ingest.protocols.dlt698.dar import dar_name, may_retry
from ingest.protocols.dlt698.messages import ProxyGetList, ProxyResults, ProxyTarget, Result
from ingest.protocols.dlt698.objects import scaler_oad, stated_scalers
from ingest.protocols.dlt698.requests import proxy_get_list
from ingest.protocols.dlt698.values import meter_address, meter_digits

_NO_SUCH = frozenset({4, 5, 6})
"""DARs by which a meter says that it has no such object."""
_LOST = frozenset({"disconnected", "offline"})
"""Reasons that say nothing of the meter."""


class Scalers698:
    """What is known of the meters behind one terminal, and how it is learnt."""

    def __init__(self, wire: Wire698, setting: Setting) -> None:
        """Ask over ``wire`` for what the setting's book does not know."""
        self._wire, self._setting, self._limits = wire, setting, setting.limits
        self._book: ScalerBook | None = setting.scalers
        self._turn = asyncio.Lock()

    def unknown(self, addresses: Iterable[str]) -> list[str]:
        """Those of the meters whose readings must wait."""
        book = self._book
        return [one for one in addresses if book.is_unknown(one)] if book else []

    async def learn(self, addresses: Iterable[str]) -> dict[str, ExchangeError]:
        """Ask the meters of which something is due; why, of those that stay unknown.

        What they answer is kept before it is used. For one that states no scaler, or refuses to
        (a DAR that asking again cannot change), the codec's table holds.
        """
        book, failed = self._book, {}
        if book is None:
            return {}
        async with self._turn:
            due = [one for one in dict.fromkeys(addresses) if book.due(one)]
            most = self._limits.meters_per_question
            for at in range(0, len(due), most):
                failed |= await self._learn(book, due[at : at + most])
        return {address: error for address, error in failed.items() if book.is_unknown(address)}

    async def _learn(self, book: ScalerBook, meters: Sequence[str]) -> dict[str, ExchangeError]:
        """Ask some meters, and those again that failed for now."""
        left: dict[str, ExchangeError] = {}
        for attempt in range(1, self._limits.attempts + 1):
            left = await self._ask(book, list(left) or meters)
            if not left or any(error.reason in _LOST for error in left.values()):
                break
            if attempt < self._limits.attempts:
                await asyncio.sleep(backoff_seconds(attempt, self._limits, self._setting.random))
        counted = [a for a, error in left.items() if error.reason not in _LOST]
        book.fail({address: str(left[address]) for address in await self._there(counted)})
        return left

    async def _there(self, meters: Sequence[str]) -> list[str]:
        """Those of the meters that tell the time.

        Of one without power nothing follows from its silence, though its terminal may hold its
        readings: they wait, rather than be read by a scaler that may be another's.
        """
        if not meters:
            return []
        seconds = self._limits.proxied_seconds * len(meters) + self._limits.answer_seconds
        question = self._question(dict.fromkeys(meters, (CLOCK,)))
        try:
            told = await self._wire.ask(
                lambda number: proxy_get_list(question, number),
                lambda told: told,
                seconds=seconds,
                what=f"clocks of {len(meters)} meters that do not tell their scalers",
                meter=meters[0] if len(meters) == 1 else None,
            )
        except ExchangeError:
            return []
        await self._setting.keep(told.exchanges)
        targets = told.body.targets if isinstance(told.body, ProxyResults) else ()
        return [
            meter_digits(target.address)
            for target in targets
            if any(one.data is not None and one.data.value is not None for one in target.results)
        ]

    async def _ask(self, book: ScalerBook, meters: Sequence[str]) -> dict[str, ExchangeError]:
        values = {one: tuple(map(scaler_oad, book.due(one))) for one in meters}
        question = self._question(values)
        what = f"scalers of {len(meters)} meters" if len(meters) > 1 else f"scalers of {meters[0]}"
        try:
            told = await self._wire.ask(
                lambda number: proxy_get_list(question, number),
                lambda told: told,
                seconds=self._limits.proxied_seconds * len(meters) + self._limits.answer_seconds,
                what=what,
                meter=meters[0] if len(meters) == 1 else None,
            )
        except ExchangeError as error:
            if error.exchanges:  # SECURITY says no, and will of the readings too
                await self._setting.keep(error.exchanges)
                error.exchanges = ()
                return dict.fromkeys(meters, error)
            if error.reason != "refused" or error.may_retry:
                return dict.fromkeys(meters, error)
            if len(meters) == 1:
                book.fail({meters[0]: str(error)}, for_good=True)
                return {}
            failed: dict[str, ExchangeError] = {}
            for one in meters:  # one of them may be why
                failed |= await self._ask(book, [one])
            return failed
        await self._setting.keep(told.exchanges)
        return self._note(book, told, what)

    def _question(self, wanted: Mapping[str, Sequence[str]]) -> ProxyGetList:
        seconds = self._limits.told_seconds
        targets = tuple(
            ProxyTarget(meter_address(address), seconds, tuple(oads))
            for address, oads in wanted.items()
        )
        return ProxyGetList(min(seconds * len(targets), 0xFFFF), targets)

    def _note(self, book: ScalerBook, told: Told, what: str) -> dict[str, ExchangeError]:
        known: dict[str, Scalers] = {}
        failed: dict[str, ExchangeError] = {}
        targets = told.body.targets if isinstance(told.body, ProxyResults) else ()
        for target in targets:
            address = meter_digits(target.address)
            stated = stated_scalers(target.results)
            open_ones = [one for one in target.results if one.dar not in _NO_SUCH]
            odd = next((one for one in open_ones if _value(one) not in stated), None)
            if odd is None:
                known[address] = {one: stated.get(one) for one in map(_value, target.results)}
                continue
            why = f"{dar_name(odd.dar)} (DAR {odd.dar})" if odd.dar is not None else "no value"
            text = f"{what}, meter {address}: {why}"
            if odd.dar is not None and not may_retry(odd.dar):
                book.fail({address: text}, for_good=True)
            else:
                error = refused(text, told.exchanges, odd.dar)
                error.may_retry = True
                failed[address] = error
        book.note(known)
        return failed


def _value(result: Result) -> str:
    """The value whose scaler was asked for."""
    return f"{result.oad[:4]}{int(result.oad[4:6], 16) - 1:02X}00"
