"""What each action has earned with each kind of object; the object of each change."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE standings (
        action VARCHAR NOT NULL,
        object_kind VARCHAR NOT NULL,
        rung VARCHAR NOT NULL,
        rehearsals INTEGER NOT NULL,
        successes INTEGER NOT NULL,
        succeeded INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        pin VARCHAR,
        pinned_by VARCHAR NOT NULL,
        changed_at INTEGER,
        PRIMARY KEY (action, object_kind)
    )
    """,
    """ALTER TABLE changes ADD COLUMN object VARCHAR NOT NULL DEFAULT ''""",
    "CREATE INDEX changes_by_object ON changes (object, started_at)",
)
