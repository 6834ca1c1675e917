"""Which containers have to be inspected: of hundreds a look asks only for those that may be otherwise than before.

The engine's list says of each its state and, in words, since when. Where these are the words for what was inspected
less than an hour ago, nothing has changed: a container that was started again meanwhile is younger, and what is not
well is inspected each time. What the list does not say (a restart policy that was changed, a health check's output) is
seen when its turn comes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from probed.errors import HostFailed

if TYPE_CHECKING:
    from probed.host.docker import Container

IN_TURN = 20
"""Inspected at each look though nothing speaks for a change; on most hosts these are all."""
AT_ONCE = 4
OLDEST_S = 3600.0
SETTLED_S = 65.0
"""From then on the words have minutes, which are the same only for what was not started again."""
NEAR_S = 1.0

Listed = Mapping[str, Any]
Inspect = Callable[[str], "Container | None"]
"""None: it was removed in between."""


@dataclass(frozen=True, slots=True)
class Known:
    container: Container
    at: float
    """When it was inspected, in seconds since 1970."""

    def still_holds(self, listed: Listed, began: float, ended: float) -> bool:
        """`began`, `ended`: when the engine was asked for the list, and had answered."""
        seen = self.container
        if ended - self.at > OLDEST_S or listed.get("State") != seen.status or name_of(listed) != seen.name:
            return False
        since = seen.finished_at if seen.status == "exited" else seen.started_at
        if seen.error or since is None or self.at - since.timestamp() < SETTLED_S:
            return False
        ages = {began - NEAR_S, began, ended, ended + NEAR_S}
        return listed.get("Status") in {_words(seen, in_words(age - since.timestamp())) for age in ages}


class Familiar:
    """The containers of one engine. Looks side by side do no harm: the later one's knowledge stays."""

    def __init__(self) -> None:
        self._known: Mapping[str, Known] = {}

    def look(self, listed: Collection[Listed], began: float, inspect: Inspect, until: float) -> tuple[Container, ...]:
        """In the list's order. `began`: when the list was asked for; `until`: monotonic. Raises HostFailed where that
        is over, and what `inspect` raises; the next look then goes on with those that are left."""
        ended = time.time()
        held = {
            each["Id"]: known
            for each in listed
            if (known := self._known.get(each["Id"])) and known.still_holds(each, began, ended)
        }
        in_turn = sorted(held, key=lambda known: held[known].at)[:IN_TURN]
        wanted = [each["Id"] for each in listed if each["Id"] not in held]
        fresh: dict[str, Container] = {}
        try:
            for_each([*wanted, *in_turn], inspect, until, fresh)
        finally:
            ids = {each["Id"] for each in listed}
            kept = {key: known for key, known in self._known.items() if key in ids}
            self._known = kept | {key: Known(container, ended) for key, container in fresh.items()}
        gone = {*wanted, *in_turn} - set(fresh)
        found = {key: known.container for key, known in held.items()} | fresh
        return tuple(found[each["Id"]] for each in listed if each["Id"] in found and each["Id"] not in gone)


def for_each(ids: Collection[str], inspect: Inspect, until: float, found: dict[str, Container]) -> None:
    """A few side by side where there are many. Raises HostFailed where the time is over, and what `inspect` raises."""
    rest, failures = iter(list(ids)), list[Exception]()

    def work() -> None:
        try:
            for each in rest:
                if failures:
                    return
                _require_time(until, f"{len(found)} of {len(ids)} containers could be asked for")
                if container := inspect(each):
                    found[each] = container
        except Exception as error:  # noqa: BLE001 - raised by whoever waits
            failures.append(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(AT_ONCE - 1 if len(ids) > IN_TURN else 0)]
    for thread in threads:
        thread.start()
    work()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _require_time(until: float, reached: str) -> None:
    if time.monotonic() > until:
        raise HostFailed(f"the Docker engine is slow: {reached}; the next look goes on from there")


def name_of(listed: Listed) -> str:
    """Without the names that other containers have linked it by, which hold a second slash."""
    names = [str(name).removeprefix("/") for name in listed.get("Names") or ()]
    return next((name for name in names if "/" not in name), names[0] if names else "")


def _words(seen: Container, age: str) -> str:
    """The status of what is well, as the engine's list has it; nothing fits what is not."""
    if seen.status == "exited":
        return f"Exited (0) {age} ago" if seen.exit_code == 0 else ""
    if seen.status != "running" or seen.health not in ("", "healthy"):
        return ""
    return f"Up {age} (healthy)" if seen.health else f"Up {age}"


def in_words(seconds: float) -> str:
    """As go-units' HumanDuration has it."""
    minutes, hours = int(seconds / 60), int(seconds / 3600 + 0.5)
    steps = (
        (seconds < 1, "Less than a second"),
        (seconds < 2, "1 second"),
        (seconds < 60, f"{int(seconds)} seconds"),
        (minutes == 1, "About a minute"),
        (minutes < 60, f"{minutes} minutes"),
        (hours == 1, "About an hour"),
        (hours < 48, f"{hours} hours"),
        (hours < 24 * 7 * 2, f"{hours // 24} days"),
        (hours < 24 * 30 * 2, f"{hours // 24 // 7} weeks"),
        (hours < 24 * 365 * 2, f"{hours // 24 // 30} months"),
    )
    return next((words for fits, words in steps if fits), f"{int(seconds / 3600) // 24 // 365} years")
