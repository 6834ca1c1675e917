"""What the host tells by itself, and which checks that concerns."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from probed.core.pattern import fits_any

ANY = "*"
"""The object of an event that may be about each of its source's: what was told while nobody listened is not known."""


class EventSource(enum.StrEnum):
    SYSTEMD = "systemd"
    """Units, by their names."""
    DOCKER = "docker"
    """Containers, by their names."""
    JOURNAL = "journal"
    """New lines, by the unit or the identifier of who wrote them; `kernel` for the kernel's."""
    PRESSURE = "pressure"
    """Stalls for `cpu`, `memory` or `io`; where nothing goes on any more, `memory full` or `io full`."""
    FILES = "files"
    """Files that came, went or were changed, by their paths."""
    NETWORK = "network"
    """Links that came, went, or were lost, by their names."""
    JOBS = "jobs"
    """What jobs say of themselves, by their names; they tell it to the daemon, so nobody has to listen for it."""


FOLLOWED = tuple(source for source in EventSource if source is not EventSource.JOBS)


@dataclass(frozen=True, slots=True)
class HostEvent:
    source: EventSource
    object: str = ANY

    def __str__(self) -> str:
        return f"{self.source} tells of {'what was missed' if self.object == ANY else self.object}"


@dataclass(frozen=True, slots=True)
class Concern:
    """What of a source a check wants to be asked for at once."""

    source: EventSource
    objects: tuple[str, ...] = (ANY,)
    """Names or shell patterns."""
    exclude: tuple[str, ...] = ()
    level: float = 0.0
    """Of pressure: the share of time, in percent, from which on it is worth a look."""

    def holds(self, event: HostEvent) -> bool:
        return event.source is self.source and self.fits(event.object)

    def fits(self, object_: str) -> bool:
        return object_ == ANY or (fits_any(object_, self.objects) and not fits_any(object_, self.exclude))

    def names(self, object_: str) -> bool:
        """Whether it is meant by itself, and not only as one of all."""
        return self.fits(object_) and fits_any(object_, [each for each in self.objects if each != ANY])


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """How it stands with a source that some check in force is concerned with."""

    source: EventSource
    is_live: bool
    why: str = ""
    """Why it tells nothing; empty while it is live, or has only just been begun."""
    is_absent: bool = False
    """This host does not have it at all."""
    told: int = 0
    """Events since the start."""
    losses: int = 0
    """How often it was lost since the start."""

    @property
    def words(self) -> str:
        if self.is_live:
            return "live"
        return f"polled: {self.why}" if self.why else "begins"
