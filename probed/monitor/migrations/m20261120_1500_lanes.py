"""Messages to one recipient may go side by side, each in its lane."""

from __future__ import annotations

STATEMENTS = (
    "ALTER TABLE effects ADD COLUMN lane VARCHAR NOT NULL DEFAULT ''",
    "DROP INDEX effects_undone",
    """
    CREATE INDEX effects_undone
        ON effects (kind, recipient, lane) WHERE state IN ('pending', 'started', 'in_doubt')
    """,
)
