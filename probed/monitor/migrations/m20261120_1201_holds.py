"""Alerts that are held back; and, by an index, which open alerts are about an object."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE holds (
        alert_id VARCHAR NOT NULL,
        reason VARCHAR NOT NULL,
        since INTEGER NOT NULL,
        was_told BOOLEAN NOT NULL,
        PRIMARY KEY (alert_id),
        FOREIGN KEY(alert_id) REFERENCES alerts (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX alerts_open_by_object ON alerts (json_extract(labels, '$.object')) WHERE state <> 'resolved'",
)
