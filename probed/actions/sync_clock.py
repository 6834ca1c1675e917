"""`sync_clock`: let whoever keeps the time here put the clock right at once.

Parameters: none.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import ClassVar

from probed.actions.performer import Performer
from probed.actions.typed_action import TypedAction, only
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Precondition, Risk, Verification
from probed.errors import ActionFailed, HostFailed, NotHere
from probed.host import clock
from probed.host.clock import ClockState

RIGHT_S = 0.5
"""A clock that is less wrong than that is right."""
LOOKS = 2


def build(settings: ActionsSettings, performer: Performer) -> SyncClock:
    return SyncClock(performer)


class SyncClock(TypedAction):
    name = "sync_clock"
    title = "Put the clock right"
    object_kind = "clock"
    risk = Risk.MEDIUM
    blast_radius = "the time of the whole host: it may jump, also back"
    cooldown_s = 3600.0
    daily_cap = 4
    settle_s = 10.0
    checks: ClassVar[frozenset[str]] = frozenset({"clock"})
    looks_apart_s = 2.0

    def __init__(self, performer: Performer) -> None:
        self._performer = performer

    def params_for(self, finding: object, fixed: Mapping[str, object]) -> Mapping[str, object] | None:
        return {}

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        only(params, (), self.name)
        return {}

    def object_of(self, params: Mapping[str, object]) -> str:
        return "clock"

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        try:
            now = clock.state()
        except (NotHere, HostFailed) as error:
            return Precondition(False, str(error))
        return Precondition(not _is_right(now), _text(now), {"by": now.by, "is_synchronised": now.is_synchronised})

    def dry_run(self, params: Mapping[str, object]) -> str:
        try:
            now = clock.state()
        except (NotHere, HostFailed) as error:
            raise ActionFailed(str(error)) from error
        step = f"it would move by {now.offset_s:g} s" if now.offset_s is not None else "nobody tells by how much"
        return f"would ask {now.by} to put the clock right at once: {_text(now)}; {step}"

    def execute(self, params: Mapping[str, object]) -> Executed:
        return self._performer.perform("sync_clock", self.validate(params), deadline_s=self.deadline_s)

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        for number in range(LOOKS):
            time.sleep(self.looks_apart_s if number else 0)
            try:
                now = clock.state()
            except (NotHere, HostFailed) as error:
                return Verification(False, str(error))
            if not _is_right(now):
                return Verification(False, _text(now))
        return Verification(True, _text(now))


def _is_right(now: ClockState) -> bool:
    return now.is_synchronised and (now.offset_s is None or now.offset_s <= RIGHT_S)


def _text(now: ClockState) -> str:
    if not now.is_synchronised:
        return f"{now.by} has not found the right time"
    return f"{now.by} keeps the time" + (f", {now.offset_s:.3f} s off" if now.offset_s is not None else "")
