"""Keeps the sources going that documents in force need; one that ends is tried again, later each time.

While a source tells nothing, the checks that it concerns go by the schedule of their documents.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from probed.core.host_event import ANY, Concern, EventSource, HostEvent, SourceFacts
from probed.errors import CortexError, NotHere
from probed.events.registry import follow_of
from probed.events.source import Follow, Listener

log = logging.getLogger("cortex.events")

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
STEADY_S = 60.0
"""One that was live for so long begins with the first pause again."""


@dataclass(slots=True)
class Watched:
    concerns: frozenset[Concern]
    facts: SourceFacts
    task: asyncio.Task[None] | None = None
    was_live: bool = field(default=False)
    """Whether it ever was: what happened while it was lost is not known."""


class EventWatch:
    def __init__(
        self, notice: Callable[[HostEvent], None], follow: Callable[[EventSource], Follow] = follow_of
    ) -> None:
        self._notice, self._follow = notice, follow
        self._watched: dict[EventSource, Watched] = {}

    def want(
        self, concerns: Mapping[EventSource, frozenset[Concern]], enabled: Collection[EventSource] = tuple(EventSource)
    ) -> None:
        """Listen for these from now on, and for nothing else."""
        wanted = {source: each for source, each in concerns.items() if each and source in enabled}
        for source in self._watched.keys() - wanted.keys():
            self._end(self._watched.pop(source))
        for source, each in wanted.items():
            known = self._watched.get(source)
            if known is None:
                known = self._watched[source] = Watched(each, SourceFacts(source, is_live=False))
            elif known.concerns == each:
                continue
            self._end(known)
            known.concerns = each
            known.task = asyncio.create_task(self._keep(source, known), name=f"events of {source}")

    async def stop(self) -> None:
        tasks = [watched.task for watched in self._watched.values() if watched.task]
        for watched in self._watched.values():
            self._end(watched)
        self._watched.clear()
        await asyncio.gather(*tasks, return_exceptions=True)

    def facts(self) -> tuple[SourceFacts, ...]:
        return tuple(self._watched[source].facts for source in sorted(self._watched))

    def notes(self) -> Sequence[str]:
        """What a person should know: what the host does not have at all, the checks themselves say."""
        return [
            f"no events from {each.source}: what it concerns is looked at by schedule only ({each.why})"
            for each in self.facts()
            if each.why and not each.is_absent
        ]

    def _end(self, watched: Watched) -> None:
        if watched.task:
            watched.task.cancel()
            watched.task = None

    async def _keep(self, source: EventSource, watched: Watched) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            error = await self._once(source, watched)
            lasted_s = time.monotonic() - began
            if isinstance(error, NotHere):
                pause_s = LONGEST_PAUSE_S
            elif watched.facts.is_live and lasted_s >= STEADY_S:
                pause_s = FIRST_PAUSE_S
            self._lost(watched, error)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _once(self, source: EventSource, watched: Watched) -> Exception:
        """Why it ended."""
        listener = Listener(
            watched.concerns, lambda object_: self._told(watched, object_), lambda: self._live(source, watched)
        )
        try:
            await self._follow(source)(listener)
        except (CortexError, OSError, EOFError, TimeoutError) as error:
            return error
        except Exception as error:
            log.exception("the events of %s broke", source)
            return error
        return EOFError("it ended")

    def _live(self, source: EventSource, watched: Watched) -> None:
        if watched.facts.why:
            log.info("events of %s: live", source)
        watched.facts = replace(watched.facts, is_live=True, why="", is_absent=False)
        if watched.was_live:
            self._notice(HostEvent(source, ANY))
        watched.was_live = True

    def _told(self, watched: Watched, object_: str) -> None:
        watched.facts = replace(watched.facts, told=watched.facts.told + 1)
        self._notice(HostEvent(watched.facts.source, object_))

    def _lost(self, watched: Watched, error: Exception) -> None:
        facts, why = watched.facts, words_of(error)
        if facts.is_live or facts.why != why:
            weight = logging.INFO if is_absent(error) else logging.WARNING
            log.log(weight, "no events from %s, its checks go by their schedules: %s", facts.source, why)
        watched.facts = replace(
            facts, is_live=False, why=why, is_absent=is_absent(error), losses=facts.losses + facts.is_live
        )


def is_absent(error: Exception) -> bool:
    return isinstance(error, NotHere) and not error.remedy


def words_of(error: Exception) -> str:
    if isinstance(error, NotHere):
        return f"no access to {error.what}: {error.remedy}" if error.remedy else f"no {error.what} on this host"
    return " ".join(str(error).split())[:200] or type(error).__name__
