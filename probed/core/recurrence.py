"""Why a fix does not run by itself again: what was done to its object in the last day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from probed.core.case import Outcome
from probed.core.change import Change
from probed.core.finding import ActionCall

DAY = timedelta(hours=24)
OPPOSITES = {
    frozenset({"start_unit", "stop_unit"}),
    frozenset({"start_container", "stop_container"}),
    frozenset({"restart_unit", "stop_unit"}),
    frozenset({"restart_container", "stop_container"}),
}


def restraints(
    call: ActionCall, history: Sequence[Change], cooldown_s: float, daily_cap: int, now: datetime
) -> tuple[str, ...]:
    """`history`: what was executed on the object of `call` or its kin, oldest first; the last day of it counts, and the
    cool-down where that is longer. The same action is the same fix, whatever its other parameters."""
    same = [change for change in history if change.call.action == call.action]
    today = [change for change in history if change.started_at > now - DAY]
    same_today = [change for change in same if change.started_at > now - DAY]
    reasons = (
        _cooling(same, now - timedelta(seconds=cooldown_s)),
        _did_not_help(same_today),
        _capped([change for change in same_today if change.level == "L1"], daily_cap),
        _undoing(call, today),
    )
    return tuple(reason for reason in reasons if reason)


def _cooling(same: Sequence[Change], since: datetime) -> str:
    if same and same[-1].started_at >= since:
        return f"was done already at {same[-1].ended_at:%H:%M} UTC"
    return ""


def _did_not_help(same: Sequence[Change]) -> str:
    if not same or same[-1].outcome is Outcome.VERIFIED:
        return ""
    words = "was rolled back after" if same[-1].rolled_back_at else "did not help at"
    return f"{words} {same[-1].ended_at:%H:%M} UTC"


def _capped(same: Sequence[Change], daily_cap: int) -> str:
    if len(same) >= daily_cap:
        return f"ran {len(same)} times by itself within 24 hours, which is its limit"
    return ""


def _undoing(call: ActionCall, today: Sequence[Change]) -> str:
    """Two fixes that undo each other: one is the other's opposite, or they have taken turns."""
    opposite = next((change for change in reversed(today) if _are_opposites(change.call, call)), None)
    if opposite:
        return f"would undo {opposite.call.action} of {opposite.ended_at:%H:%M} UTC"
    keys = [*(change.call.key for change in today[-3:]), call.key]
    if len(keys) == 4 and keys[0] == keys[2] != keys[1] == keys[3]:
        return f"takes turns with {keys[0]}"
    return ""


def _are_opposites(one: ActionCall, other: ActionCall) -> bool:
    return frozenset({one.action, other.action}) in OPPOSITES
