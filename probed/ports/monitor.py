"""What the engine needs from the monitor: a repository for each aggregate, over one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from probed.core.alert import Alert
from probed.core.autonomy import Standing
from probed.core.case import Case
from probed.core.change import Change
from probed.core.chat import ChatMember, PairingCode
from probed.core.decision import Decision
from probed.core.effect import EffectKind, QueuedEffect
from probed.core.escalation import Escalation
from probed.core.finding import ActionCall
from probed.core.flapping import Flapping
from probed.core.group import Group, Record
from probed.core.hold import Hold
from probed.core.incident import Incident
from probed.core.maintenance import Window
from probed.core.observation import Observation
from probed.core.report import Report
from probed.core.run import Run
from probed.core.silence import Silence
from probed.core.storm import Storm


class Cases(Protocol):
    async def get(self, case_id: str) -> Case:
        """Raises NotFound."""

    async def open_of(self, source: str) -> Sequence[Case]: ...

    async def worked_on(self, objects: Collection[str]) -> Sequence[Case]:
        """Those about one of these objects that an action, or a person's answer to a question, may still solve."""

    async def due(self, now: datetime) -> Sequence[Case]:
        """Open cases whose `expires_at` has passed."""

    async def save(self, case: Case) -> Case:
        """Insert (version 0) or update; returns it with the next version. Raises StaleVersion, and Conflict where the
        same identity has an open case already."""

    async def save_all(self, cases: Sequence[Case]) -> Sequence[Case]:
        """`save` for many at once, in the same order."""


class Runs(Protocol):
    async def get(self, run_id: str) -> Run: ...

    async def save(self, run: Run) -> None: ...

    async def unfinished(self) -> Sequence[Run]: ...

    async def has_run(self, inspection: str) -> bool:
        """Whether an inspection of this name ever ran on this host; a submitted report is no such run."""

    async def last_started(self) -> Mapping[str, datetime]:
        """For each inspection, when its newest run began."""


class Reports(Protocol):
    async def add(self, report: Report) -> None: ...

    async def streak_of_unknown(self, source: str) -> int:
        """How many of the newest reports of `source` in a row gave no (or not every) answer."""

    async def answers_since(self, source: str, number: int) -> tuple[int, int]:
        """How many reports of `source` that are not unknown came behind the one of this number (32 at the most), and
        the number of the newest."""


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
        """Those that are not resolved and whose label `object` is one of these."""

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


class Decisions(Protocol):
    async def get(self, decision_id: str) -> Decision: ...

    async def open_of(self, case_id: str) -> Decision | None:
        """The one that is proposed, analysed or waits."""

    async def waiting(self) -> Sequence[Decision]: ...

    async def similar(self, decision: Decision, check: str, limit: int) -> Sequence[Decision]:
        """What was decided before on the same action for a finding of the same check and the same kind of object: those
        on the same object first, then the newest."""

    async def due(self, now: datetime) -> Sequence[Decision]:
        """Waiting decisions that have expired."""

    async def save(self, decision: Decision) -> Decision:
        """Insert (version 0) or update; returns it with the next version. Raises StaleVersion."""


class Effects(Protocol):
    async def get(self, effect_id: str) -> QueuedEffect: ...

    async def save(self, effect: QueuedEffect) -> None: ...

    async def due(self, kind: EffectKind, now: datetime, limit: int) -> Sequence[QueuedEffect]:
        """Pending (or in doubt) effects, oldest first; of messages only the oldest undelivered one of each
        recipient."""

    async def started(self) -> Sequence[QueuedEffect]: ...

    async def roll_back_of(self, change_id: str) -> QueuedEffect | None:
        """The roll-back of the change that is not over."""

    async def queued_for(self, recipient: str, limit: int) -> Sequence[QueuedEffect]:
        """The messages that wait for `recipient`, oldest first, without one that is under way."""

    async def hasten_messages(self, now: datetime, recipient: str | None = None) -> None:
        """What waits for its next attempt is due now."""

    async def bury_oldest(self, recipient: str, keep: int, now: datetime, reason: str) -> int:
        """Give up what waits for `recipient` beyond the newest `keep`; how many that were."""

    async def posted_since(self, recipient: str, since: datetime, most: int) -> int:
        """How many messages were queued for the recipient since then, `most` at the most."""

    async def is_posted(self, subject: str) -> bool:
        """Whether a message about `subject` was delivered, or waits to be."""

    async def told(self, subject: str) -> Sequence[str]:
        """The recipients of messages about `subject`, delivered or not."""

    async def undelivered_about(self, subject: str) -> Sequence[QueuedEffect]:
        """The messages about `subject` that wait, or are under way."""

    async def last_receipt(self, subject: str, recipient: str) -> Mapping[str, object] | None:
        """The receipt of the newest message about `subject` that `recipient` got; None if it gave none."""


