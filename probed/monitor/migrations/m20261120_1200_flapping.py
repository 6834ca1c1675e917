"""What alerts have been doing lately."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE flapping (
        fingerprint VARCHAR NOT NULL,
        source VARCHAR NOT NULL,
        states VARCHAR NOT NULL,
        seen_at INTEGER NOT NULL,
        report INTEGER NOT NULL,
        since INTEGER,
        look_at INTEGER,
        is_told BOOLEAN NOT NULL,
        alert_id VARCHAR NOT NULL,
        PRIMARY KEY (fingerprint)
    )
    """,
    "CREATE INDEX flapping_due ON flapping (look_at) WHERE look_at IS NOT NULL",
    "CREATE INDEX flapping_by_age ON flapping (seen_at)",
)
