"""A report of those checks alone that an event concerned is not the last word of its inspection."""

from __future__ import annotations

STATEMENTS = ("ALTER TABLE reports ADD COLUMN partial BOOLEAN NOT NULL DEFAULT 0",)
