"""A group finds what it has to tell by a mark, not by comparing times of a clock that somebody may set."""

from __future__ import annotations

STATEMENTS = (
    "ALTER TABLE alerts ADD COLUMN is_settled BOOLEAN NOT NULL DEFAULT 0",
    """
    UPDATE alerts SET is_settled = 1 WHERE state = 'resolved' AND NOT EXISTS (
        SELECT 1 FROM alert_groups WHERE alert_groups."key" = alerts.group_key
        AND alert_groups.next_flush_at IS NOT NULL AND alerts.ends_at > coalesce(alert_groups.told_at, 0)
    )
    """,
    "DROP INDEX alerts_by_group",
    "DROP INDEX alerts_open_by_group",
    "CREATE INDEX alerts_unsettled ON alerts (group_key) WHERE is_settled = 0",
    "CREATE INDEX alert_groups_asleep ON alert_groups (told_at) WHERE next_flush_at IS NULL",
)
