"""What checks know of their last look, in pieces: only those that changed are written."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE pieces (
        source VARCHAR NOT NULL,
        "check" VARCHAR NOT NULL,
        number INTEGER NOT NULL,
        piece INTEGER NOT NULL,
        memory VARCHAR NOT NULL,
        PRIMARY KEY (source, "check", number, piece)
    )
    """,
    'INSERT INTO pieces SELECT source, "check", number, 0, memory FROM memories',
    "DROP TABLE memories",
    "ALTER TABLE pieces RENAME TO memories",
)
