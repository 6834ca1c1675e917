"""The whole record of a change: its class, its impact, its steps, and how it can be or was rolled back."""

from __future__ import annotations

STATEMENTS = (
    """ALTER TABLE changes ADD COLUMN object_kind VARCHAR NOT NULL DEFAULT ''""",
    """ALTER TABLE changes ADD COLUMN change_class VARCHAR NOT NULL DEFAULT 'P3'""",
    """ALTER TABLE changes ADD COLUMN impact VARCHAR NOT NULL DEFAULT ''""",
    """ALTER TABLE changes ADD COLUMN steps VARCHAR NOT NULL DEFAULT '[]'""",
    """ALTER TABLE changes ADD COLUMN snapshot VARCHAR NOT NULL DEFAULT '{}'""",
    """ALTER TABLE changes ADD COLUMN reversible BOOLEAN NOT NULL DEFAULT 0""",
    """ALTER TABLE changes ADD COLUMN revert_at INTEGER""",
    """ALTER TABLE changes ADD COLUMN confirmed_by VARCHAR NOT NULL DEFAULT ''""",
    """ALTER TABLE changes ADD COLUMN rolled_back_at INTEGER""",
    """ALTER TABLE changes ADD COLUMN roll_back VARCHAR NOT NULL DEFAULT ''""",
    """
    CREATE INDEX changes_armed ON changes (revert_at)
    WHERE revert_at IS NOT NULL AND rolled_back_at IS NULL AND confirmed_by = ''
    """,
    """
    CREATE INDEX effects_roll_back ON effects (subject)
    WHERE kind = 'roll_back' AND state IN ('pending', 'started', 'in_doubt')
    """,
)
