"""When a series was written last: which ones are to be rolled up, and which have been silent for longest."""

from __future__ import annotations

STATEMENTS = (
    "ALTER TABLE series ADD COLUMN written_at INTEGER NOT NULL DEFAULT 0",
    """
    UPDATE series SET written_at =
        max(rolled_to, coalesce((SELECT max(at) FROM samples WHERE samples.series_id = series.id), 0))
    """,
)
