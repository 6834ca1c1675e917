"""Acknowledgements that lapse, whom to tell next, and maintenance windows."""

from __future__ import annotations

STATEMENTS = (
    "ALTER TABLE alerts ADD COLUMN acknowledged_until INTEGER",
    """
    CREATE INDEX alerts_lapsing
        ON alerts (acknowledged_until) WHERE state = 'acknowledged' AND acknowledged_until IS NOT NULL
    """,
    """
    CREATE TABLE escalations (
        alert_id VARCHAR NOT NULL,
        step INTEGER NOT NULL,
        began_at INTEGER NOT NULL,
        due_at INTEGER NOT NULL,
        PRIMARY KEY (alert_id),
        FOREIGN KEY(alert_id) REFERENCES alerts (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX escalations_due ON escalations (due_at)",
    """
    CREATE TABLE maintenance (
        seq INTEGER NOT NULL,
        id VARCHAR NOT NULL,
        matchers VARCHAR NOT NULL,
        starts_at INTEGER NOT NULL,
        ends_at INTEGER NOT NULL,
        fixes VARCHAR NOT NULL,
        comment VARCHAR NOT NULL,
        created_by VARCHAR NOT NULL,
        PRIMARY KEY (seq),
        UNIQUE (id)
    )
    """,
    "CREATE INDEX maintenance_by_end ON maintenance (ends_at)",
)
