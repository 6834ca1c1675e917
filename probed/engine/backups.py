"""Backups of the monitor: taken when they are due, let go by age, tried out from time to time, and missed aloud."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from probed.core.backup import Backup, Drill, Keep, is_due, superfluous
from probed.core.finding import Finding, Severity
from probed.core.size import size_text
from probed.engine.audit import audit
from probed.engine.ingest import Ingest
from probed.errors import CorruptMonitor, CortexError, DamagedBackup, Refused
from probed.ports import Actor, BackupStore, Clock, Monitor, Queries, ReportDraft

log = logging.getLogger("cortex.backups")

CHECK = "backup"
DRILL, TOLD = "backup_drill", "backup_told"
"""Names of settings: the last drill, and what is an alert now."""
LOOK_EVERY_S = 30.0
AFTER_FAILURE_S = 300.0
"""So long nothing is tried again."""


@dataclass(frozen=True, slots=True)
class BackupPlan:
    every_s: float = 3600.0
    drill_every_s: float = 604800.0
    stale_after_s: float = 10800.0
    keep: Keep = field(default_factory=Keep)


class BackupKeeper:
    """Implements `ports.Backups`."""

    def __init__(
        self,
        store: BackupStore | None,
        plan: BackupPlan,
        monitor: Monitor,
        queries: Queries,
        ingest: Ingest,
        clock: Clock,
        on_damaged: Callable[[CorruptMonitor], None],
    ) -> None:
        """`store`: None where backups are off. `on_damaged`: told when a copy shows that the monitor is damaged."""
        self._store, self._plan, self._on_damaged = store, plan, on_damaged
        self._monitor, self._queries, self._ingest, self._clock = monitor, queries, ingest, clock
        self._since = clock.now()
        self._failure = ""
        self._not_before_s = clock.monotonic()

    # --- what a person may ask ----------------------------------------------------------------------------------------

    async def known(self) -> Sequence[Backup]:
        return await self._store.known() if self._store else ()

    async def take(self, by: Actor) -> Backup:
        backup = await self._take(self._there())
        async with self._monitor.transaction() as tx:
            await audit(tx, by, backup.name, "took a backup")
        return backup

    async def verify(self, name: str, by: Actor) -> Drill:
        store = self._there()
        backup = await store.get(name)
        async with self._monitor.transaction() as tx:
            await audit(tx, by, backup.name, "checks a backup")
        return await self._try_out(store, backup)

    async def last_drill(self) -> Drill | None:
        return Drill.from_payload(await self._queries.setting(DRILL))

    async def written_bytes(self) -> int:
        return await self._store.written_bytes() if self._store else 0

    def _there(self) -> BackupStore:
        if self._store is None:
            raise Refused("backups are off: backup.enabled is false")
        return self._store

    # --- by itself ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until it is cancelled; where backups are off it ends at once, with its alert."""
        while True:
            try:
                await self.turn()
            except CortexError as error:
                log.error("backups: %s", error)
            except Exception:
                log.exception("a turn of the backups failed")
            if self._store is None:
                return
            await asyncio.sleep(LOOK_EVERY_S)

    async def turn(self) -> None:
        if self._store is None:
            await self._tell(())
            return
        try:
            if self._clock.monotonic() >= self._not_before_s:
                await self._do_what_is_due(self._store)
        finally:
            await self._tell(await self._findings(self._store))

    async def _do_what_is_due(self, store: BackupStore) -> None:
        try:
            newest = _newest(await store.known())
            if is_due(newest.taken_at if newest else None, self._clock.now(), self._plan.every_s):
                newest = await self._take(store)
            if newest and store.can_open and self._wants_drill(newest, await self.last_drill()):
                await self._try_out(store, newest)
        except CortexError:
            self._not_before_s = self._clock.monotonic() + AFTER_FAILURE_S
            raise

    def _wants_drill(self, newest: Backup, last: Drill | None) -> bool:
        """After one that failed, the next backup is tried out at once."""
        has_failed = last is not None and last.fault != "" and last.name != newest.name
        return has_failed or is_due(last.at if last else None, self._clock.now(), self._plan.drill_every_s)

    async def _take(self, store: BackupStore) -> Backup:
        try:
            backup = await store.take(self._clock.now())
        except CorruptMonitor as error:
            self._on_damaged(error)
            raise
        except CortexError as error:
            self._failure = str(error)
            raise
        self._failure = ""
        log.info("backup %s: %s in %.1f s", backup.name, size_text(backup.stored_bytes), backup.took_s)
        for old in superfluous(await store.known(), self._plan.keep):
            await store.remove(old)
        return backup

    async def _try_out(self, store: BackupStore, backup: Backup) -> Drill:
        now = self._clock.now()
        try:
            drill = Drill(backup.name, now, await store.verify(backup))
        except DamagedBackup as error:
            log.error("%s", error)
            drill = Drill(backup.name, now, 0.0, error.reason)
        async with self._monitor.transaction() as tx:
            await tx.settings.set(DRILL, drill.to_payload())
            words = f"cannot be restored: {drill.fault}" if drill.fault else f"can be restored, in {drill.took_s:.1f} s"
            await tx.ledger.append("note", "cortex", backup.name, f"the backup {words}")
        return drill

    # --- what is wrong with them --------------------------------------------------------------------------------------

    async def _findings(self, store: BackupStore) -> Sequence[Finding]:
        now, newest, drill = self._clock.now(), _newest(await store.known()), await self.last_drill()
        findings = []
        last_at = newest.taken_at if newest else self._since
        if now - last_at > timedelta(seconds=self._plan.stale_after_s):
            findings.append(_stale(store.place, newest, self._failure))
        if drill and drill.fault:
            findings.append(_damaged(drill))
        return findings

    async def _tell(self, findings: Sequence[Finding]) -> None:
        """Only what is new. The report first: told twice is better than never."""
        told = await self._queries.setting(TOLD)
        objects = [finding.object for finding in findings]
        if objects == (told if isinstance(told, list) else []):
            return
        summary = findings[0].summary if findings else "the monitor is backed up"
        verdict = "warning" if findings else "ok"
        await self._ingest.report_own(ReportDraft("cortex", verdict, summary, tuple(findings)), CHECK)
        async with self._monitor.transaction() as tx:
            await tx.settings.set(TOLD, objects)


def _newest(backups: Sequence[Backup]) -> Backup | None:
    return backups[-1] if backups else None


def _stale(place: str, newest: Backup | None, why: str) -> Finding:
    last = f"{newest.taken_at:%Y-%m-%d %H:%M} UTC" if newest else "never"
    summary = f"there is no recent backup of Cortex' monitor in {place}" + (f": {why}" if why else "")
    return Finding(CHECK, place, Severity.WARNING, summary, {"last backup": last})


def _damaged(drill: Drill) -> Finding:
    evidence = {"reason": drill.fault, "checked at": f"{drill.at:%Y-%m-%d %H:%M} UTC"}
    summary = f"the backup {drill.name} of Cortex' monitor cannot be restored"
    return Finding(CHECK, drill.name, Severity.WARNING, summary, evidence)
