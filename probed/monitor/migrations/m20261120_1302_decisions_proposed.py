"""A decision from its proposal on; what was known when it was asked; how often a case asked again."""

from __future__ import annotations

STATEMENTS = (
    """ALTER TABLE decisions ADD COLUMN object_kind VARCHAR NOT NULL DEFAULT ''""",
    """ALTER TABLE decisions ADD COLUMN analysis VARCHAR NOT NULL DEFAULT '{}'""",
    """ALTER TABLE decisions ADD COLUMN revert_after_s FLOAT""",
    "DROP INDEX decisions_waiting_once",
    """
    CREATE UNIQUE INDEX decisions_open_once ON decisions (case_id) WHERE state IN ('proposed', 'analysed', 'waiting')
    """,
    "CREATE INDEX decisions_by_kind ON decisions (object_kind, object)",
    """ALTER TABLE cases ADD COLUMN asked_again INTEGER NOT NULL DEFAULT 0""",
)
