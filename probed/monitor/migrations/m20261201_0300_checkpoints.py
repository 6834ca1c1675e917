"""Where the record of intents was cut, each signed."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE checkpoints (
        number INTEGER NOT NULL PRIMARY KEY,
        hash VARCHAR NOT NULL,
        at INTEGER NOT NULL,
        first_at INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        counts VARCHAR NOT NULL,
        previous VARCHAR NOT NULL,
        "key" VARCHAR NOT NULL,
        signature VARCHAR NOT NULL
    )
    """,
)
