"""Whether the numbers of a model's reports and findings stand in the evidence."""

from __future__ import annotations

STATEMENTS = (
    "ALTER TABLE reports ADD COLUMN grounding VARCHAR",
    "ALTER TABLE findings ADD COLUMN grounding VARCHAR",
    "ALTER TABLE analyses ADD COLUMN grounding VARCHAR",
)
