"""What the host tells by itself leads to a look of the checks that it concerns: at once, gathered, and not too often.

Nothing is queued but which checks are to look, so that no storm of events takes more memory than there are checks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

from probed.core.host_event import ANY, FOLLOWED, Concern, EventSource, HostEvent
from probed.engine.blind_watch import BlindWatch
from probed.engine.catalogue import Catalogue
from probed.engine.event_look import EventLook
from probed.engine.pace import Pace
from probed.engine.runs import RunBook
from probed.errors import CannotPersist, NotFound
from probed.ports import Clock, Noticing

log = logging.getLogger("cortex.notice")

SETTLE_S = 0.15
"""What belongs together comes together: a unit that fails tells of each of its states."""
SETTLE_FILE_S = 0.5
"""A file is put in the place of another one, or written anew, in several steps."""
MOST_OBJECTS = 64
"""That are named for one look; further ones are looked at all the same."""
LOOKS_AT_ONCE = 16
AGAIN_S = 2.0
"""What was seen and is not told yet, because it has to last or a package manager is at work, is looked at again: after
so long, then later each time."""


@dataclass(slots=True)
class Due:
    """The next look of one inspection."""

    at: float
    why: str
    places: set[int] = field(default_factory=set)
    objects: set[str] = field(default_factory=set)


class Noticer:
    def __init__(
        self, catalogue: Catalogue, event_look: EventLook, runs: RunBook, blind: BlindWatch, clock: Clock
    ) -> None:
        self._catalogue, self._event_look, self._runs, self._blind = catalogue, event_look, runs, blind
        self._clock = clock
        self._pace = Pace()
        self._due: dict[str, Due] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self.looks = 0
        """Since the start."""

    def concerns(self) -> dict[EventSource, frozenset[Concern]]:
        """Of the documents in force, by source that has to be listened to."""
        found: dict[EventSource, set[Concern]] = {}
        for _, _, concern in self._all():
            if concern.source in FOLLOWED:
                found.setdefault(concern.source, set()).add(concern)
        return {source: frozenset(concerns) for source, concerns in found.items()}

    def notice(self, event: HostEvent) -> None:
        """Called on the event loop, for each event of any source."""
        for inspection_id, place, concern in self._all():
            if concern.holds(event):
                self._expect(inspection_id, place, event)

    async def run(self) -> None:
        """Until it is cancelled, and then no look is under way."""
        try:
            while True:
                wait_s = self.begin_due()
                try:
                    async with asyncio.timeout(wait_s):
                        await self._changed.wait()
                except TimeoutError:
                    pass
                self._changed.clear()
        finally:
            for task in self._under_way.values():
                task.cancel()
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def settled(self) -> None:
        """Wait until every look that is under way has ended."""
        await asyncio.gather(*self._under_way.values())

    def _all(self) -> Iterator[tuple[str, int, Concern]]:
        for inspection_id, entry in self._catalogue.entries.items():
            for place, check in enumerate(entry.checks):
                if isinstance(check, Noticing):
                    yield from ((inspection_id, place, concern) for concern in check.concerns)

    def _expect(self, inspection_id: str, place: int, event: HostEvent) -> None:
        now = self._clock.monotonic()
        settle_s = SETTLE_FILE_S if event.source is EventSource.FILES else SETTLE_S
        at = now + max(settle_s, self._pace.wait_s(inspection_id, event.object, now))
        due = self._due.get(inspection_id)
        if due is None:
            due = self._due[inspection_id] = Due(at, str(event))
            self._changed.set()
        elif at < due.at:
            due.at = at
            self._changed.set()
        due.places.add(place)
        if len(due.objects) < MOST_OBJECTS:
            due.objects.add(event.object)

    def _expect_again(self, inspection_id: str, looked: Due) -> None:
        """No schedule has to come round first, which may be long."""
        now = self._clock.monotonic()
        rests = (self._pace.wait_s(inspection_id, object_, now) for object_ in looked.objects)
        at = now + max(AGAIN_S, *rests)
        due = self._due.setdefault(inspection_id, Due(at, looked.why))
        due.places |= looked.places
        due.objects |= looked.objects
        self._changed.set()

    def begin_due(self) -> float | None:
        """Returns the seconds until the next one is due; None: nothing is."""
        now = self._clock.monotonic()
        ready = [name for name, due in self._due.items() if name not in self._under_way]
        for name in sorted(ready, key=lambda name: self._due[name].at):
            if self._due[name].at <= now and len(self._under_way) < LOOKS_AT_ONCE:
                self._begin(name, self._due.pop(name), now)
        waiting = [due.at - now for name, due in self._due.items() if name not in self._under_way]
        if not waiting or len(self._under_way) >= LOOKS_AT_ONCE:
            return None  # the end of one that is under way comes first
        return max(0.0, min(waiting))

    def _begin(self, inspection_id: str, due: Due, now: float) -> None:
        self._pace.keep_only(set(self._catalogue.entries))
        self._pace.looked(inspection_id, due.objects, now)
        self.looks += 1
        task = asyncio.create_task(self._look(inspection_id, due), name=f"event look of {inspection_id}")
        self._under_way[inspection_id] = task
        task.add_done_callback(lambda _: self._ended(inspection_id))

    def _ended(self, inspection_id: str) -> None:
        del self._under_way[inspection_id]
        self._changed.set()

    async def _look(self, inspection_id: str, due: Due) -> None:
        more = len(due.objects - {ANY}) - 1
        why = f"{due.why} and {more} more" if more > 0 else due.why
        try:
            if inspection_id not in await self._runs.paused():
                await self._event_look.look(inspection_id, due.places, why)
                if self._event_look.holds_back(inspection_id, due.places):
                    self._expect_again(inspection_id, due)
        except NotFound as gone:
            log.debug("%s", gone)
        except CannotPersist as error:
            await self._blind.watch(inspection_id, error)
        except Exception:
            log.exception("inspection %s could not look after an event", inspection_id)
