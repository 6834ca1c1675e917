"""What people asked, and what they were answered; a transcript goes with its question."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE inquiries (
        seq INTEGER NOT NULL,
        id VARCHAR NOT NULL,
        session_id VARCHAR NOT NULL,
        text VARCHAR NOT NULL,
        asked_by VARCHAR NOT NULL,
        asked_at INTEGER NOT NULL,
        state VARCHAR NOT NULL,
        about VARCHAR NOT NULL,
        answer VARCHAR NOT NULL,
        reason VARCHAR NOT NULL,
        evidence VARCHAR NOT NULL,
        unsupported VARCHAR NOT NULL,
        model VARCHAR NOT NULL,
        cost_usd FLOAT NOT NULL,
        ended_at INTEGER,
        PRIMARY KEY (seq),
        UNIQUE (id)
    )
    """,
    "CREATE INDEX ix_inquiries_session_id ON inquiries (session_id)",
    "CREATE INDEX inquiries_by_person ON inquiries (asked_by, seq)",
    "CREATE INDEX inquiries_unanswered ON inquiries (seq) WHERE state = 'asked'",
    """
    CREATE TRIGGER transcripts_go_with_inquiries AFTER DELETE ON inquiries
    BEGIN DELETE FROM transcripts WHERE subject = OLD.id; END
    """,
)
