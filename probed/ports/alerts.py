"""What the monitor keeps of L3: alerts, in which groups they are told, and what holds them back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from probed.core.alert import Alert
from probed.core.escalation import Escalation
from probed.core.flapping import Flapping
from probed.core.group import Group, Record
from probed.core.hold import Hold
from probed.core.incident import Incident
from probed.core.maintenance import Window
from probed.core.silence import Silence
from probed.core.storm import Gathered, Storm


class Alerts(Protocol):
    async def get(self, alert_id: str) -> Alert: ...

    async def get_all(self, alert_ids: Sequence[str]) -> Mapping[str, Alert]:
        """Those of them that are kept, by id."""

    async def of_case(self, case_id: str) -> Alert | None:
        """The alert of the case that is not resolved."""

    async def save(self, alert: Alert) -> None: ...

    async def save_all(self, alerts: Sequence[Alert]) -> None:
        """`save` for many at once."""

    async def of_group(self, group_key: str) -> Sequence[Alert]:
        """The alerts that the group has not let go, in the order of their coming."""

    async def firing_of(self, alert_ids: Sequence[str]) -> Sequence[Alert]:
        """Those of them that fire and that nobody acknowledged; unknown ids are left out."""

    async def lapsing(self, now: datetime) -> Sequence[Alert]:
        """Those whose acknowledgement has lapsed."""

    async def held_for(self, reason: str) -> Sequence[Alert]:
        """Those that are held back for just this reason, in the order of their coming."""

    async def begun_since(self, since: datetime, most: int) -> Sequence[Alert]:
        """The oldest first."""

    async def open_about(self, objects: Collection[str]) -> Sequence[Alert]:
        """Those that are not resolved and whose label `object`, or `alertname` where there is none, is one of these."""

    async def newest_of(self, fingerprints: Sequence[str]) -> Mapping[str, Alert]:
        """Of those from outside the newest of each fingerprint, resolved or not."""

    async def count_external(self) -> int:
        """How many from outside are not resolved."""

    async def ending(self, now: datetime, limit: int) -> Sequence[Alert]:
        """Those whose end has come, and that are not resolved yet."""

    async def open_after(self, after: Alert | None, limit: int) -> Sequence[Alert]:
        """Those that are not resolved, in the order of their coming; `after`: the last one of those before."""

    async def open_with(self, labels: Mapping[str, str]) -> Sequence[Alert]:
        """Those that are not resolved and have these labels; an empty value is the same as none."""

    async def open_of(self, fingerprints: Sequence[str]) -> frozenset[str]:
        """Those of the fingerprints of which an alert is not resolved."""

    async def forget_external(self) -> None:
        """Remove all that came in from outside."""


class Groups(Protocol):
    async def get(self, key: str) -> Group | None: ...

    async def get_all(self, keys: Iterable[str]) -> Mapping[str, Group]:
        """Those of them that there are, by key."""

    async def every(self) -> Sequence[Group]: ...

    async def save(self, group: Group) -> None: ...

    async def save_all(self, groups: Sequence[Group]) -> None:
        """`save` for many at once."""

    async def due(self, now: datetime, limit: int) -> Sequence[Group]: ...

    async def memberships(self, alert_ids: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """The keys of the groups that each alert is in; an alert may be in several."""

    async def add_members(self, members: Sequence[tuple[str, str]]) -> None:
        """Pairs of a group's key and an alert's id."""

    async def drop_members(self, group_key: str, alert_ids: Sequence[str]) -> None: ...

    async def dissolve(self, keys: Sequence[str]) -> None:
        """Remove the groups; what was told of them stays recorded."""


class Records(Protocol):
    """What each recipient was last told of a group."""

    async def of_groups(self, group_keys: Iterable[str]) -> Sequence[Record]: ...

    async def save_all(self, records: Sequence[Record]) -> None: ...


class Silences(Protocol):
    async def get(self, silence_id: str) -> Silence:
        """Raises NotFound."""

    async def save(self, silence: Silence) -> None: ...

    async def unexpired(self, now: datetime) -> Sequence[Silence]:
        """Active and pending ones, in the order in which they were made."""

    async def count_unexpired(self, now: datetime) -> int: ...

    async def of_alerts(self, alert_ids: Sequence[str], now: datetime) -> Sequence[Silence]:
        """The unexpired ones that last until one of these alerts resolves."""


class Holds(Protocol):
    """Alerts that are not told for now, or were not once."""

    async def of(self, alert_ids: Sequence[str]) -> Mapping[str, Hold]: ...

    async def save_all(self, holds: Sequence[Hold]) -> None: ...

    async def let_go(self, alert_ids: Sequence[str]) -> None:
        """They are held back no longer; that they were stays known as long as the alerts are kept."""


class Escalations(Protocol):
    """At most one timer for each alert."""

    async def due(self, now: datetime) -> Sequence[Escalation]: ...

    async def begin(self, escalations: Sequence[Escalation]) -> None:
        """Of alerts that have none yet; a timer that runs is left alone."""

    async def save(self, escalation: Escalation) -> None: ...

    async def remove(self, alert_ids: Sequence[str]) -> None: ...


class Windows(Protocol):
    """Maintenance windows that somebody began."""

    async def get(self, window_id: str) -> Window: ...

    async def not_over(self, now: datetime) -> Sequence[Window]: ...

    async def save(self, window: Window) -> None: ...


class Incidents(Protocol):
    async def of_alerts(self, alert_ids: Sequence[str]) -> Mapping[str, Incident]:
        """By the alert's id."""

    async def by_keys(self, keys: Collection[str]) -> Mapping[str, Incident]:
        """For each key that was remembered, the incident that it leads to; the oldest incident first."""

    async def save_all(self, incidents: Sequence[Incident]) -> None: ...

    async def join(self, incident_of: Mapping[str, str]) -> None:
        """Make alerts part of incidents: the ids of these by the ids of those."""

    async def remember(self, incident_of: Mapping[str, str]) -> None:
        """By which keys other alerts find which incidents."""

    async def move(self, other_id: str, into_id: str) -> None:
        """Make all of the other incident part of this one; the other one is no more."""


class Storms(Protocol):
    """What is gathered for a recipient instead of being sent."""

    async def is_under_way(self, recipient: str) -> bool: ...

    async def begin(self, recipient: str, until: datetime) -> None: ...

    async def hold(self, recipient: str, gathered: Gathered) -> None: ...

    async def due(self, now: datetime) -> Sequence[Storm]: ...

    async def end(self, recipient: str) -> Sequence[Gathered]:
        """What was held, in its order."""


class Flappings(Protocol):
    """What alerts have been doing lately, by fingerprint."""

    async def of(self, fingerprints: Sequence[str]) -> Mapping[str, Flapping]:
        """By fingerprint, those of which anything is known."""

    async def due(self, now: datetime) -> Sequence[Flapping]:
        """Those that flap and whose `look_at` has come."""

    async def save_all(self, flapping: Sequence[Flapping]) -> None: ...


class Digests(Protocol):
    async def add(self, text: str) -> None: ...

    async def take(self) -> Sequence[str]:
        """The lines that were not told yet; they count as told when the transaction commits."""
