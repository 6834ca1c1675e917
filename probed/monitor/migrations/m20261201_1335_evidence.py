"""What a model was told by probes lies beside what was said with it: of one run, one file of each kind."""

from __future__ import annotations

STATEMENTS = (
    "DROP TRIGGER transcripts_go_with_runs",
    "DROP TRIGGER transcripts_go_with_decisions",
    "DROP INDEX transcripts_by_age",
    """
    CREATE TABLE kept_transcripts (
        subject VARCHAR NOT NULL,
        kind VARCHAR NOT NULL,
        at INTEGER NOT NULL,
        file VARCHAR NOT NULL,
        stored_bytes INTEGER NOT NULL,
        sha256 VARCHAR NOT NULL,
        PRIMARY KEY (subject, kind)
    )
    """,
    "INSERT INTO kept_transcripts SELECT subject, kind, at, file, stored_bytes, sha256 FROM transcripts",
    "DROP TABLE transcripts",
    "ALTER TABLE kept_transcripts RENAME TO transcripts",
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
