"""Who asked for a run or handed its report in; and, by an index that submitted runs are not in, which names are those
of inspections."""

from __future__ import annotations

STATEMENTS = (
    """ALTER TABLE runs ADD COLUMN "by" VARCHAR NOT NULL DEFAULT ''""",
    "CREATE INDEX runs_of_inspections ON runs (inspection) WHERE \"trigger\" <> 'external'",
)
