"""Measured numbers, kept by series."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE series (
        id INTEGER NOT NULL,
        "check" VARCHAR NOT NULL,
        object VARCHAR NOT NULL,
        unit VARCHAR NOT NULL,
        PRIMARY KEY (id),
        UNIQUE ("check", object)
    )
    """,
    """
    CREATE TABLE samples (
        series_id INTEGER NOT NULL,
        at INTEGER NOT NULL,
        value FLOAT NOT NULL,
        PRIMARY KEY (series_id, at),
        FOREIGN KEY(series_id) REFERENCES series (id) ON DELETE CASCADE
    ) WITHOUT ROWID
    """,
)
