"""Timers by name, what a storm holds back, and what is held for the same reason."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE timers (
        name VARCHAR NOT NULL,
        due_at INTEGER NOT NULL,
        PRIMARY KEY (name)
    )
    """,
    """
    CREATE TABLE storms (
        recipient VARCHAR NOT NULL,
        until INTEGER NOT NULL,
        PRIMARY KEY (recipient)
    )
    """,
    """
    CREATE TABLE storm_lines (
        seq INTEGER NOT NULL,
        recipient VARCHAR NOT NULL,
        text VARCHAR NOT NULL,
        PRIMARY KEY (seq)
    )
    """,
    "CREATE INDEX storm_lines_by_recipient ON storm_lines (recipient)",
    "CREATE INDEX holds_by_reason ON holds (reason)",
    "CREATE INDEX effects_posted ON effects (recipient, created_at) WHERE kind = 'send'",
    "CREATE INDEX changes_by_start ON changes (started_at)",
    "CREATE INDEX alerts_by_start ON alerts (starts_at)",
)
