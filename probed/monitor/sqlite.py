"""The monitor: one SQLite file, one writer at a time, readers beside it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from probed.core.event import StreamEvent
from probed.core.transcript import Transcript, TranscriptKind
from probed.errors import CorruptMonitor
from probed.monitor.connection import connected
from probed.monitor.driver import Driver
from probed.monitor.file import prepare
from probed.monitor.migrate import known_migrations
from probed.monitor.queries import SqliteQueries
from probed.monitor.readers import Readers
from probed.monitor.retention import Lifetimes, Retention, shorter_lives
from probed.monitor.rollup import RollUp
from probed.monitor.room import give_pages_back, used_bytes
from probed.monitor.session import Session, translated
from probed.monitor.signing import SigningKey
from probed.monitor.silent_series import SilentSeries
from probed.monitor.transaction import SqliteTransaction, Tip
from probed.monitor.transcripts import Transcripts
from probed.ports import Clock

READERS = 2
"""For the faces; the engine has one of its own."""
CONNECTIONS = 1 + READERS + 1

Listener = Callable[[StreamEvent], None]


async def open_monitor(path: Path, clock: Clock) -> SqliteMonitor:
    """Create or migrate the database at `path` and connect to it.

    Raises CorruptMonitor, NewerMonitor or CannotPersist.
    """
    await asyncio.to_thread(prepare, path, clock.now(), known_migrations())
    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(connected(path)) for _ in range(CONNECTIONS)]
        writer, engines_own, *readers = connections
        return SqliteMonitor(path, writer, engines_own, readers, clock, stack.pop_all().aclose)


class SqliteMonitor(SqliteQueries):
    """Made by `open_monitor`. Reading goes through connections of its own and never waits for a transaction."""

    def __init__(
        self,
        path: Path,
        writer: Driver,
        engines_own: Driver,
        readers: Sequence[Driver],
        clock: Clock,
        disconnect: Callable[[], Awaitable[None]],
    ) -> None:
        self.path, self._keys = path, SigningKey(path)
        super().__init__(Readers(readers), Readers([engines_own]), self._keys)
        self._writer, self._clock, self._disconnect = writer, clock, disconnect
        self._lock = asyncio.Lock()
        self._owner: asyncio.Task[object] | None = None
        self.transcripts = Transcripts(path, self.transaction, self._readers)
        self._tip: Tip | None = None
        """As of the last commit; None: to be read from the file."""
        self._listeners: dict[int, Listener] = {}
        self._numbers = count()
        self.on_damaged: Callable[[CorruptMonitor], None] = lambda error: None
        """Told when a transaction met a damaged page."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqliteTransaction]:
        """Raises CannotPersist when the disk is full or fails; then nothing of the transaction is kept."""
        if self._owner is not None and self._owner is asyncio.current_task():
            raise RuntimeError("transactions do not nest")
        async with self._lock:
            self._owner = asyncio.current_task()
            session = Session(self._writer)
            try:
                await session.write("BEGIN IMMEDIATE")
                tip = self._tip or await Tip.read(session)
                transaction = SqliteTransaction(session, tip, self._clock.now())
                yield transaction
                await transaction.flush()
                await self._commit(transaction)
            except BaseException as error:
                self._tip = None
                if isinstance(error, CorruptMonitor):
                    self.on_damaged(error)
                # Does nothing if the commit was reached: the driver keeps the order of what it was asked for.
                await translated(self._writer.rollback())
                raise
            finally:
                session.end()
                self._owner = None

    async def _commit(self, transaction: SqliteTransaction) -> None:
        """A cancelled caller cannot stop a commit that has begun; who listens hears of it all the same."""
        committing = asyncio.ensure_future(transaction.session.commit())
        committing.add_done_callback(lambda done: self._committed(transaction, done))
        await asyncio.shield(committing)

    def _committed(self, transaction: SqliteTransaction, done: asyncio.Future[None]) -> None:
        if done.cancelled() or done.exception() is not None:
            return
        self._tip = transaction.tip
        loop = asyncio.get_running_loop()
        for event in transaction.events.published:
            for number in self._listeners:
                loop.call_soon(self._tell, number, event)

    def _tell(self, number: int, event: StreamEvent) -> None:
        listener = self._listeners.get(number)
        if listener:
            listener(event)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` on the event loop with each event, in the order of the ids, once it is committed. It must not
        block. Returns what ends the subscription."""
        number = next(self._numbers)
        self._listeners[number] = listener

        def unsubscribe() -> None:
            self._listeners.pop(number, None)

        return unsubscribe

    async def probe_write(self) -> None:
        """Really write. Raises CannotPersist or MonitorFailed."""
        async with self.transaction() as tx:
            await tx.settings.set("last_probe_at", self._clock.now().isoformat())

    def size_bytes(self) -> int:
        """The file with its write-ahead log."""
        parts = (self.path, self.path.with_name(f"{self.path.name}-wal"))
        return sum(part.stat().st_size for part in parts if part.exists())

    async def roll_up(self, now: datetime) -> None:
        """Measured numbers of what is over become one row for five minutes, and for an hour. Where there are nearly as
        many series as there may be, those that were silent for longest make room."""
        await RollUp(self.transaction, now).carry_out()
        await SilentSeries(self.transaction, now).let_go()

    async def prune(self, now: datetime, lives: Lifetimes, most_bytes: int = 2**63) -> Mapping[str, int]:
        """Remove what is older; returns how many rows went, by table. What is still needed stays, see `Retention`.
        Where the database and the transcripts take more than `most_bytes`, detail goes sooner. Then the file gives its
        free pages back, and files follow their rows."""
        await self.roll_up(now)
        retention = Retention(self.transaction, now)
        removed = Counter(await retention.prune(lives))
        for shorter in shorter_lives(lives):
            if await self._used_bytes() <= most_bytes:
                break
            removed += Counter(await retention.prune(shorter))
        await asyncio.to_thread(give_pages_back, self.path)
        await self.transcripts.reconcile()
        if lives.intents_s is not None:
            removed["intents"] = await self._chain.cut(self.transaction, timedelta(seconds=lives.intents_s), now)
        return removed

    async def _used_bytes(self) -> int:
        return await asyncio.to_thread(used_bytes, self.path) + await self.transcripts.used_bytes()

    async def keep_transcript(self, subject: str, kind: TranscriptKind, text: str) -> None:
        await self.transcripts.keep(subject, kind, text, self._clock.now())

    async def transcript(self, subject: str) -> Transcript:
        return await self.transcripts.read(subject)

    async def evidence(self, run_id: str) -> Transcript:
        return await self.transcripts.read(run_id, TranscriptKind.EVIDENCE)

    async def recording(self, run_id: str) -> Transcript:
        return await self.transcripts.read(run_id, TranscriptKind.RECORDING)

    async def renew_signing_key(self) -> str:
        return await asyncio.to_thread(self._keys.renew)

    async def close(self) -> None:
        """Waits for the transaction under way."""
        async with self._lock:
            await self._disconnect()
