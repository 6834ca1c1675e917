"""Incidents; and, by an index, what the record says about a thing."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE incidents (
        seq INTEGER NOT NULL,
        id VARCHAR NOT NULL,
        title VARCHAR NOT NULL,
        severity VARCHAR NOT NULL,
        state VARCHAR NOT NULL,
        opened_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        closed_at INTEGER,
        root_id VARCHAR NOT NULL,
        alerts INTEGER NOT NULL,
        firing INTEGER NOT NULL,
        PRIMARY KEY (seq),
        UNIQUE (id)
    )
    """,
    "CREATE INDEX incidents_by_state ON incidents (state)",
    "CREATE INDEX incidents_by_end ON incidents (closed_at) WHERE closed_at IS NOT NULL",
    """
    CREATE TABLE incident_alerts (
        alert_id VARCHAR NOT NULL,
        incident_id VARCHAR NOT NULL,
        PRIMARY KEY (alert_id),
        FOREIGN KEY(incident_id) REFERENCES incidents (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX incident_alerts_by_incident ON incident_alerts (incident_id)",
    """
    CREATE TABLE incident_keys (
        "key" VARCHAR NOT NULL,
        incident_id VARCHAR NOT NULL,
        PRIMARY KEY ("key"),
        FOREIGN KEY(incident_id) REFERENCES incidents (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX incident_keys_by_incident ON incident_keys (incident_id)",
    "CREATE INDEX intents_by_subject ON intents (subject)",
)
