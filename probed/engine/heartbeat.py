"""The dead-man's switch: a sign of life goes out as long as the daemon is really alive.

Whoever gets the signs notices when they stay away; this host notices when nobody gets them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from probed.core.finding import Finding, Severity
from probed.core.heartbeat import Heartbeat, answered, missed
from probed.engine.ingest import Ingest
from probed.errors import ChannelError
from probed.ports import Clock, LifeSign, Monitor, Queries, ReportDraft

log = logging.getLogger("cortex.heartbeat")

SETTING = "heartbeat"
"""Name of the setting that keeps how it stands."""
CHECK = "heartbeat"


@dataclass(frozen=True, slots=True)
class Rhythm:
    every_s: float
    missing_after_s: float


class HeartbeatKeeper:
    def __init__(
        self,
        sign: LifeSign | None,
        rhythm: Rhythm,
        is_ready: Callable[[], Awaitable[bool]],
        monitor: Monitor,
        queries: Queries,
        ingest: Ingest,
        clock: Clock,
    ) -> None:
        """`sign`: None where no heartbeat is configured."""
        self._sign, self._rhythm, self._is_ready = sign, rhythm, is_ready
        self._monitor, self._queries, self._ingest, self._clock = monitor, queries, ingest, clock
        self._state = Heartbeat()
        self._is_held_back = False
        self._last_s: float | None = None

    def status(self) -> str:
        """`off`, or how it stands."""
        if self._sign is None:
            return "off"
        if self._state.missing_s:
            return f"no answer from {self._sign.place} for {self._state.missing_s:.0f} s: {self._state.why}"
        if self._is_held_back:
            return "held back: the daemon is not ready"
        at = self._state.answered_at
        return f"answered at {at:%Y-%m-%d %H:%M:%S} UTC" if at else "no sign was given yet"

    async def run(self) -> None:
        """Until it is cancelled; one that is not configured any more ends at once, with its alert."""
        while True:
            try:
                await self.turn()
            except Exception:
                log.exception("a heartbeat failed")
            if self._sign is None and not self._state.is_told:
                return
            await asyncio.sleep(self._rhythm.every_s)

    async def turn(self) -> None:
        if self._last_s is None:
            self._state = Heartbeat.from_payload(await self._queries.setting(SETTING))
        await (self._give_sign(self._sign) if self._sign else self._end())
        self._last_s = self._clock.monotonic()

    async def _give_sign(self, sign: LifeSign) -> None:
        passed_s = self._rhythm.every_s if self._last_s is None else self._clock.monotonic() - self._last_s
        self._is_held_back = not await self._is_ready()
        try:
            was_given = await sign.give(ready=not self._is_held_back)
        except ChannelError as error:
            if error.reason != self._state.why:  # said once, not every minute
                log.warning("nobody answers the heartbeat: %s", error.reason)
            await self._keep(missed(self._state, error.reason, passed_s), sign)
        else:
            if was_given:
                await self._keep(answered(self._state, self._clock.now()), sign)

    async def _keep(self, state: Heartbeat, sign: LifeSign) -> None:
        """The report first: told twice is better than never."""
        if state.is_missing(self._rhythm.missing_after_s) and not state.is_told:
            await self._report(f"nobody answers the heartbeat: {state.why}", _finding(sign.place, state))
            state = replace(state, is_told=True)
        elif state.is_told and not state.missing_s:
            await self._report(f"{sign.place} answers the heartbeat again")
            state = replace(state, is_told=False)
        await self._store(state)

    async def _end(self) -> None:
        if self._state.is_told:
            await self._report("no heartbeat is configured any more")
        if self._state != Heartbeat():
            await self._store(Heartbeat())

    async def _report(self, summary: str, *findings: Finding) -> None:
        verdict = "warning" if findings else "ok"
        await self._ingest.report_own(ReportDraft("cortex", verdict, summary, findings), CHECK)

    async def _store(self, state: Heartbeat) -> None:
        self._state = state
        async with self._monitor.transaction() as tx:
            await tx.settings.set(SETTING, state.to_payload())


def _finding(place: str, state: Heartbeat) -> Finding:
    last = f"{state.answered_at:%Y-%m-%d %H:%M} UTC" if state.answered_at else "never"
    return Finding(
        CHECK,
        place,
        Severity.WARNING,
        f"nobody at {place} answers this host's heartbeat; whoever should notice that it is down does not",
        {"reason": state.why, "last answer": last},
    )
