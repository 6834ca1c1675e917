"""What was gathered in a storm stays known to the incident that it is about."""

from __future__ import annotations

STATEMENTS = ("ALTER TABLE storm_lines ADD COLUMN subject VARCHAR NOT NULL DEFAULT ''",)
