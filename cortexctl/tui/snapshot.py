"""What the dashboard shows: one reading of the daemon, with its age."""

from __future__ import annotations

from dataclasses import dataclass

from cortexctl.failure import Failure
from probed.wire.alert import AlertShape
from probed.wire.event import EventShape
from probed.wire.status import RoleName, StatusShape


@dataclass(frozen=True, slots=True)
class Snapshot:
    status: StatusShape | None = None
    """None until the daemon has answered for the first time."""
    alerts: tuple[AlertShape, ...] = ()
    """Open ones, the worst first; more than the status itself holds."""
    events: tuple[EventShape, ...] = ()
    """The newest first."""
    read_at_s: float = 0.0
    """On the monotonic clock, so that a step of the wall clock makes nothing older."""
    failure: Failure | None = None
    """Why this is not renewed as things happen; None while all is well."""

    @property
    def role(self) -> RoleName:
        """Of the person; before the daemon has said it, nothing is held back: it refuses by itself."""
        return self.status.role if self.status else "admin"

    def age_s(self, now_s: float) -> float:
        return now_s - self.read_at_s if self.status else 0.0
