"""Jobs that say themselves when they begin and end."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE jobs (
        name VARCHAR NOT NULL,
        started_at INTEGER,
        ended_at INTEGER,
        succeeded_at INTEGER,
        failed BOOLEAN NOT NULL,
        exit_code INTEGER,
        duration_s FLOAT,
        said_by VARCHAR NOT NULL,
        PRIMARY KEY (name)
    )
    """,
)
