"""Which transcripts lie beside the database; each goes with the run or the decision that it belongs to."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE transcripts (
        subject VARCHAR NOT NULL PRIMARY KEY,
        kind VARCHAR NOT NULL,
        at INTEGER NOT NULL,
        file VARCHAR NOT NULL,
        stored_bytes INTEGER NOT NULL,
        sha256 VARCHAR NOT NULL
    )
    """,
    "CREATE INDEX transcripts_by_age ON transcripts (at)",
    """
    CREATE TRIGGER transcripts_go_with_runs AFTER DELETE ON runs
    BEGIN DELETE FROM transcripts WHERE subject = OLD.id; END
    """,
    """
    CREATE TRIGGER transcripts_go_with_decisions AFTER DELETE ON decisions
    BEGIN DELETE FROM transcripts WHERE subject = OLD.id; END
    """,
)
