"""Decisions go once no change refers to them."""

from __future__ import annotations

STATEMENTS = ("CREATE INDEX changes_by_decision ON changes (decision_id)",)
