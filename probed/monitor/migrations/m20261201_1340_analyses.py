"""What models said of which evidence; why a run asked one, or did not; and whose words a report carries over."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE analyses (
        seq INTEGER NOT NULL,
        inspection VARCHAR NOT NULL,
        run_id VARCHAR NOT NULL,
        at INTEGER NOT NULL,
        document_hash VARCHAR NOT NULL,
        marks VARCHAR NOT NULL,
        verdict VARCHAR,
        summary VARCHAR NOT NULL,
        findings VARCHAR NOT NULL,
        PRIMARY KEY (seq)
    )
    """,
    "CREATE INDEX ix_analyses_inspection ON analyses (inspection)",
    "CREATE INDEX analyses_by_age ON analyses (at)",
    "ALTER TABLE runs ADD COLUMN gate VARCHAR NOT NULL DEFAULT ''",
    "ALTER TABLE runs ADD COLUMN gate_reason VARCHAR NOT NULL DEFAULT ''",
    """
    CREATE INDEX runs_by_gate ON runs (created_at, inspection)
    WHERE gate IN ('unchanged', 'flapping', 'restless', 'fix', 'paused')
    """,
    "ALTER TABLE reports ADD COLUMN carried_from VARCHAR NOT NULL DEFAULT ''",
)
