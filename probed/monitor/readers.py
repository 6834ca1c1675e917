"""Connections that only read; they see the last committed state and never wait for the writer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from probed.monitor.driver import Driver
from probed.monitor.session import Session, translated


class Readers:
    """Hands each connection to one reader at a time; whoever finds none waits."""

    def __init__(self, drivers: Iterable[Driver]) -> None:
        self._idle: asyncio.Queue[Driver] = asyncio.Queue()
        for driver in drivers:
            self._idle.put_nowait(driver)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        driver = await self._idle.get()
        session = Session(driver)
        try:
            yield session
        finally:
            session.end()
            self._idle.put_nowait(driver)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Session]:
        """All statements see the same state."""
        driver = await self._idle.get()
        session = Session(driver)
        try:
            await session.write("BEGIN")
            yield session
        finally:
            session.end()
            try:
                await translated(driver.rollback())
            finally:
                self._idle.put_nowait(driver)
