"""What checks know of their last look."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE memories (
        source VARCHAR NOT NULL,
        "check" VARCHAR NOT NULL,
        number INTEGER NOT NULL,
        memory VARCHAR NOT NULL,
        PRIMARY KEY (source, "check", number)
    )
    """,
)
