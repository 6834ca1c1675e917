"""Moving what is due after the wall clock was set."""

from __future__ import annotations

from datetime import datetime, timedelta

from probed.monitor.cells import MICROSECOND, micros
from probed.monitor.session import Session

FARTHEST = timedelta(days=2)
"""Nothing that was planned by the clock as it was lies farther ahead. What does comes from before the clock went wrong
(a host that starts in 1970 and asks the network for the time), and is right again. Nor does what was done longer ago
matter to any cool-down."""

STATEMENTS = (
    """
    UPDATE alert_groups SET next_flush_at = next_flush_at + :step
    WHERE next_flush_at IS NOT NULL AND next_flush_at <= :farthest
    """,
    """
    UPDATE alert_groups SET told_at = told_at + :step
    WHERE next_flush_at IS NOT NULL AND told_at <= :farthest
    """,
    "UPDATE alert_groups SET told_at = told_at + :step WHERE next_flush_at IS NULL AND told_at <= :farthest",
    "UPDATE notification_records SET told_at = told_at + :step WHERE told_at <= :farthest",
    """
    UPDATE alerts SET ends_at = ends_at + :step
    WHERE state <> 'resolved' AND ends_at IS NOT NULL AND ends_at <= :farthest
    """,
    """
    UPDATE silences SET starts_at = starts_at + :step, ends_at = ends_at + :step
    WHERE ends_at > :before AND ends_at <= :farthest
    """,
    """
    UPDATE effects SET due_at = due_at + :step, created_at = created_at + :step
    WHERE state IN ('pending', 'started', 'in_doubt') AND due_at <= :farthest
    """,
    """
    UPDATE changes SET revert_at = revert_at + :step
    WHERE revert_at IS NOT NULL AND rolled_back_at IS NULL AND confirmed_by = '' AND revert_at <= :farthest
    """,
    # by these cool-downs and daily limits are counted
    """
    UPDATE changes SET
        started_at = started_at + :step, ended_at = ended_at + :step, rolled_back_at = rolled_back_at + :step
    WHERE started_at BETWEEN :earliest AND :farthest
    """,
    "UPDATE decisions SET expires_at = expires_at + :step WHERE state = 'waiting' AND expires_at <= :farthest",
    """
    UPDATE alerts SET acknowledged_until = acknowledged_until + :step
    WHERE state = 'acknowledged' AND acknowledged_until IS NOT NULL AND updated_at <= :farthest
    """,
    """
    UPDATE escalations SET due_at = due_at + :step, began_at = began_at + :step WHERE due_at <= :farthest
    """,
    """
    UPDATE maintenance SET starts_at = starts_at + :step, ends_at = ends_at + :step
    WHERE starts_at <= :before AND ends_at > :before
    """,
    """
    UPDATE storms SET until = until + :step WHERE until <= :farthest
    """,
    """
    UPDATE flapping SET look_at = look_at + :step, seen_at = seen_at + :step
    WHERE look_at IS NOT NULL AND look_at <= :farthest
    """,
    """
    UPDATE cases SET expires_at = expires_at + :step
    WHERE stage <> 'resolved' AND expires_at IS NOT NULL AND last_seen_at <= :farthest
    """,
    "UPDATE pairing_codes SET expires_at = expires_at + :step WHERE expires_at <= :farthest",
)


async def shift(session: Session, step_s: float, now: datetime) -> None:
    """`now`: by the clock as it is."""
    step = timedelta(seconds=step_s)
    parameters = {
        "step": step // MICROSECOND,
        "before": micros(now - step),
        "earliest": micros(now - step - FARTHEST),
        "farthest": micros(now - step + FARTHEST),
    }
    for statement in STATEMENTS:
        await session.write(statement, parameters)
