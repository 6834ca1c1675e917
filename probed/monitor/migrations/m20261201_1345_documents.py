"""Each version of a document that was in force."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE documents (
        seq INTEGER NOT NULL PRIMARY KEY,
        inspection VARCHAR NOT NULL,
        hash VARCHAR NOT NULL,
        text VARCHAR NOT NULL,
        first_at INTEGER NOT NULL,
        superseded_at INTEGER
    )
    """,
    "CREATE UNIQUE INDEX documents_of_inspections ON documents (inspection, hash)",
    "CREATE INDEX documents_by_end ON documents (superseded_at)",
)
