"""A solved case that is met again and again is kept, though nothing of its record changes."""

from __future__ import annotations

STATEMENTS = ("ALTER TABLE solved_cases ADD COLUMN met_at INTEGER",)
