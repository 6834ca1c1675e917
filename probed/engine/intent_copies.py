"""Copies of the record of intents: each line that is no audit goes to somebody else's record, in order, from the moment
on at which that is configured."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from probed.core.intent import Intent
from probed.errors import ChannelError, CortexError, MessageRefused
from probed.ports import IntentSink, Monitor, Queries

log = logging.getLogger("cortex.intents")

SETTING = "intents_copied"
"""Name of the setting that keeps the number of the last line that is done with."""
EVERY_S = 5.0
MOST = 50
"""Lines a turn."""
TRIES, AHEAD = 3, 2
"""A line that is refused so often is left out where one of so many behind it is taken; where none is, the fault is
another one, and all wait."""


class IntentCopier:
    def __init__(self, sink: IntentSink | None, monitor: Monitor, queries: Queries) -> None:
        """`sink`: None where nobody wants copies."""
        self._sink, self._monitor, self._queries = sink, monitor, queries
        self._fault, self._refusals = "", 0

    def notes(self) -> tuple[str, ...]:
        """For `status`: why lines wait."""
        return (f"lines of the record of intents wait: {self._fault}",) if self._fault else ()

    async def run(self) -> None:
        """Until it is cancelled; without somebody who wants copies it forgets where it was, and ends."""
        while True:
            try:
                await self.turn()
            except CortexError as error:
                log.warning("the record of intents is not copied: %s", error)
            except Exception:
                log.exception("the record of intents is not copied")
            if self._sink is None:
                return
            await asyncio.sleep(EVERY_S)

    async def turn(self) -> None:
        known = await self._queries.setting(SETTING)
        if self._sink is None:
            if known is not None:
                await self._keep(None)
            return
        if not isinstance(known, int):
            await self._keep(await self._newest())
            return
        newest = await self._newest()  # before what waits is read: nothing that comes meanwhile is passed over
        if waiting := await self._queries.intents_after(known, MOST):
            await self._copy(self._sink, waiting)
        elif newest != known:  # there are only audits, or a backup was restored
            await self._keep(newest)

    async def _newest(self) -> int:
        newest = (await self._queries.intents(1)).items
        return newest[0].number if newest else 0

    async def _copy(self, sink: IntentSink, intents: Sequence[Intent]) -> None:
        """What is done with is kept after each line: one that was taken is not handed on once more."""
        refused: dict[int, str] = {}
        for intent in intents:
            try:
                await sink.take(intent)
            except MessageRefused as error:
                refused[intent.number] = error.reason
                if self._holds_up(sink, refused):
                    return
            except ChannelError as error:
                self._wait(error.reason)
                return
            else:
                await self._leave_out(sink, refused)
                await self._keep(intent.number)

    def _holds_up(self, sink: IntentSink, refused: Mapping[int, str]) -> bool:
        """Whether what is refused ends this turn: whether it is the line, only those behind it can show."""
        number, reason = next(iter(refused.items()))
        self._wait(f"{sink.place} refuses number {number}: {reason}")
        self._refusals += len(refused) == 1
        return self._refusals < TRIES or len(refused) > AHEAD

    async def _leave_out(self, sink: IntentSink, refused: dict[int, str]) -> None:
        """A later line was taken. The record says so, and with it the copy."""
        for number, reason in refused.items():
            text = f"number {number} is missing from the copy: {sink.place} refuses it: {reason}"
            log.warning("the record of intents: %s", text)
            async with self._monitor.transaction() as tx:
                await tx.ledger.append("note", "cortex", "", text)
        refused.clear()
        self._fault, self._refusals = "", 0

    def _wait(self, fault: str) -> None:
        if fault != self._fault:  # said once, not at every turn
            log.warning("lines of the record of intents wait: %s", fault)
        self._fault = fault

    async def _keep(self, number: int | None) -> None:
        async with self._monitor.transaction() as tx:
            await tx.settings.set(SETTING, number)
