"""Reading the record of intents through, piece by piece, and cutting its beginning."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from probed.core.checkpoint import ChainVerdict, Checkpoint, fault_of, fingerprint_of
from probed.core.intent import GENESIS, Intent, Link, first_break
from probed.monitor import checkpoints, intents
from probed.monitor.readers import Readers
from probed.monitor.signing import SigningKey, holds
from probed.monitor.transaction import SqliteTransaction

log = logging.getLogger("cortex.monitor")

PIECE = 200
PIECES = f"SELECT * FROM intents WHERE number > :after ORDER BY number LIMIT {PIECE}"  # noqa: S608 (a number)
CUT = """
DELETE FROM intents WHERE number IN (
    SELECT number FROM intents WHERE number <= (SELECT max(number) FROM checkpoints) ORDER BY number LIMIT :batch
)
"""
SUBJECT = "intents"
"""Of the line that says what was cut."""
CUT_EVERY = timedelta(days=1)
"""Checkpoints stay for ever: there is one a day, not one an hour."""

Transactions = Callable[[], AbstractAsyncContextManager[SqliteTransaction]]


class Chain:
    """Neither the length of the chain nor its hashing stops the event loop or keeps a reader from the others: after
    each piece it rests as long as it worked. No snapshot is needed: it only grows, and nothing is cut meanwhile."""

    def __init__(self, readers: Readers, keys: SigningKey) -> None:
        self._readers, self._keys = readers, keys
        self._one_at_a_time = asyncio.Lock()

    async def verify(self) -> ChainVerdict:
        async with self._one_at_a_time:
            return await self._verify()

    async def _verify(self) -> ChainVerdict:
        known, found = await asyncio.to_thread(self._keys.known), await self._checkpoints()
        newest = found[-1] if found else None
        if faulty := await asyncio.to_thread(fault_of, found, known, holds):
            return faulty
        read: Link | None = newest
        is_told = newest is None
        async for piece in self._pieces(newest.number if newest else 0):
            if fault := _break(piece, read):
                return replace(fault, checkpoint=newest)
            read, is_told = piece[-1], is_told or any(_tells_of(newest, intent) for intent in piece)
        if newest and not is_told:
            return ChainVerdict(newest.number, f"what was written after the cut at {newest.number} is gone", newest)
        return ChainVerdict(checkpoint=newest, is_vouched_for=newest is None or known is not None)

    async def cut(self, transactions: Transactions, keep: timedelta, now: datetime) -> int:
        """Remove what is older, from the beginning on, after it was read through; a signed checkpoint stays for it.
        Returns how many intents went. Nothing goes from a chain that is broken."""
        async with self._one_at_a_time:
            return await self._cut(transactions, keep, now)

    async def _cut(self, transactions: Transactions, keep: timedelta, now: datetime) -> int:
        known, found = await asyncio.to_thread(self._keys.known), await self._checkpoints()
        before, old = found[-1] if found else None, Old()
        fault = await asyncio.to_thread(fault_of, found, known, holds)
        if fault is None and await self._is_due(now - keep - CUT_EVERY):
            fault = await self._read_old(old, before, now - keep)
        if fault:
            log.error("the record of intents is broken, so nothing is cut from it: %s", fault.fault)
            return 0
        if old.first and old.last:
            unsigned = old.checkpoint(old.first, old.last, before.seal if before else GENESIS, now)
            strange = {each.key for each in found} if known is None else set()
            made = await asyncio.to_thread(self._signed, unsigned, strange)
            await self._keep(transactions, made, strange)
        return await self._remove(transactions)

    async def _is_due(self, before: datetime) -> bool:
        async with self._readers.session() as session:
            rows = await session.rows(checkpoints.OLDEST_INTENT)
        return bool(rows) and intents.from_row(rows[0]).at < before

    async def _read_old(self, old: Old, before: Checkpoint | None, cutoff: datetime) -> ChainVerdict | None:
        """Gather what is older in `old`; what is wrong with it, or None."""
        read: Link | None = before
        async for piece in self._pieces(before.number if before else 0):
            if fault := _break(piece, read):
                return fault
            read = piece[-1]
            if not old.take(piece, cutoff):
                break
        return None

    async def _pieces(self, after: int) -> AsyncIterator[Sequence[Intent]]:
        while True:
            began_s = time.monotonic()
            async with self._readers.session() as session:
                rows = await session.rows(PIECES, {"after": after})
            if not rows:
                return
            piece = [intents.from_row(row) for row in rows]
            yield piece
            after = piece[-1].number
            await asyncio.sleep(time.monotonic() - began_s)

    async def _checkpoints(self) -> Sequence[Checkpoint]:
        async with self._readers.session() as session:
            return await checkpoints.all_checkpoints(session)

    def _signed(self, unsigned: Checkpoint, earlier: set[str]) -> Checkpoint:
        """`earlier`: keys of other hosts, where this record came from."""
        signer = self._keys.signer(sorted(earlier))
        made = replace(unsigned, key=signer.public)
        return replace(made, signature=signer.sign(made.content))

    async def _keep(self, transactions: Transactions, made: Checkpoint, strange: set[str]) -> None:
        """From here on it counts; what it stands for is removed afterwards, also after a crash in between. `strange`:
        keys that nobody here can vouch for, and that count from now on."""
        taken_over = {"keys of another host": sorted(map(fingerprint_of, strange))} if strange else {}
        if strange:
            log.warning("the record of intents goes on from checkpoints by another host's keys: %s", taken_over)
        text = f"cut {sum(made.counts.values())} intents that are too old, up to number {made.number}"
        detail = {"hash": made.hash, "counts": made.counts, "key": made.fingerprint, "seal": made.seal}
        async with transactions() as tx:
            await tx.session.write(checkpoints.INSERT, checkpoints.to_row(made))
            await tx.ledger.append("note", "cortex", SUBJECT, text, {**detail, **taken_over})

    async def _remove(self, transactions: Transactions) -> int:
        removed = 0
        while True:
            async with transactions() as tx:
                gone = await tx.session.run(CUT, {"batch": PIECE})
            removed += gone
            if gone < PIECE:
                return removed


@dataclass(slots=True)
class Old:
    """What is to go, as it is read."""

    first: Intent | None = None
    last: Intent | None = None
    counts: Counter[str] = field(default_factory=Counter)

    def take(self, piece: Sequence[Intent], cutoff: datetime) -> bool:
        """False from the first on that stays."""
        for intent in piece:
            if intent.at >= cutoff:
                return False
            self.first, self.last = self.first or intent, intent
            self.counts[intent.kind] += 1
        return True

    def checkpoint(self, first: Intent, last: Intent, previous: str, now: datetime) -> Checkpoint:
        return Checkpoint(last.number, last.hash, now, first.at, last.at, dict(self.counts), previous, key="")


def _tells_of(checkpoint: Checkpoint | None, intent: Intent) -> bool:
    """It was written together with the checkpoint: without it, the end of the record is not the one that was there."""
    return checkpoint is not None and intent.subject == SUBJECT and intent.detail.get("seal") == checkpoint.seal


def _break(piece: Sequence[Intent], before: Link | None) -> ChainVerdict | None:
    broken_at = first_break(piece, before)
    if broken_at is None:
        return None
    numbers = [before.number if before else 0, *(intent.number for intent in piece)]
    if broken_at - 1 in numbers:
        return ChainVerdict(broken_at, f"intent {broken_at}, or the one before it, is not as it was written")
    return ChainVerdict(broken_at, f"what stood before intent {broken_at} is gone, and no checkpoint stands for it")
