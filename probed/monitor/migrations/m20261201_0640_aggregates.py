"""What is left of measured numbers once they are old: five minutes, then an hour in a row."""

from __future__ import annotations

STATEMENTS = (
    "ALTER TABLE series ADD COLUMN rolled_to INTEGER NOT NULL DEFAULT 0",
    """
    CREATE TABLE aggregates (
        series_id INTEGER NOT NULL,
        step_s INTEGER NOT NULL,
        number INTEGER NOT NULL,
        least FLOAT,
        mean FLOAT NOT NULL,
        most FLOAT,
        count INTEGER NOT NULL,
        PRIMARY KEY (series_id, step_s, number),
        FOREIGN KEY(series_id) REFERENCES series (id) ON DELETE CASCADE
    ) WITHOUT ROWID
    """,
)
