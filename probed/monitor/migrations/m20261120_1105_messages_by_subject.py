"""What still waits to be told about something is found without reading all that waits."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE INDEX effects_undelivered
        ON effects (subject) WHERE kind = 'send' AND state IN ('pending', 'started', 'in_doubt')
    """,
)