class Changes(Protocol):
    async def get(self, change_id: str) -> Change:
        """Raises NotFound."""

    async def save(self, change: Change) -> None: ...

    async def count_since(self, since: datetime) -> int: ...

    async def last_of(self, call: ActionCall, since: datetime) -> Change | None:
        """The newest change made by an equal call since then."""

    async def of_object(self, call: ActionCall, object_: str, since: datetime) -> Sequence[Change]:
        """What was done to the object, or by an equal call, since then; oldest first."""

    async def of_kin(self, call: ActionCall, kin: str, since: datetime) -> Sequence[Change]:
        """What was done to the object or one of its kind (`Action.kin_of`), or by an equal call; oldest first."""


class Standings(Protocol):
    async def get(self, action: str, object_kind: str) -> Standing:
        """One on the lowest rung where there is none yet."""

    async def save(self, standing: Standing) -> None: ...


class Ledger(Protocol):
    """The intents' hash chain."""

    async def append(
        self, kind: str, actor: str, subject: str, text: str, detail: Mapping[str, object] | None = None
    ) -> None: ...


class Stream(Protocol):
    async def publish(self, type_: str, subject: str, data: Mapping[str, object]) -> None:
        """Store the event; it goes to the listeners once the transaction has committed."""


class Samples(Protocol):
    async def add(self, check: str, observations: Sequence[Observation], at: datetime) -> None:
        """Keep the observations that carry a number."""


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


class Timers(Protocol):
    """Moments by the wall clock, by name; whoever set one looks after it."""

    async def get(self, name: str) -> datetime | None: ...

    async def set(self, name: str, due_at: datetime) -> None: ...

    async def remove(self, name: str) -> None: ...


class Storms(Protocol):
    """What is gathered for a recipient instead of being sent."""

    async def is_under_way(self, recipient: str) -> bool: ...

    async def begin(self, recipient: str, until: datetime) -> None: ...

    async def hold(self, recipient: str, text: str) -> None: ...

    async def due(self, now: datetime) -> Sequence[Storm]: ...

    async def end(self, recipient: str) -> Sequence[str]:
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


class Chats(Protocol):
    """Paired chats, the code that pairs one, and the buttons that were touched."""

    async def members(self) -> Sequence[ChatMember]:
        """In the order of their pairing."""

    async def add(self, member: ChatMember) -> None: ...

    async def remove(self, member: ChatMember) -> None: ...

    async def move(self, old_chat_id: int, new_chat_id: int) -> None: ...

    async def code(self) -> PairingCode | None: ...

    async def keep_code(self, code: PairingCode | None) -> None:
        """This one and no other; None: none at all."""

    async def press(self, token: str, user_id: int, now: datetime, forget_before: datetime) -> bool:
        """Keep that the user touched the button; False when that is known. What is older is forgotten."""

    async def take_back(self, token: str, user_id: int) -> None: ...


class Settings(Protocol):
    """Values that the daemon itself changes: the mode, paused inspections, whether the first sweep is over."""

    async def get(self, name: str) -> object | None: ...

    async def set(self, name: str, value: object) -> None: ...


class Transaction(Protocol):
    """Repositories over one transaction: everything is committed together or nothing is."""

    cases: Cases
    runs: Runs
    reports: Reports
    alerts: Alerts
    groups: Groups
    records: Records
    silences: Silences
    decisions: Decisions
    effects: Effects
    changes: Changes
    standings: Standings
    chats: Chats
    ledger: Ledger
    stream: Stream
    samples: Samples
    digests: Digests
    settings: Settings
    flapping: Flappings
    holds: Holds
    escalations: Escalations
    incidents: Incidents
    timers: Timers
    storms: Storms
    windows: Windows

    async def shift(self, step_s: float) -> None:
        """Move what is due by as much as the wall clock was just set: `next_flush_at` and `told_at` of groups, `due_at`
        of effects, `expires_at` of waiting decisions and open cases, ends of alerts and silences, and the timers of
        what belongs together. What was written while the clock showed quite another time stays."""


class Monitor(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """A writing transaction; one at a time, committed on a normal exit, rolled back on an exception."""
