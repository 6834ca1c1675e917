"""What the limits on an action's repetition count together: its object, or the program of its process."""

from __future__ import annotations

STATEMENTS = (
    """ALTER TABLE changes ADD COLUMN kin VARCHAR NOT NULL DEFAULT ''""",
    """UPDATE changes SET kin = object""",
    """CREATE INDEX changes_by_kin ON changes (kin, started_at)""",
)
